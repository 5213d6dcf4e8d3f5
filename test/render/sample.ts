import type { Denial } from '../../src/core/documents/denial.ts';
import type { ProcessInfo, Report } from '../../src/core/documents/report.ts';
import type { HostIdentity } from '../../src/core/hosts/host.ts';

/** A made-up report of a build, close to real ones, for the reporters' own tests. */

export function host(expression: string, more: Partial<HostIdentity> = {}): HostIdentity {
  const [engine = '', version = ''] = expression.split(',')[0]!.split('@');
  return {
    expression,
    engine,
    version,
    runtime: 'runc',
    runtimeVersion: '1.0.0-rc92',
    libseccomp: '2.4.4',
    kernel: '5.4',
    arch: 'x86_64',
    assumed: ['runtimeVersion', 'libseccomp', 'kernel'],
    notes: [],
    ...more,
  };
}

export function denial(syscall: string, more: Partial<Denial> = {}): Denial {
  return {
    syscall,
    abi: 'x86_64',
    nr: 452,
    errno: 'EPERM',
    cause: 'default',
    reason: { kind: 'default-action', action: 'EPERM', because: 'no-rule' },
    basis: 'computed',
    count: 12,
    first: { file: 'tar.strace', line: 108, pid: 4211, command: 'tar xf node-v20.tar.xz' },
    sample: 'AT_FDCWD, "bin/build", 0755, AT_SYMLINK_NOFOLLOW',
    callers: [
      { who: 'glibc fchmodat()', since: '2.39', fallsBack: false },
      { who: 'musl fchmodat()', since: '1.2.5', fallsBack: false, otherwise: 'the program fails' },
    ],
    consequence: { effect: 'breaks', basis: 'known', because: 'callers' },
    matters: true,
    ...more,
  };
}

const clone3 = denial('clone3', {
  nr: 435,
  errno: 'ENOSYS',
  cause: 'stub',
  reason: { kind: 'enosys-stub', abi: 'x86_64', number: 435, above: 434 },
  count: 96,
  first: { file: 'tar.strace', line: 40, pid: 4200, command: '/bin/sh -c ./build.sh' },
  sample:
    '{flags=CLONE_VM|CLONE_VFORK|CLONE_CLEAR_SIGHAND, exit_signal=SIGCHLD, stack=0x7f, stack_size=0x9000}, 88',
  callers: [{ who: 'glibc posix_spawn()', since: '2.34', fallsBack: true }],
  consequence: { effect: 'harmless', basis: 'known', because: 'callers' },
  matters: false,
});
const fchmodat2 = denial('fchmodat2');
const openat2 = denial('openat2', {
  nr: 437,
  count: 3,
  sample: 'AT_FDCWD, "vendor", {flags=O_RDONLY|O_DIRECTORY, resolve=RESOLVE_BENEATH}, 24',
});
const statx = denial('statx', {
  nr: 332,
  errno: 'EPERM',
  count: 7100,
  callers: [{ who: 'glibc stat()', since: '2.33', fallsBack: false }],
});

const PROGRAMS = [
  '/bin/sh -c ./build.sh',
  'make -j8',
  'cc -O2 -c src/lexer.c -o lexer.o',
  'cc -O2 -c src/parser.c -o parser.o',
  'tar xf node-v20.tar.xz',
  'xz -d',
  'ld -o app lexer.o parser.o',
  'strip app',
];

const processes: readonly ProcessInfo[] = PROGRAMS.map((command, index) => ({
  pid: 4200 + index * 11,
  ...(index === 0 ? {} : { parent: index === 1 || index === 4 ? 4200 : index === 5 ? 4244 : 4211 }),
  command,
  from: 1_700_000_000 + index * 1.7,
  to: 1_700_000_000 + (index === 0 ? 14.2 : index === 1 ? 13.9 : index * 1.7 + 2.1),
  events: 400 + index * 137,
  failed: index * 3,
  exit: { status: index === 4 ? 2 : 0 },
}));

export const SAMPLE: Report = {
  schema: 'trace-build/report@1',
  command: ['sh', '-c', './build.sh'],
  host: host('docker@20.10.5'),
  engine: { name: 'bubblewrap', version: '0.8.0', why: 'no Docker daemon answers' },
  exit: { status: 2 },
  traces: [
    {
      file: 'tar.strace',
      lines: 41_233,
      events: 40_991,
      unparsed: 0,
      unparsedSamples: [],
      unfinished: 0,
      complete: true,
      abis: ['x86_64'],
      processes: 8,
    },
  ],
  syscalls: [
    ['read', 12_004, 0],
    ['openat', 8_120, 2_911],
    ['close', 7_003, 0],
    ['mmap', 4_100, 0],
    ['statx', 7_100, 7_100],
    ['write', 900, 0],
    ['fchmodat2', 12, 12],
    ['clone3', 96, 96],
    ['clone', 96, 0],
    ['execve', 310, 240],
    ['futex', 212, 3],
    ['brk', 180, 0],
    ['rt_sigaction', 170, 0],
    ['newfstatat', 166, 30],
    ['openat2', 3, 3],
  ].map(([name, count, failed]) => ({
    name: name as string,
    abi: 'x86_64' as const,
    count: count as number,
    failed: failed as number,
  })),
  denials: [fchmodat2, clone3],
  hosts: [
    { host: host('docker@20.10.5'), blocked: [fchmodat2, clone3] },
    {
      host: host('docker@18.09'),
      blocked: [fchmodat2, openat2, statx, { ...clone3, errno: 'EPERM', cause: 'default', matters: true }],
    },
    {
      host: host('docker@24.0.9'),
      blocked: [{ ...fchmodat2, errno: 'ENOSYS', cause: 'stub', matters: false }],
    },
    { host: host('podman@4.3.1', { runtime: 'crun', runtimeVersion: '1.8' }), blocked: [] },
    {
      host: host('gvisor@20240101', { runtime: 'none', libseccomp: '' }),
      blocked: [{ ...openat2, errno: 'ENOSYS', cause: 'kernel', matters: false }],
    },
    {
      host: host('kernel@4.4', { runtime: 'none' }),
      blocked: [
        { ...statx, errno: 'ENOSYS', cause: 'kernel', matters: false },
        { ...openat2, errno: 'ENOSYS', cause: 'kernel', matters: false },
        { ...fchmodat2, errno: 'ENOSYS', cause: 'kernel', matters: false },
      ],
    },
  ],
  fix: {
    fix: { allow: [], enosys: ['fchmodat2'] },
    basis: 'proven',
    guarantee: 'smallest',
    danger: [{ syscall: 'fchmodat2', why: 'changes modes of files that the caller owns' }],
    proof: [
      { change: 'no change', outcome: 'fail', seconds: 3.21 },
      { change: 'answer ENOSYS to fchmodat2', outcome: 'pass', seconds: 3.4 },
    ],
  },
  environment: [
    { name: 'trace-build', value: '0.1.0' },
    { name: 'Kernel', value: 'Linux 6.18 x86_64' },
    { name: 'strace', value: '6.1' },
  ],
  reproduce: 'trace-build run --on docker@20.10.5 -- sh -c ./build.sh',
  excerpts: [
    {
      file: 'tar.strace',
      from: 105,
      lines: [
        '4244 openat(4, "bin/build", O_WRONLY|O_CREAT|O_EXCL, 0700) = 5',
        '4244 write(5, ""..., 10240)           = 10240',
        '4244 close(5)                          = 0',
        '4244 fchmodat2(AT_FDCWD, "bin/build", 0755, AT_SYMLINK_NOFOLLOW) = -1 EPERM (Operation not permitted)',
        '4244 write(2, ""..., 5)              = 5',
      ],
    },
  ],
  notes: ['the trace was recorded with full tracing'],
  timeline: {
    unit: 'seconds',
    from: 1_700_000_000,
    to: 1_700_000_014.2,
    processes,
    omitted: 0,
    marks: [
      { at: 1_700_000_001.2, pid: 4200, denial: 1 },
      { at: 1_700_000_007.9, pid: 4244, denial: 0 },
      { at: 1_700_000_008.3, pid: 4244, denial: 0 },
      { at: 1_700_000_002.3, pid: 4211, denial: 1 },
    ],
  },
  redacted: { paths: 'relative' },
};
