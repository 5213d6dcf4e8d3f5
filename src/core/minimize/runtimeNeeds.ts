/**
 * What a runtime calls between loading the filter and executing the command, measured with strace:
 *
 *   strace -f -q -s0 -v -o FILE (runc run ID | crun run ID | bwrap --seccomp FD … CMD)
 *
 * and then every call of the process that loaded the filter, up to its successful execve. With no_new_privs the filter
 * is loaded last, so little is left; without it (Docker's and Podman's way) capabilities and user are set afterwards.
 */
export interface RuntimeNeeds {
  readonly runtime: 'runc' | 'crun' | 'bubblewrap';
  /** The version that was measured. */
  readonly version: string;
  readonly noNewPrivileges: boolean;
  readonly names: readonly string[];
}

const words = (text: string): readonly string[] => text.split(' ');

/** What Go's scheduler and garbage collector may do at any moment, seen or not (runc is written in Go). */
const GO_AT_ANY_TIME = words(
  'clone clone3 epoll_pwait futex getpid gettid madvise mmap munmap nanosleep rt_sigaction rt_sigprocmask rt_sigreturn sched_getaffinity sched_yield sigaltstack tgkill exit',
);

export const RUNTIME_NEEDS: readonly RuntimeNeeds[] = [
  {
    runtime: 'runc',
    version: '1.1.5',
    noNewPrivileges: false,
    names: [
      ...words(
        'capget capset chdir close epoll_ctl execve faccessat2 fchown fcntl fstat fstatfs getcwd getdents64 getppid newfstatat openat prctl read setgid setgroups setuid write',
      ),
      ...GO_AT_ANY_TIME,
    ],
  },
  {
    runtime: 'runc',
    version: '1.1.5',
    noNewPrivileges: true,
    names: [...words('close epoll_ctl execve fstatfs getdents64 openat write'), ...GO_AT_ANY_TIME],
  },
  {
    runtime: 'crun',
    version: '1.8.1',
    noNewPrivileges: false,
    names: words('capset close execve prctl rt_sigaction rt_sigprocmask setresgid setresuid write'),
  },
  { runtime: 'crun', version: '1.8.1', noNewPrivileges: true, names: words('close execve') },
  // wait4, write and exit_group are its first process's, which stays under the filter until the command has ended.
  {
    runtime: 'bubblewrap',
    version: '0.8.0',
    noNewPrivileges: true,
    names: words('execve exit_group wait4 write'),
  },
];

/** What a runtime calls after it loaded the filter, as measured; undefined for one that was not measured. */
export function runtimeNeeds(runtime: string, noNewPrivileges: boolean): RuntimeNeeds | undefined {
  return RUNTIME_NEEDS.find(
    (needs) => needs.runtime === runtime && needs.noNewPrivileges === noNewPrivileges,
  );
}
