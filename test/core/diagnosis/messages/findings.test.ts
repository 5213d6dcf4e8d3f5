import { describe, expect, test } from 'vitest';
import { rankCandidates } from '../../../../src/core/diagnosis/messages/rank.ts';
import { type Findings, MessageReader } from '../../../../src/core/diagnosis/messages/reader.ts';

function read(text: string): Findings {
  const reader = new MessageReader();
  reader.push(new TextEncoder().encode(text));
  return reader.end();
}

/** `syscall confidence basis` of each candidate, best first. */
const candidates = (text: string): readonly string[] => {
  const findings = read(text);
  return rankCandidates(findings, findings.context).map(
    ({ syscall, confidence, basis }) => `${syscall} ${confidence} ${basis}`,
  );
};

describe('records name the call', () => {
  test.each([
    [
      'a kernel audit record',
      'audit: type=1326 audit(1641892308.345:601): auid=1 pid=7 comm="sh" exe="/bin/busybox" sig=31 arch=c000003e syscall=435 compat=0 ip=0x7f code=0x80000000',
      'clone3 likely confirmed',
    ],
    [
      'the same in the numbers of another architecture',
      'type=SECCOMP msg=audit(1.2:3): pid=7 comm="sh" sig=31 arch=40000028 syscall=403 compat=0 ip=0x7f code=0x0',
      'clock_gettime64 likely confirmed',
    ],
    [
      'interpreted by ausearch -i',
      'type=SECCOMP msg=audit(01/02/26 10:00:00.1:2) : pid=7 comm=sh sig=SIGSYS arch=x86_64 syscall=openat2 compat=0 ip=0x7f code=kill',
      'openat2 likely confirmed',
    ],
    [
      'siginfo in a trace',
      '7 --- SIGSYS {si_signo=SIGSYS, si_code=SYS_SECCOMP, si_call_addr=0x7f, si_syscall=__NR_clone3, si_arch=AUDIT_ARCH_X86_64} ---',
      'clone3 likely confirmed',
    ],
    [
      'siginfo in gdb',
      '_sigsys = {_call_addr = 0x7ffff7, _syscall = 439, _arch = 3221225534}}',
      'faccessat2 likely confirmed',
    ],
    [
      'registers of Go',
      'SIGSYS: bad system call\nPC=0x1 m=0 sigcode=1\n\nrax    0x1b3\nrbx    0x1',
      'clone3 likely confirmed',
    ],
    [
      'a traced call',
      'openat2(4, "/", {flags=O_PATH}, 24) = -1 ENOSYS (Function not implemented)',
      'openat2 likely seen',
    ],
    ['a resumed call', '7 <... clone3 resumed>) = -1 EPERM (Operation not permitted)', 'clone3 likely seen'],
    [
      'a number that strace did not know',
      'syscall_0x1b7(0xffffff9c, 0x1) = -1 EPERM (Operation not permitted)',
      'faccessat2 likely seen',
    ],
    ['a number of an older strace', 'syscall_332(0xffffff9c, 0x7ffe) = -1 (errno 38)', 'statx likely seen'],
    [
      "gVisor's log, by number",
      'Container Sandbox: Unsupported syscall UNKNOWN[439/0x1b7](0x1,0x3)',
      'faccessat2 likely confirmed',
    ],
    [
      "gVisor's log, by name",
      'Container Sandbox: Unsupported syscall rseq(0x3e,0x20)',
      'rseq likely confirmed',
    ],
    ['qemu-user', 'qemu: Unsupported syscall: 435', 'clone3 likely known'],
    ["Chromium's own filter", '**CRASHING**:seccomp-bpf failure in syscall 0435', 'clone3 likely known'],
    [
      "sshd's own filter",
      'ssh_sandbox_violation: unexpected system call (arch:0xc000003e,syscall:262 @ 0x7f)',
      'newfstatat likely known',
    ],
    ['minijail', 'libminijail[7]: blocked syscall: openat2', 'openat2 likely known'],
    [
      'Android, in the numbers of the ABI that it names',
      'Cause: seccomp prevented call to disallowed arm system call 403',
      'clock_gettime64 likely known',
    ],
    [
      'Android on arm64',
      'Cause: seccomp prevented call to disallowed arm64 system call 439',
      'faccessat2 likely known',
    ],
    ['abrt', 'firejail: iopl(): faudit killed by SIGSYS', 'iopl likely known'],
    [
      "the security profiles operator's JSON",
      '{"type":"seccomp","executable":"/a","syscallID":435,"syscallName":"clone3"}',
      'clone3 likely known',
    ],
  ])('%s', (_, text, first) => {
    expect(candidates(text)[0]).toBe(first);
  });

  test.each([
    [
      'a record of a call that was only logged',
      'type=1326 audit(1.2:3): comm="sh" sig=0 arch=c000003e syscall=435 code=0x7ffc0000',
    ],
    [
      'an AppArmor record',
      'type=1400 audit(1.2:3): apparmor="DENIED" operation="open" comm="sh" requested_mask="r"',
    ],
    [
      'registers of a Go program that died of something else',
      'SIGSEGV: segmentation violation\nrax    0x1b3',
    ],
    ['a syscall that no table has', 'blocked syscall: frobnicate'],
    [
      'a fault that strace injected',
      'open("/etc/ld.so.cache", O_RDONLY) = -1 ENOSYS (Function not implemented) (INJECTED)',
    ],
    ['prose', 'the system call that failed is not allowed to be named here'],
    ['the file of a source, not a call', 'Error (compel/src/lib/ptrace.c:27): suspending seccomp failed'],
  ])('%s names none', (_, text) => {
    expect(candidates(text)).toEqual([]);
  });

  test('registers far behind a SIGSYS are of another traceback', () => {
    expect(candidates(`SIGSYS: bad system call\n${'x\n'.repeat(500)}rax    0x1b3`)).toEqual([]);
  });

  test.each([
    'Bad system call (core dumped)',
    'tile gui:0 exited with signal 31 (SIGSYS-Bad system call)',
    'Main process exited, code=killed, status=31/SYS',
    'Main PID: 13922 (code=dumped, signal=SYS)',
    'The command returned a non-zero code: 159',
    'Process completed with exit code 159.',
  ])('a death that names no call: %s', (text) => {
    const { sightings } = read(text);
    expect(sightings.map(({ what }) => [what.kind, what.syscall])).toEqual([['killed', undefined]]);
  });

  test('a word that ends like the name of a library names none', () => {
    const runc =
      'error during container init: error mounting "proc" to rootfs at "/proc": operation not permitted';
    expect(candidates(runc)).toEqual(['mount unlikely assumed']);
  });

  test('exit codes that only look like it', () => {
    expect(read('exit code 1590\ncode 15\nport 159 open').sightings).toEqual([]);
  });
});

describe('what the log says of itself makes guesses surer', () => {
  test.each([
    [
      'make alone',
      'make: sh: Operation not permitted',
      ['faccessat2 likely known', 'clone3 possible assumed'],
    ],
    [
      'make on Alpine',
      '(1/1) Installing make (4.3-r0)\nmake: sh: Operation not permitted',
      ['faccessat2 likely known', 'clone3 possible assumed'],
    ],
    [
      'make on a new Ubuntu',
      'FROM ubuntu:22.04\nmake: sh: Operation not permitted',
      ['clone3 likely assumed', 'faccessat2 possible known'],
    ],
    [
      'apt alone',
      'At least one invalid signature was encountered.',
      ['clock_gettime64 possible known', 'clone3 possible assumed'],
    ],
    [
      'apt on a Raspberry Pi',
      'Raspbian 10\nAt least one invalid signature was encountered.',
      ['clock_gettime64 likely known', 'clone3 possible assumed'],
    ],
    [
      'apt on amd64',
      'Debian bookworm amd64\nAt least one invalid signature was encountered.',
      ['clone3 likely assumed', 'clock_gettime64 unlikely known'],
    ],
  ])('%s', (_, text, expected) => {
    expect(candidates(text)).toEqual(expected);
  });

  test('a line that another cause explains is worth little', () => {
    expect(candidates('socket: Operation not permitted')[0]).toBe('socket possible assumed');
    expect(candidates('ping: socket: Operation not permitted')[0]).toBe('socket unlikely assumed');
  });

  test('the error of the line counts, where a message comes with either', () => {
    const findings = read('openat2: function not implemented');
    expect(rankCandidates(findings, findings.context)[0]).toMatchObject({
      syscall: 'openat2',
      errno: 'ENOSYS',
    });
  });

  test('an error without a name is a guess, and on 32 bit another one', () => {
    expect(candidates('frob: Operation not permitted')).toEqual([
      'clone3 unlikely assumed',
      'faccessat2 unlikely assumed',
      'statx unlikely assumed',
    ]);
    expect(candidates('armv7l\nfrob: Operation not permitted')[0]).toBe('clock_gettime64 unlikely assumed');
    expect(candidates('frob: works')).toEqual([]);
  });

  test('words that are syscalls and English do not count alone', () => {
    expect(
      candidates('cannot read the file: Operation not permitted').map((one) => one.split(' ')[0]),
    ).not.toContain('read');
    expect(
      candidates('/usr/include/keyctl.h: Operation not permitted').map((one) => one.split(' ')[0]),
    ).not.toContain('keyctl');
    expect(candidates('keyctl: Operation not permitted')[0]).toMatch(/^keyctl/);
  });
});

describe('versions in a log become a host', () => {
  test.each([
    ['docker --version', 'Docker version 20.10.7, build f0df350', 'docker@20.10.7'],
    [
      'docker info',
      'Client:\n Version: 24.0.7\nServer:\n Server Version: 20.10.8\n runc version: v1.0.1-0-g4144b63',
      'docker@20.10.8,runc=1.0.1',
    ],
    [
      'docker version',
      'Client:\n Version:           24.0.2\n\nServer:\n Engine:\n  Version:          18.06.1-ce',
      'docker@18.06.1',
    ],
    [
      'a node of Kubernetes',
      'Container Runtime Version:  containerd://1.5.2\nKernel Version: 5.4.0-42-generic',
      'containerd@1.5.2,kernel=5.4.0',
    ],
    ['a package', 'docker-ce.x86_64    3:20.10.3-3.el8    @docker-ce-stable', 'docker@20.10.3'],
    ['Podman', 'podman version 3.4.4\ncrun version 0.17', 'podman@3.4.4,crun=0.17'],
    ['BuildKit', 'moby/buildkit:v0.8.1', 'buildkit@0.8.1'],
    ['gVisor', 'runsc version release-20210712.0', 'gvisor@20210712'],
    [
      'runc --version',
      'Docker version 20.10.5\nrunc version 1.0.0-rc93\nlibseccomp: 2.4.4',
      'docker@20.10.5,runc=1.0.0-rc93,libseccomp=2.4.4',
    ],
    ['an image of a GitHub runner', 'Image: ubuntu-20.04\nVersion: 20210425.1', 'docker@20.10.6,kernel=5.4'],
    [
      'an image between two releases of the table',
      'Image: ubuntu-20.04\nVersion: 20210501.1',
      'docker@20.10.6,kernel=5.4',
    ],
    ['nothing', 'Version: 3.2.1\nfailed', undefined],
  ])('%s', (_, text, host) => {
    expect(read(text).context.host).toBe(host);
  });

  test.each([
    ["The command '/bin/sh -c make -j8' returned a non-zero code: 2", 'make -j8'],
    [
      'ERROR: process "/bin/sh -c apt-get update" did not complete successfully: exit code: 100',
      'apt-get update',
    ],
    ['executor failed running [/bin/sh -c tar xf a.tar]: exit code: 2', 'tar xf a.tar'],
    ['make failed', undefined],
  ])('the failing command: %s', (text, command) => {
    expect(read(text).context.command).toBe(command);
  });
});

test('thousands of equal lines are one finding', () => {
  const { messages, lines } = read('make: sh: Operation not permitted\n'.repeat(3000));
  expect(lines).toBe(3000);
  expect(messages.filter(({ what }) => what.id === 'make-eperm')).toMatchObject([{ line: 1, count: 500 }]);
});
