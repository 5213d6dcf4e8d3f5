import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import { needs } from '../rig/need.ts';

const { test } = needs('git');

let work = '';
let facts = '';

beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'trace-build-facts-'));
  facts = join(work, 'facts');
  cpSync('facts', facts, { recursive: true });
});
afterEach(() => rmSync(work, { recursive: true, force: true }));

type Files = Readonly<Record<string, string>>;

/** A clone with one commit per tag, each with just those files; made in the far future, so that all is new. */
function clone(name: string, tags: Readonly<Record<string, Files>>): string {
  const directory = join(work, name);
  mkdirSync(directory);
  const git = (args: readonly string[], day = '2099-01-01') =>
    execFileSync('git', ['-C', directory, '-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, GIT_COMMITTER_DATE: `${day}T12:00:00Z`, GIT_AUTHOR_DATE: `${day}T12:00:00Z` },
    });
  git(['init', '-q']);
  for (const [i, [tag, files]] of Object.entries(tags).entries()) {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), text);
    }
    git(['add', '-A']);
    git(['commit', '-q', '--allow-empty', '-m', tag], `2099-01-${String(i + 1).padStart(2, '0')}`);
    git(['tag', tag]);
    git(['rm', '-rq', '--ignore-unmatch', '.']);
  }
  return `${name}=${directory}`;
}

function update(...args: string[]) {
  return updateWith({}, ...args);
}

function updateWith(env: Readonly<Record<string, string>>, ...args: string[]) {
  const ran = spawnSync(process.execPath, ['scripts/facts/update.mjs', '--facts', facts, ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return { status: ran.status, stdout: ran.stdout, stderr: ran.stderr };
}

const read = (name: string) => JSON.parse(readFileSync(join(facts, `${name}.json`), 'utf8'));
const bytes = (name: string) => readFileSync(join(facts, `${name}.json`), 'utf8');

const PROFILES = 'vendor/github.com/moby/profiles/seccomp';
const CODE = [
  'daemon/pkg/oci/caps/defaults.go',
  'daemon/seccomp_linux.go',
  `${PROFILES}/seccomp_linux.go`,
  `${PROFILES}/kernel_linux.go`,
];
const profile = (...names: string[]) =>
  JSON.stringify({
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: 1,
    archMap: [{ architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86'] }],
    syscalls: [{ names, action: 'SCMP_ACT_ALLOW' }],
  });
const engine = (runc: string, ...names: string[]): Files => ({
  [`${PROFILES}/default.json`]: profile(...names),
  Dockerfile: `FROM scratch\nARG RUNC_VERSION=${runc}\n`,
  ...Object.fromEntries(CODE.map((path) => [path, `package ${runc.replaceAll('.', '_')}\n`])),
});

test('new releases of an engine: profile, runc and changed code; and then nothing more', () => {
  const moby = clone('moby', {
    'docker-v98.0.0': engine('v9.8.7', 'read', 'write'),
    'docker-v98.0.1': engine('v9.8.7', 'read', 'write'),
    'docker-v98.1.0-rc.1': engine('v9.9.0', 'read', 'mseal'),
    'v2.0.0-beta.99': {},
    'api/v9.9.9': {},
  });
  const first = update(moby);
  expect(first.stderr).toBe('');
  expect(first.status).toBe(0);
  expect(first.stdout).toContain('docker-v98.0.0: a new profile; to that of moby ');
  expect(first.stdout).toContain('- docker-v98.0.1: the profile of moby docker-v98.0.0');
  expect(first.stdout).toContain('moby docker-v98.0.0: ALLOW +mseal -write');
  expect(first.stdout).toContain('- docker-v98.0.0 … docker-v98.0.1: v9.8.7');
  expect(first.stdout).toMatch(
    /moby: `git diff docker-v\d+\.\d+\.\d+ docker-v98\.0\.1 -- daemon\/seccomp_linux\.go`/,
  );

  const [before, last] = read('moby-default-profile').versions.slice(-2);
  expect(before).toMatchObject({
    id: 'moby docker-v98.0.0',
    day: '2099-01-01',
    use: { moby: ['docker-v98.0.0', 'docker-v98.0.1'] },
  });
  expect(before.src).toEqual([
    ['moby', `${PROFILES}/default.json`, expect.stringMatching(/^[\da-f]{12}$/), 'docker-v98.0.0'],
  ]);
  expect(last).toMatchObject({ id: 'moby docker-v98.1.0-rc.1', base: 'moby docker-v98.0.0' });
  // Pre-releases of Docker have no pin of their own.
  expect(Object.entries(read('runc-pins').docker).at(-1)).toEqual(['docker-v98.0.1', 'v9.8.7']);
  expect(read('rules-read').projects.moby.newest).toBe('docker-v98.0.1');

  const whole = bytes('moby-default-profile');
  expect(update(moby).stdout).toBe('The facts are up to date.\n');
  expect(bytes('moby-default-profile')).toBe(whole);
});

test('in two steps or in one, the bytes are the same', () => {
  const moby = clone('moby', {
    'docker-v98.0.0': engine('v9.8.7', 'read', 'write'),
    'v28.99.0': engine('v9.8.7', 'read', 'write', 'mseal'),
    'docker-v98.1.0': engine('v9.9.0', 'read', 'mseal'),
  });
  const start = bytes('moby-default-profile');
  expect(update('--until', '2099-01-01', moby).status).toBe(0);
  const between = bytes('moby-default-profile');
  expect(update(moby).status).toBe(0);
  const steps = bytes('moby-default-profile');
  writeFileSync(join(facts, 'moby-default-profile.json'), start);
  expect(update(moby).status).toBe(0);
  expect(bytes('moby-default-profile')).toBe(steps);
  expect(new Set([start, between, steps]).size).toBe(3);

  const again = spawnSync(
    process.execPath,
    ['scripts/facts/update.mjs', '--facts', facts, '--try', '2099-01-01', moby],
    { encoding: 'utf8' },
  );
  expect(again.stderr).toBe('');
  expect(again.stdout).toMatch(/^the same bytes: facts\/moby-default-profile\.json \(\d+ bytes before/m);
  expect(again.stdout).not.toContain('DIFFERENT');
  expect(again.status).toBe(0);
});

test.each([
  [
    'its profile moved',
    { ...engine('v1.0.0', 'read'), [`${PROFILES}/default.json`]: undefined },
    /has none of .*default\.json/,
  ],
  [
    'its profile says more',
    { ...engine('v1.0.0', 'read'), [`${PROFILES}/default.json`]: '{"flags":[],"syscalls":[]}' },
    /flags/,
  ],
  [
    'it allows what is no syscall',
    engine('v1.0.0', 'read', 'frobnicate'),
    /names frobnicate, which is no syscall/,
  ],
  [
    'its profile has no architectures',
    {
      ...engine('v1.0.0', 'read'),
      [`${PROFILES}/default.json`]: profile('read')
        .replace('archMap', 'comment')
        .replace('"comment"', '"archMap_"'),
    },
    /archMap_/,
  ],
  ['it pins no runc', { ...engine('v1.0.0', 'read'), Dockerfile: 'FROM scratch\n' }, /pins no runc/],
  [
    'its code moved',
    { ...engine('v1.0.0', 'read'), [CODE[1]!]: undefined },
    /has no daemon\/seccomp_linux\.go/,
  ],
])('a release is refused when %s, and nothing is written', (_what, files, message) => {
  const before = bytes('moby-default-profile');
  const present = Object.fromEntries(Object.entries(files).filter(([, text]) => text !== undefined)) as Files;
  const { status, stdout, stderr } = update(clone('moby', { 'docker-v98.0.0': present }));
  expect(stderr).toMatch(message);
  expect(stderr).toContain('nothing was written');
  expect(stdout).toBe('');
  expect(status).toBe(1);
  expect(bytes('moby-default-profile')).toBe(before);
});

const csv = (...rows: string[]) =>
  ['#syscall (v98.1.0 2098-12-30),x86_64,x86_64_kver,s390,s390_kver', ...rows].join('\n').concat('\n');
const LIBSECCOMP_CODE = 'm68k mips ppc ppc64 s390 s390x sh x86'
  .split(' ')
  .map((arch) => `src/arch-${arch}.c`);
const library = (table: string): Files => ({
  'src/syscalls.csv': table,
  ...Object.fromEntries(
    [...LIBSECCOMP_CODE, 'src/arch.c', 'src/db.c', 'src/gen_bpf.c', 'src/syscalls.c'].map((path) => [
      path,
      '\n',
    ]),
  ),
});
const list = (entries: string): Files => ({
  'src/linux/x86_64/syscallent.h': `[  0] = { 3, TD, SEN(read), "read" },\n#include "syscallent-common.h"\n`,
  'src/linux/mips/syscallent-n64.h': `#define BASE_NR 5000\n# include "syscallent-common-stub.h"\n`,
  'src/linux/generic/syscallent-common.h': `#define BASE_NR 0\n${entries}`,
});

test('a new libseccomp and new kernels: names, numbers, the kernel of each', () => {
  const strace = clone('strace', {
    'v98.0': list(''),
    'v98.1': list('[BASE_NR + 990] = { 4, 0, SEN(brandnew), "brandnew" },\n'),
  });
  const libseccomp = clone('libseccomp', {
    'v99.0.0': library(csv('read,0,KV_UNDEF,3,KV_UNDEF', 'brandnew,990,KV_UNDEF,PNR,KV_UNDEF')),
  });
  const alone = update(libseccomp);
  expect(alone.stderr).toMatch(/brandnew is new in libseccomp 99\.0\.0, and no kernel is known for it/);
  expect(alone.status).toBe(1);

  const { status, stdout, stderr } = update(libseccomp, strace);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  expect(stdout).toContain('- v98.1 (Linux 98.1): brandnew');
  expect(stdout).toContain('- v99.0.0 (Linux 98.1)');
  const { columns, rows, kernelSource } = read('syscalls');
  const row = rows.find(([name]: [string]) => name === 'brandnew');
  const cell = (abi: string) => row[columns.indexOf(abi)];
  expect([row[1], cell('x86_64'), cell('mips64'), cell('s390'), cell('x86')]).toEqual([
    '98.1',
    990,
    990,
    null,
    null,
  ]);
  expect(kernelSource.brandnew).toBe('strace v98.1');
  expect(read('kernel-added').added.at(-1)).toEqual({ kernel: '98.1', new: ['brandnew'] });
  expect(read('kernel-added').coverage.to).toBe('98.1');
  const known = read('libseccomp');
  expect(known.names.brandnew).toEqual(['99.0.0', null]);
  // A name that the new table lacks ends with the release before.
  expect(known.names.write[1]).toMatch(/^2\.\d+\.\d+$/);
  expect(known.releases.at(-1)).toEqual({
    v: '99.0.0',
    date: '2099-01-01',
    kernel: '98.1',
    arches: ['x86_64', 's390'],
    tableHeader: 'v98.1.0 2098-12-30',
  });
});

test('a libseccomp for a kernel that the facts do not have is refused', () => {
  const { stderr, status } = update(
    clone('libseccomp', { 'v99.0.0': library(csv('read,0,KV_UNDEF,3,KV_UNDEF')) }),
  );
  expect(stderr).toContain('release 99.0.0 is for Linux 98.1, which is not in the list of kernels');
  expect(status).toBe(1);
});

test('gVisor: changed states, a call that is gone, the release it shows', () => {
  const table = (
    rows: string,
  ) => `var AMD64 = &kernel.SyscallTable{\n\tTable: map[uintptr]kernel.Syscall{\n${rows}
\t\t0: syscalls.SupportedPoint("read", Read, PointRead),\n\t},\n}\nvar ARM64 = 1\n\t\t1: syscalls.Supported("nosuchcall", X),\n`;
  const gvisor = clone('gvisor', {
    'release-20990101.0': {
      'pkg/sentry/syscalls/linux/linux64.go': table(
        '\t\t2: syscalls.CapError("reboot", linux.CAP_SYS_BOOT, "", nil),\n\t\t3: syscalls.ErrorWithEvent("mseal", linuxerr.EPERM, "", nil), // why',
      ),
      'pkg/sentry/kernel/version/version.go': 'const LinuxRelease = "9.9.9-gvisor"\n',
    },
  });
  const { status, stderr } = update(gvisor);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  const { syscalls, kernelRelease, lastTag } = read('gvisor');
  expect(lastTag).toBe('20990101.0');
  expect(syscalls.mseal.at(-1)).toEqual(['20990101.0', 'EPERM']);
  expect(syscalls.write.at(-1)).toEqual(['20990101.0', 'ENOSYS']);
  expect(syscalls.read.at(-1)[0]).not.toBe('20990101.0');
  expect(syscalls.reboot.at(-1)[1]).toBe('cap');
  expect(syscalls.nosuchcall).toBeUndefined();
  expect(kernelRelease.at(-1)).toEqual(['release-20990101.0', '9.9.9-gvisor']);
});

test('what is wrong with the words is said, with what they may be', () => {
  expect(update()).toMatchObject({ status: 2, stderr: expect.stringMatching(/^no clone is named\nusage:/) });
  expect(update('mobi=x')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('a project is one of moby,'),
  });
  expect(update(`moby=${work}`)).toMatchObject({ status: 2, stderr: `moby: ${work} is not a git clone\n` });
  expect(update('--until', 'today', 'moby=.')).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/^'today' is no day/),
  });
});

test('a blob or a tag that the clone does not have is found', () => {
  const moby = clone('moby', { 'docker-v98.0.0': engine('v9.8.7', 'read') });
  const ran = spawnSync(process.execPath, ['scripts/check-facts.mjs', moby], { encoding: 'utf8' });
  expect(ran.stdout).toMatch(/has the tag v1\.13\.0, which moby has not/);
  expect(ran.stdout).toMatch(/has the blob [\da-f]{12}, which moby has not/);
  expect(ran.status).toBe(1);
});

test('--clones clones what is missing, and fetches what is there', () => {
  const runc = (version: string): Files => ({
    'script/release_build.sh': `: "\${LIBSECCOMP_VERSION:=${version}}"\n`,
    'libcontainer/seccomp/config.go': version,
    'libcontainer/seccomp/patchbpf/enosys_linux.go': version,
    'libcontainer/seccomp/seccomp_linux.go': version,
  });
  const [, remote] = clone('runc', { 'v98.0.0': runc('2.6.1') }).split('=') as [string, string];
  mkdirSync(join(work, 'remotes/opencontainers'), { recursive: true });
  cpSync(remote, join(work, 'remotes/opencontainers/runc'), { recursive: true });
  const env = {
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `url.${join(work, 'remotes')}/.insteadOf`,
    GIT_CONFIG_VALUE_0: 'https://github.com/',
  };
  const first = updateWith(env, '--clones', join(work, 'clones'), 'runc');
  expect(first.stderr).toBe('');
  expect(read('rules-read').projects.runc.newest).toBe('v98.0.0');
  execFileSync('git', ['-C', join(work, 'remotes/opencontainers/runc'), 'tag', 'v98.0.1', 'v98.0.0']);
  expect(updateWith(env, '--clones', join(work, 'clones'), 'runc').status).toBe(0);
  expect(read('rules-read').projects.runc.newest).toBe('v98.0.1');
  expect(updateWith(env, '--clones', join(work, 'clones'), 'crun')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('crun cannot be brought up to date'),
  });
});
