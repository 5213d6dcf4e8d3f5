/** The syscalls that public reports are about, in order of their age; each has broken builds in containers. */
export const KNOWN_CASES: readonly { readonly syscall: string; readonly breaks: string }[] = [
  { syscall: 'statx', breaks: 'Qt, Zig, coreutils' },
  { syscall: 'copy_file_range', breaks: 'cp, Go, Zig' },
  { syscall: 'io_uring_setup', breaks: 'databases' },
  { syscall: 'pidfd_open', breaks: 'systemd, Go, Python' },
  { syscall: 'clone3', breaks: 'threads' },
  { syscall: 'close_range', breaks: 'Python, systemd, glib' },
  { syscall: 'openat2', breaks: 'nested containers' },
  { syscall: 'faccessat2', breaks: 'test -x, Zig, make' },
  { syscall: 'epoll_pwait2', breaks: 'event loops' },
  { syscall: 'futex_waitv', breaks: 'Wine' },
  { syscall: 'landlock_create_ruleset', breaks: 'sandboxes' },
  { syscall: 'cachestat', breaks: 'databases' },
  { syscall: 'fchmodat2', breaks: 'tar, glibc >= 2.39' },
  { syscall: 'mseal', breaks: 'browsers' },
  { syscall: 'setxattrat', breaks: 'copying attributes' },
  { syscall: 'userfaultfd', breaks: 'VMs, collectors' },
  { syscall: 'keyctl', breaks: 'Kerberos' },
  { syscall: 'perf_event_open', breaks: 'profilers' },
  { syscall: 'bpf', breaks: 'tracing tools' },
];

/** As 32-bit programs call them: one of the time64 family of Linux 5.1 stands for all. */
export const KNOWN_CASES_32: readonly { readonly syscall: string; readonly breaks: string }[] = [
  { syscall: 'clock_gettime64', breaks: 'dates and time-outs' },
  { syscall: 'clone3', breaks: 'threads' },
];
