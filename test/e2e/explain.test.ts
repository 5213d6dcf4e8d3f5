import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { explainSchema } from '../../src/core/documents/explain.ts';

function explain(...args: readonly string[]) {
  return spawnSync(process.execPath, ['dist/cli/main.js', 'explain', ...args], { encoding: 'utf8' });
}

function json(...args: readonly string[]) {
  const ran = explain(...args, '--json');
  expect(ran.stderr).toBe('');
  expect(ran.status).toBe(0);
  const document: unknown = JSON.parse(ran.stdout);
  return explainSchema.parse(document) as unknown as Record<string, unknown> & {
    host: Record<string, unknown>;
    verdict: Record<string, unknown>;
    advice: { kind: string; text: string; answers?: string }[];
  };
}

describe('explain SYSCALL --on HOST --json', () => {
  test('explains a call that only 32-bit programs have for those', () => {
    const found = json('clock_gettime64', '--on', 'docker@19.03.8,arch=amd64');
    expect(found).toMatchObject({ abi: 'x86', verdict: { errno: 'EPERM', cause: 'default' } });
    expect(found.advice[0]).toMatchObject({ kind: 'upgrade', text: expect.stringContaining('19.03.9') });
  });

  test('has the document of the design', () => {
    const found = json('faccessat2', '--on', 'docker@20.10.5,arch=amd64,kernel=6.1');
    expect(found).toMatchObject({
      schema: 'trace-build/explain@1',
      syscall: 'faccessat2',
      host: {
        engine: 'docker',
        version: '20.10.5',
        runtime: 'runc',
        runtimeVersion: '1.0.0-rc93',
        libseccomp: '2.5.1',
        kernel: '6.1',
        arch: 'x86_64',
        assumed: ['runtime', 'runtimeVersion', 'libseccomp', 'caps'],
      },
      verdict: { action: 'allow', cause: 'rule', conditional: false },
      advice: [{ kind: 'nothing' }],
    });
    expect(found.verdict).not.toHaveProperty('errno');
  });

  test.each([
    // That Docker drops errnoRet, so no rule can return ENOSYS.
    ['clone3', 'docker@20.10.6,arch=amd64', 'EPERM', 'default', ['upgrade', 'allow', 'never']],
    ['fchmodat2', 'docker@24.0.9,arch=arm', 'EPERM', 'default', ['upgrade', 'enosys', 'allow', 'never']],
    [
      'faccessat2',
      'docker@20.10.5,libseccomp=2.4.1,arch=amd64',
      'ENOSYS',
      'stub',
      ['upgrade', 'nothing', 'never'],
    ],
    ['faccessat2', 'kernel@5.4,arch=amd64', 'ENOSYS', 'kernel', ['nothing', 'upgrade']],
    ['faccessat2', 'gvisor@20220101,arch=amd64', 'ENOSYS', 'kernel', ['upgrade', 'never']],
    // An upgrade of runc returns ENOSYS above the largest known number only; this one is of Docker, for errnoRet.
    [
      'unshare',
      'docker@19.03.15,arch=amd64',
      'EPERM',
      'default',
      ['capability', 'upgrade', 'allow', 'never'],
    ],
    ['quotactl_fd', 'docker@19.03.15,arch=amd64', 'EPERM', 'default', ['upgrade', 'allow', 'never']],
    ['keyctl', 'spec-proposal,arch=amd64', 'EPERM', 'default', ['enosys', 'allow', 'never']],
  ])('%s on %s: %s, %s', (syscall, host, errno, cause, kinds) => {
    const found = json(syscall, '--on', host);
    expect(found.verdict).toMatchObject({ action: 'errno', errno, cause });
    expect(found.advice.map(({ kind }) => kind)).toEqual(kinds);
  });

  test('upgrades are named', () => {
    expect(json('clone3', '--on', 'docker@20.10.6,arch=amd64').advice[0]?.answers).toBe('ENOSYS');
    const texts = (syscall: string, host: string) => json(syscall, '--on', host).advice[0]!.text;
    expect(texts('clone3', 'docker@20.10.6,arch=amd64')).toMatch(
      /to 20\.10\.10 or later, which answers ENOSYS/,
    );
    expect(texts('faccessat2', 'docker@19.03.15,arch=amd64')).toMatch(
      /to 20\.10\.0 or later, whose profile allows/,
    );
    expect(texts('fchmodat2', 'docker@25.0.1,arch=amd64')).toMatch(/to 25\.0\.3 or later, whose profile/);
    expect(texts('faccessat2', 'docker@20.10.5,libseccomp=2.4.1,arch=amd64')).toMatch(
      /libseccomp from 2\.4\.1 to 2\.4\.4/,
    );
    expect(texts('faccessat2', 'gvisor@20220101,arch=amd64')).toMatch(/20221122 or later/);
  });

  test.each(['docker@20.10.6', 'buildkit@0.9.0', 'podman@1.9.3', 'crio@1.19.1', 'podman@2.1.1,crun=0.13'])(
    '%s: no rule with errnoRet, which is lost on the way there',
    (host) => {
      const { advice } = json('clone3', '--on', `${host},arch=amd64`);
      expect(advice.length).toBeGreaterThan(1);
      expect(JSON.stringify(advice)).not.toContain('errnoRet":');
    },
  );

  test.each([
    ['clone3', 'crio@1.29.13'],
    ['io_uring_setup', 'docker@19.03.15'],
  ])('%s on %s: no upgrade to what newer versions refuse again', (name, host) => {
    const { advice } = json(name, '--on', `${host},arch=amd64`);
    expect(advice.map(({ text }) => text).join()).not.toContain('whose profile allows');
    expect(advice.length).toBeGreaterThan(1);
  });

  test('an answer that depends on arguments says so', () => {
    const { verdict } = json('clone', '--on', 'docker@20.10.5,arch=amd64');
    expect(verdict).toMatchObject({ action: 'allow', conditional: true, alternatives: [{ errno: 'EPERM' }] });
  });

  test('a number and another ABI', () => {
    expect(json('0x1c4', '--on', 'docker@24.0.9,arch=arm64', '--abi', 'arm')).toMatchObject({
      syscall: 'fchmodat2',
      abi: 'arm',
      verdict: { errno: 'EPERM' },
    });
  });
});

test.each([
  ['breakpoint', 'aarch64'],
  ['s390_pci_mmio_read', 's390x'],
  ['riscv_flush_icache', 'riscv64'],
  ['modify_ldt', 'x86_64'],
])('%s: profiles are asked on an architecture that has it (%s)', (name, allowedOn) => {
  const found = json(name, '--on', 'docker@24.0.9,arch=amd64') as unknown as {
    allowedOn: string;
    allowedBy: { engine: string; open: boolean; state: { kind: string } }[];
  };
  expect(found.allowedOn).toBe(allowedOn);
  const newest = found.allowedBy.find(({ engine, open }) => engine === 'docker' && open);
  expect(newest?.state.kind).toBe('allowed');
});

test('a call that the architecture does not have is no call that gets through', () => {
  const { stdout } = explain('send', '--on', 'docker@20.10.5,arch=amd64');
  expect(stdout).toMatch(/^send on docker@20\.10\.5,arch=amd64: no syscall of x86_64\n/);
  expect(stdout).toContain('x86_64 has no send, so no program makes it there');
});

test('explain SYSCALL alone has no verdict', () => {
  const found = json('statx');
  expect(found).not.toHaveProperty('verdict');
  expect(found).toMatchObject({ kernel: '4.11', libseccomp: { first: '2.3.3' }, advice: [] });
});

test('explain HOST lists what it refuses', () => {
  const found = json('docker@20.10.5,arch=amd64,kernel=6.1') as unknown as {
    refused: { syscall: string; verdict: { errno: string } }[];
    filter: { architectures: unknown[]; skipped: string[] };
    breaks: { syscall: string }[];
  };
  const errnoOf = (name: string) => found.refused.find(({ syscall }) => syscall === name)?.verdict.errno;
  expect(errnoOf('mount')).toBe('EPERM');
  expect(errnoOf('fchmodat2')).toBe('ENOSYS');
  expect(errnoOf('read')).toBeUndefined();
  expect(found.filter.skipped).toEqual(['close_range', 'epoll_pwait2']);
  expect(found.filter.architectures[0]).toEqual({ abi: 'x86_64', stubAbove: 439, rules: 284 });
  const broken = found.breaks.map(({ syscall }) => syscall);
  expect(broken).toContain('clone3');
  expect(broken).not.toContain('epoll_pwait2');
});

test('text names the cause, what was assumed, and what to do first', () => {
  const { stdout, status } = explain('clone3', '--on', 'docker@20.10.6,arch=amd64');
  expect(status).toBe(0);
  expect(stdout).toMatch(/^clone3 on docker@20\.10\.6,arch=amd64: EPERM, cause: default$/m);
  expect(stdout).toMatch(/assumed, because not given: the runtime/);
  expect(stdout).toMatch(/^ {2}- upgrade Docker from 20\.10\.6 to 20\.10\.10/m);
  expect(stdout).toMatch(/Docker: to 20\.10\.9 not listed; since 20\.10\.10 answered ENOSYS/);
  expect(stdout).toMatch(/https:\/\/github\.com\/moby\/moby\/issues\/42680/);
});

test.each([
  [['facessat2'], /neither a syscall .* nor a host[\s\S]*faccessat2/],
  [['clone3', '--on', 'dokcer@20.10.5'], /did you mean docker@20\.10\.5/],
  [['docker@20.10.99'], /docker@20\.10\.27/],
  [['99999'], /no syscall of/],
  [['clone3', '--abi', 'x68'], /unknown ABI/],
  [['docker@20.10.5', '--on', 'docker'], /go with a syscall/],
])('%s is wrong use', (args, words) => {
  const ran = explain(...args);
  expect(ran.status).toBe(2);
  expect(ran.stdout).toBe('');
  expect(ran.stderr).toMatch(words);
});
