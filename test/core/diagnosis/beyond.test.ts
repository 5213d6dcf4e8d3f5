import { describe, expect, test } from 'vitest';
import { denialsOf } from '../../../src/core/diagnosis/denials.ts';
import type { Denial } from '../../../src/core/documents/denial.ts';
import type { Reason } from '../../../src/core/documents/reason.ts';
import { TraceReader } from '../../../src/core/strace/fast/reader.ts';
import { evidencePhrase } from '../../../src/render/phrases/reason.ts';

function denials(...lines: readonly string[]): readonly Denial[] {
  const reader = new TraceReader({ file: 'x' });
  reader.push(new TextEncoder().encode(`${lines.map((line) => `7 ${line}`).join('\n')}\n`));
  return denialsOf(reader.end(), undefined);
}

const kindsOf = (reason: Reason): readonly string[] =>
  reason.kind === 'not-known' ? reason.candidates.map(({ kind }) => kind) : [reason.kind];

describe('what beside the profile may have refused a call', () => {
  test.each([
    ['openat(AT_FDCWD, "/dev/kvm", O_RDWR) = -1 EPERM (x)', ['device-cgroup', 'security-module']],
    ['openat(5, "self/uid_map", O_WRONLY) = -1 EPERM (x)', ['masked-path', 'security-module']],
    ['open("/proc/sys/kernel/core_pattern", O_WRONLY) = -1 EPERM (x)', ['masked-path', 'security-module']],
    ['open("a", O_RDONLY|O_NOATIME) = -1 EPERM (x)', ['object']],
    ['add_key("user", "k", "v", 1, -3) = -1 EDQUOT (x)', ['resource-limit']],
    ['unshare(CLONE_NEWUSER) = -1 ENOSPC (x)', ['user-namespace-limit']],
    ['unshare(CLONE_NEWNS|CLONE_NEWUSER) = -1 EPERM (x)', ['some-filter', 'user-namespace-limit']],
    ['unshare(CLONE_NEWNS) = -1 EPERM (x)', ['some-filter', 'capability']],
    ['mount("none", "/mnt", "tmpfs", 0, NULL) = -1 EACCES (x)', ['some-filter', 'security-module']],
    ['io_uring_setup(8, {flags=0}) = -1 EPERM (x)', ['some-filter', 'sysctl']],
    ['userfaultfd(O_CLOEXEC) = -1 EPERM (x)', ['some-filter', 'sysctl']],
    ['perf_event_open({type=0}, 0, -1, -1, 0) = -1 EACCES (x)', ['some-filter', 'sysctl', 'security-module']],
    ['ptrace(PTRACE_TRACEME) = -1 EPERM (x)', ['some-filter', 'tracer', 'sysctl', 'capability']],
    ['socket(AF_PACKET, SOCK_RAW, 768) = -1 EPERM (x)', ['some-filter', 'capability']],
    // The kernel has no reason of its own.
    ['socket(AF_INET, SOCK_DGRAM, 0) = -1 EPERM (x)', ['some-filter']],
    ['fcntl(3, F_GETFL) = -1 EPERM (x)', ['some-filter']],
    ['ioctl(0, TCGETS, 0x7f) = -1 EPERM (x)', ['some-filter']],
    ['prctl(PR_GET_NAME, 0x7f) = -1 EPERM (x)', ['some-filter']],
    [
      'mremap(0x7f, 1, 2, 0) = 0x19\n7 --- SIGSYS {si_signo=SIGSYS, si_code=SYS_SECCOMP, si_syscall=__NR_mremap} ---',
      ['some-filter'],
    ],
  ] as const)('%s', (line, kinds) => {
    const [only] = denials('execve("/bin/a", ["a"], 0x7f /* 1 var */) = 0', line);
    expect(kindsOf(only!.reason)).toEqual(kinds);
    expect(only!.basis === 'assumed').toBe(kinds.length > 1);
    expect(evidencePhrase(only!)).not.toMatch(/undefined/);
  });

  test('a filter that the program loaded itself, from there on', () => {
    const [only] = denials(
      'prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, {len=4, filter=0x7f}) = 0',
      'socket(AF_UNIX, SOCK_STREAM, 0) = -1 EPERM (x)',
    );
    expect(only).toMatchObject({ reason: { kind: 'own-filter', line: 1 }, basis: 'known' });
    const [failed] = denials(
      'prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, {len=4, filter=0x7f}) = -1 EACCES (x)',
      'socket(AF_UNIX, SOCK_STREAM, 0) = -1 EPERM (x)',
    );
    expect(failed?.reason.kind).toBe('some-filter');
    const [early] = denials(
      'socket(AF_UNIX, SOCK_STREAM, 0) = -1 EPERM (x)',
      'prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, {len=4, filter=0x7f}) = 0',
    );
    expect(early?.reason.kind).toBe('some-filter');
    // prctl(22) is PR_SET_SECCOMP; a first argument of 22 means nothing to other calls.
    const [other] = denials('dup(22) = 23', 'socket(AF_UNIX, SOCK_STREAM, 0) = -1 EPERM (x)');
    expect(other?.reason.kind).toBe('some-filter');
  });

  test('other errnos of other calls are no refusals', () => {
    expect(denials('openat(AT_FDCWD, "/root/x", O_RDONLY) = -1 EACCES (x)')).toEqual([]);
    expect(denials('clone(child_stack=NULL, flags=SIGCHLD) = -1 EAGAIN (x)')).toEqual([]);
  });
});

test('a recording that says ENOSYS of every call is broken', () => {
  const all = denials(
    'read(3, "", 1) = -1 ENOSYS (x)',
    'writev(1, [], 0) = -1 ENOSYS (x)',
    'openat(AT_FDCWD, "a", O_RDONLY) = -1 ENOSYS (x)',
    'futex(0x7f, FUTEX_WAKE, 1) = -1 ENOSYS (x)',
  );
  expect(all.map(({ reason }) => reason.kind)).toEqual(Array(4).fill('recording-broken'));
  const most = denials(
    'read(3, "", 1) = 0',
    'writev(1, [], 0) = -1 ENOSYS (x)',
    'openat(AT_FDCWD, "a", O_RDONLY) = -1 ENOSYS (x)',
    'futex(0x7f, FUTEX_WAKE, 1) = -1 ENOSYS (x)',
  );
  expect(most.some(({ reason }) => reason.kind === 'recording-broken')).toBe(false);
});
