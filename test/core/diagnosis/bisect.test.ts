import { expect, test } from 'vitest';
import { bisect } from '../../../src/core/diagnosis/bisect.ts';
import { mergeCalls } from '../../../src/core/diagnosis/distinct.ts';
import { fail } from '../../../src/core/failure.ts';
import { componentsOf, expressionWith, versionsBetween } from '../../../src/core/hosts/parts.ts';
import { resolveHost } from '../../../src/core/hosts/resolve/resolve.ts';
import { TraceReader } from '../../../src/core/strace/fast/reader.ts';
import { renderBisect } from '../../../src/render/text/bisect.ts';

const open = (expression: string) =>
  resolveHost(expression, {
    running: { kernel: '6.18', arch: 'x86_64' },
    loadProfile: async () => fail('input', 'no profile here'),
  });

async function host(expression: string) {
  const found = await open(expression);
  if (!found.ok) throw new Error(found.failure.what);
  return found.value;
}

const LINES = {
  clone3:
    'clone3({flags=CLONE_VM|CLONE_VFORK, exit_signal=SIGCHLD, stack=0x7f3fe634d000, stack_size=0x9000}, 88) = 8',
  faccessat2: 'faccessat2(AT_FDCWD, "x", F_OK, AT_EACCESS) = 0',
  fchmodat2: 'fchmodat2(AT_FDCWD, "x", 0644, AT_SYMLINK_NOFOLLOW) = 0',
  unshare: 'unshare(CLONE_NEWNS) = 0',
  openat: 'openat(AT_FDCWD, "x", O_RDONLY) = 3',
} as const;

async function causes(calls: readonly (keyof typeof LINES)[], good: string, bad: string) {
  const reader = new TraceReader({ file: 'x', arch: 'x86_64' });
  reader.push(
    new TextEncoder().encode(
      [
        '7 execve("/bin/x", ["x"], 0x7ffd /* 1 var */) = 0',
        ...calls.map((name) => `7 ${LINES[name]}`),
        '7 +++ exited with 0 +++',
        '',
      ].join('\n'),
    ),
  );
  const found = await bisect(
    mergeCalls([reader.end()], undefined, true),
    { good: await host(good), bad: await host(bad) },
    open,
  );
  if (!found.ok) throw new Error(found.failure.what);
  return found.value.map(({ syscalls, changes }) => [
    syscalls.map(({ syscall, errno }) => `${syscall} ${errno}`).join(),
    ...changes.map(
      ({ component, good: from, bad: to, boundary }) =>
        `${component}: ${boundary?.good ?? from} | ${boundary?.bad ?? to}`,
    ),
  ]);
}

test.each([
  // moby#42680: 20.10.10 answers ENOSYS to clone3, on which everybody falls back.
  [
    'clone3',
    'docker@20.10.24',
    'docker@20.10.5',
    [['clone3 EPERM', 'engine: docker@20.10.10 | docker@20.10.9']],
  ],
  [
    'clone3',
    'docker@20.10.3,libseccomp=2.4.3,runc=1.0.0-rc93',
    'docker@20.10.3,libseccomp=2.5.1,runc=1.0.0-rc93',
    [['clone3 EPERM', 'libseccomp: 2.4.3 | 2.4.4']],
  ],
  // runc#2750
  [
    'fchmodat2',
    'docker@20.10.24,runc=1.1.4',
    'docker@20.10.24,runc=1.0.0-rc91',
    [['fchmodat2 EPERM', 'runtime: runc=1.0.0-rc93 | runc=1.0.0-rc92']],
  ],
  ['faccessat2', 'kernel@6.18', 'kernel@5.4', [['faccessat2 ENOSYS', 'kernel: 5.8 | 5.6']]],
  [
    'unshare',
    'docker@24.0.9,cap=SYS_ADMIN',
    'docker@24.0.9',
    [['unshare EPERM', expect.stringMatching(/^caps: .*SYS_ADMIN.* \| (?!.*SYS_ADMIN)/)]],
  ],
  ['fchmodat2', 'unconfined', 'docker@24.0.9', [['fchmodat2 ENOSYS', 'engine: unconfined | docker@24.0.9']]],
  [
    'unshare',
    'docker@24.0.9,cap=SYS_ADMIN',
    'docker@24.0.9,cap=SYS_ADMIN+CHOWN+flatpak@1.14.4',
    [['unshare EPERM', expect.stringMatching(/^engine: docker@24\.0\.9 \| docker.*flatpak/)]],
  ],
  // Either alone still passes: the stub of runc, or the profile of 20.10.
  [
    'faccessat2',
    'docker@20.10.24,runc=1.1.4,libseccomp=2.5.4',
    'docker@19.03.15,runc=1.0.0-rc92,libseccomp=2.5.4',
    [
      [
        'faccessat2 EPERM',
        'engine: docker@20.10.0 | docker@19.03.15',
        'runtime: runc=1.0.0-rc93 | runc=1.0.0-rc92',
      ],
    ],
  ],
  ['openat', 'docker@20.10.24', 'docker@17.03.0', []],
  ['clone3', 'docker@24.0.9', 'docker@24.0.9', []],
] as const)('%s on %s and not on %s', async (call, good, bad, expected) => {
  expect(await causes([call], good, bad)).toEqual(expected);
});

test('each call has its own cause, and what matters comes first', async () => {
  const found = await causes(
    ['faccessat2', 'clone3', 'openat'],
    'docker@20.10.24,libseccomp=2.5.1',
    'docker@20.10.5,libseccomp=2.5.1,kernel=5.4',
  );
  expect(found).toEqual([
    ['clone3 EPERM', 'engine: docker@20.10.10 | docker@20.10.9'],
    ['faccessat2 ENOSYS', 'kernel: 5.8 | 5.6'],
  ]);
});

test('a host is the same written out in parts', async () => {
  for (const expression of [
    'docker@20.10.5,arch=arm,cap=SYS_ADMIN',
    'podman@4.3.1,kernel=5.4',
    'kernel@5.4',
    'unconfined,kernel=5.10',
    'gvisor@20240101',
    'codex',
    'kubernetes@1.30,runtime=containerd@1.7.27,seccomp=RuntimeDefault,arch=arm64',
    'spec-proposal,engine=docker@24.0.9',
    'docker@17.06.0,arch=x86_64',
  ]) {
    const one = await host(expression);
    const again = await host(expressionWith(componentsOf(one)));
    const { kernel, arch } = one.identity;
    expect(again.identity, expression).toMatchObject({ kernel, arch });
    expect([...(again.target?.caps ?? [])].sort()).toEqual([...(one.target?.caps ?? [])].sort());
    expect(again.policy, expression).toEqual(one.policy);
  }
});

test('versions are walked from one to the other, whichever is newer', async () => {
  expect(await versionsBetween('engine', 'docker@20.10.8', 'docker@20.10.11')).toEqual([
    'docker@20.10.9',
    'docker@20.10.10',
    'docker@20.10.11',
  ]);
  expect(await versionsBetween('engine', 'docker@20.10.11', 'docker@20.10.8')).toEqual([
    'docker@20.10.10',
    'docker@20.10.9',
    'docker@20.10.8',
  ]);
  expect(await versionsBetween('libseccomp', '2.5.3', '2.5.5')).toEqual(['2.5.4', '2.5.5']);
  expect(await versionsBetween('runtime', 'crun=1.0', 'runc=1.1.0')).toEqual([]);
  expect(await versionsBetween('engine', 'docker@20.10.8', 'podman@4.3.1')).toEqual([]);
  expect(await versionsBetween('arch', 'arm', 'x86_64')).toEqual([]);
});

test('the words name the component, both versions and the calls', async () => {
  const [good, bad] = [
    (await host('docker@24.0.9,cap=SYS_ADMIN')).identity,
    (await host('docker@24.0.9')).identity,
  ];
  const text = renderBisect(
    {
      schema: 'trace-build/bisect@1',
      traces: [],
      good,
      bad,
      causes: [
        {
          syscalls: [{ syscall: 'unshare', abi: 'x86_64', errno: 'EPERM', matters: true }],
          changes: [{ component: 'caps', good: 'CHOWN+SYS_ADMIN', bad: 'CHOWN' }],
        },
        {
          syscalls: [{ syscall: 'clone3', abi: 'x86_64', errno: 'EPERM', matters: false }],
          changes: [
            {
              component: 'engine',
              good: 'docker@20.10.24',
              bad: 'docker@20.10.5',
              boundary: { good: 'docker@20.10.10', bad: 'docker@20.10.9' },
            },
            { component: 'runtime', good: 'runc=1.1.4', bad: 'runc=1.0.0-rc92' },
          ],
        },
      ],
      notes: ['x is so'],
    },
    200,
  );
  expect(text).toMatch(
    /^The capabilities: good with SYS_ADMIN, bad without\n {2}unshare \(x86_64, EPERM\)\n/m,
  );
  expect(text).toMatch(
    /^Only these together:\n {2}the engine: good with docker@20\.10\.10, bad with docker@20\.10\.9\n {2}the runtime: good with runc 1\.1\.4, bad with runc 1\.0\.0-rc92\n {2}clone3 \(x86_64, EPERM\) \(harmless/m,
  );
  expect(text).toMatch(/Note: x is so\.\n$/);
});
