/** How dangerous it is to allow a syscall without conditions in a container. */
export interface Danger {
  /** 0: no more than any program already has. 10: hands over the host. Used to order fixes, so only the order counts. */
  readonly weight: number;
  readonly why: string;
  readonly source: string;
}

const DOCKER =
  'https://docs.docker.com/engine/security/seccomp/ (significant syscalls blocked by the default profile)';
const MAN = (page: string): string => `man ${page}`;

type Row = readonly [names: string, weight: number, why: string, source: string];

/**
 * Judgement, kept apart from the numbers. Docker's list of blocked syscalls gives the ground; weights rank by what an
 * attacker inside the container gains. Syscalls that are not listed have weight 1.
 */
const ROWS: readonly Row[] = [
  ['kexec_load kexec_file_load', 10, 'loads a new kernel', DOCKER],
  ['init_module finit_module delete_module create_module', 10, 'loads or removes kernel modules', DOCKER],
  ['reboot', 10, 'restarts the host', DOCKER],
  ['iopl ioperm', 10, 'gives access to I/O ports', DOCKER],
  ['swapon swapoff', 9, 'changes the swap space of the host', DOCKER],
  [
    'open_by_handle_at',
    9,
    'opens files outside the container by handle (the 2014 "shocker" break-out)',
    DOCKER,
  ],
  ['mount umount umount2', 8, 'changes mounts; with a user namespace it reaches much kernel code', DOCKER],
  [
    'fsopen fsconfig fsmount fspick move_mount open_tree open_tree_attr mount_setattr',
    8,
    'the newer mount interface, with the same reach as mount',
    MAN('fsopen(2)'),
  ],
  ['pivot_root', 8, 'replaces the root file system', DOCKER],
  ['bpf', 9, 'loads programs into the kernel', DOCKER],
  ['unshare setns', 8, 'creates or enters namespaces; a new user namespace holds every capability', DOCKER],
  [
    'clone clone3',
    8,
    'without conditions it creates user namespaces (CLONE_NEWUSER); clone3 passes its flags in memory, where no filter can look',
    DOCKER,
  ],
  ['ptrace', 6, 'reads and changes other processes; before Linux 4.8 it could get around seccomp', DOCKER],
  ['process_vm_readv process_vm_writev', 6, 'reads or writes the memory of other processes', DOCKER],
  ['process_madvise', 3, 'acts on the memory of other processes', MAN('process_madvise(2)')],
  ['pidfd_getfd', 5, 'takes open files out of another process', MAN('pidfd_getfd(2)')],
  ['kcmp', 4, 'compares kernel pointers of processes', DOCKER],
  [
    'perf_event_open',
    7,
    'profiles and traces; a long record of kernel bugs, leaks what the host does',
    DOCKER,
  ],
  [
    'userfaultfd',
    7,
    'lets a process hold the kernel in a page fault: the usual helper of kernel exploits',
    DOCKER,
  ],
  [
    'io_uring_setup io_uring_enter io_uring_register',
    7,
    'a second way to issue syscalls that no filter sees, with a record of kernel bugs',
    'https://github.com/moby/moby/pull/46762',
  ],
  ['keyctl add_key request_key', 6, 'the kernel keyring is not namespaced', DOCKER],
  ['personality', 3, 'switches off address randomisation or picks old, little tested behaviour', DOCKER],
  ['quotactl quotactl_fd', 6, 'changes disk quotas of the host', DOCKER],
  ['acct', 6, 'turns on process accounting of the host', DOCKER],
  [
    'settimeofday stime clock_settime clock_settime64 adjtimex clock_adjtime clock_adjtime64',
    6,
    'time is not namespaced',
    DOCKER,
  ],
  ['sethostname setdomainname', 3, 'changes the names of its UTS namespace', MAN('sethostname(2)')],
  ['syslog', 5, 'reads the log of the host kernel', MAN('syslog(2)')],
  ['lookup_dcookie', 4, 'shows paths of the host (profiling)', DOCKER],
  ['name_to_handle_at', 2, 'harmless alone, the other half of open_by_handle_at', DOCKER],
  ['fanotify_init fanotify_mark', 4, 'watches whole file systems', MAN('fanotify(7)')],
  ['vm86 vm86old modify_ldt', 5, 'old x86 interfaces with a record of kernel bugs', DOCKER],
  ['nfsservctl sysfs _sysctl uselib ustat query_module get_kernel_syms', 2, 'obsolete', DOCKER],
  [
    'mbind set_mempolicy set_mempolicy_home_node migrate_pages move_pages',
    2,
    'changes NUMA placement',
    DOCKER,
  ],
  ['get_mempolicy', 1, 'shows NUMA placement', DOCKER],
  ['vhangup', 3, 'hangs up the terminal', MAN('vhangup(2)')],
  ['chroot', 2, 'needs CAP_SYS_CHROOT anyway', MAN('chroot(2)')],
  ['sched_setattr sched_setscheduler', 1, 'may starve neighbours with CAP_SYS_NICE', MAN('sched_setattr(2)')],
  [
    'socket socketcall',
    3,
    'without conditions it opens every address family (AF_VSOCK, AF_ALG, AF_PACKET …)',
    'https://github.com/moby/moby/pull/44563',
  ],
  ['memfd_secret', 2, 'memory that the host cannot inspect', MAN('memfd_secret(2)')],
  ['seccomp', 1, 'may only narrow what a process can do', MAN('seccomp(2)')],
  [
    'landlock_create_ruleset landlock_add_rule landlock_restrict_self',
    0,
    'may only narrow what a process can do',
    MAN('landlock(7)'),
  ],
  [
    'fchmodat2 faccessat2 statx openat2 renameat2 close_range futex_waitv futex_wait futex_wake futex_requeue epoll_pwait2 copy_file_range getrandom memfd_create preadv2 pwritev2 rseq mseal cachestat pidfd_open pidfd_send_signal',
    0,
    'does nothing that an older, allowed syscall could not do to others',
    'kernel documentation and the review of the pull requests that allowed it in moby',
  ],
];

let rows: ReadonlyMap<string, Danger> | undefined;

/** What allowing a syscall without conditions would give away, by judgement; names that are not listed are harmless. */
export function danger(name: string): Danger {
  rows ??= new Map(
    ROWS.flatMap(([names, weight, why, source]) =>
      names.split(' ').map((one) => [one, { weight, why, source }] as const),
    ),
  );
  const found = rows.get(name);
  if (found) return found;
  if (/(?:_time64|^(?:clock|timer|timerfd)_\w+64)$/.test(name)) {
    return { weight: 0, why: 'the 64-bit time twin of an allowed syscall', source: MAN('syscalls(2)') };
  }
  return { weight: 1, why: 'nothing known against it', source: 'not listed by Docker as significant' };
}
