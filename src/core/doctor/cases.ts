/** The syscalls that public reports are about, in order of their age; each has broken builds in containers. */
export const KNOWN_CASES: readonly { readonly syscall: string; readonly breaks: string }[] = [
  { syscall: 'statx', breaks: 'Qt, Zig, coreutils of 2018 and later' },
  { syscall: 'copy_file_range', breaks: 'cp, Go, Zig' },
  { syscall: 'io_uring_setup', breaks: 'databases and runtimes with io_uring' },
  { syscall: 'pidfd_open', breaks: 'systemd, Go, Python' },
  { syscall: 'clone3', breaks: 'threads and processes with glibc 2.34 and later' },
  { syscall: 'close_range', breaks: 'Python, systemd, glib' },
  { syscall: 'openat2', breaks: 'containers inside containers, Samba' },
  { syscall: 'faccessat2', breaks: 'test -x and access() with glibc 2.33, Zig, make' },
  { syscall: 'epoll_pwait2', breaks: 'event loops with short time-outs' },
  { syscall: 'futex_waitv', breaks: 'Wine and games' },
  { syscall: 'landlock_create_ruleset', breaks: 'sandboxed build tools' },
  { syscall: 'cachestat', breaks: 'databases' },
  { syscall: 'fchmodat2', breaks: 'tar xf with glibc 2.39 and later' },
  { syscall: 'map_shadow_stack', breaks: 'programs built for shadow stacks' },
  { syscall: 'mseal', breaks: 'browsers, glibc 2.41 and later' },
  { syscall: 'setxattrat', breaks: 'tools that copy attributes' },
  { syscall: 'userfaultfd', breaks: 'garbage collectors, virtual machines' },
  { syscall: 'keyctl', breaks: 'container runtimes, Kerberos' },
  { syscall: 'perf_event_open', breaks: 'profilers' },
  { syscall: 'bpf', breaks: 'tracing tools' },
];

/** As 32-bit programs call them: the time64 family of Linux 5.1. */
export const KNOWN_CASES_32: readonly { readonly syscall: string; readonly breaks: string }[] = [
  { syscall: 'clock_gettime64', breaks: 'dates in 32-bit programs (musl, glibc 2.34)' },
  { syscall: 'futex_time64', breaks: 'time-outs in 32-bit programs' },
  { syscall: 'clone3', breaks: 'threads in 32-bit programs' },
];
