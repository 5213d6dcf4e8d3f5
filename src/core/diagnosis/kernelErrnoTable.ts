import type { Genuine } from './kernelErrno.ts';

/** Names, separated by spaces, share one reason. */
export type GenuineRow = readonly [names: string, when: string, kind: Genuine['kind'], source: string];

/** EPERM for calls that no default profile refuses. */
export const EPERM_UNFILTERED: readonly GenuineRow[] = [
  [
    'chown chown32 fchown fchown32 lchown lchown32 fchownat',
    'the caller does not own the file and lacks CAP_CHOWN, the new owner is not mapped in its user namespace, or the file is immutable',
    'capability',
    'chown(2)',
  ],
  [
    'chmod fchmod fchmodat',
    "the caller is not the file's owner and lacks CAP_FOWNER, or the file is immutable or append-only",
    'capability',
    'chmod(2)',
  ],
  [
    'utime utimes utimensat futimesat',
    "the caller is not the file's owner and lacks CAP_FOWNER, or the file is immutable or append-only",
    'capability',
    'utimensat(2)',
  ],
  [
    'kill tkill tgkill rt_sigqueueinfo rt_tgsigqueueinfo',
    'the process belongs to another user and the caller lacks CAP_KILL',
    'foreign process',
    'kill(2)',
  ],
  [
    'setuid setuid32 setgid setgid32 setreuid setreuid32 setregid setregid32 setresuid setresuid32 setresgid setresgid32',
    "the id is none of the caller's own and it lacks CAP_SETUID or CAP_SETGID",
    'capability',
    'setuid(2)',
  ],
  [
    'setgroups setgroups32',
    'the caller lacks CAP_SETGID, or /proc/PID/setgroups says "deny" in its user namespace',
    'capability',
    'setgroups(2), user_namespaces(7)',
  ],
  [
    'setpgid setsid getsid getpgid',
    'the process is a session leader or in another session',
    'argument',
    'setpgid(2), setsid(2)',
  ],
  [
    'setpriority sched_setscheduler sched_setparam sched_setattr sched_setaffinity ioprio_set',
    'the priority, policy or processor set needs CAP_SYS_NICE, or the process belongs to another user',
    'capability',
    'setpriority(2), sched_setattr(2), ioprio_set(2)',
  ],
  [
    'setrlimit prlimit64',
    'a hard limit would be raised without CAP_SYS_RESOURCE, or the process belongs to another user',
    'capability',
    'getrlimit(2)',
  ],
  [
    'open openat creat',
    "O_NOATIME is used by somebody who is not the file's owner, the file is immutable or append-only, or it is sealed",
    'file system',
    'open(2)',
  ],
  [
    'link linkat',
    'the file is immutable, the file system knows no hard links, or fs.protected_hardlinks forbids it',
    'file system',
    'link(2), proc(5)',
  ],
  [
    'symlink symlinkat mkdir mkdirat',
    'the file system knows no such files',
    'file system',
    'symlink(2), mkdir(2)',
  ],
  [
    'mknod mknodat',
    'a device file needs CAP_MKNOD, or the file system knows no such files',
    'capability',
    'mknod(2)',
  ],
  [
    'unlink unlinkat rmdir rename renameat renameat2',
    'the folder is sticky and the file belongs to another user, the file is immutable or append-only, or a directory was given to unlink',
    'file system',
    'unlink(2), rename(2)',
  ],
  [
    'truncate truncate64 ftruncate ftruncate64 fallocate',
    'the file is immutable or append-only, sealed, or on a file system that cannot do it',
    'file system',
    'truncate(2), fallocate(2)',
  ],
  [
    'setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr',
    'the attribute is in the security or trusted name space and needs CAP_SYS_ADMIN or CAP_SETFCAP, or the file kind takes none',
    'capability',
    'setxattr(2), xattr(7)',
  ],
  [
    'ioctl',
    'the device or file system refuses this request to the caller (FS_IOC_SETFLAGS and TIOCSTI need a capability)',
    'argument',
    'ioctl(2), ioctl_iflags(2)',
  ],
  [
    'fcntl fcntl64',
    'O_APPEND would be cleared on an append-only file, O_NOATIME set by a stranger, or F_ADD_SEALS asked of a sealed file',
    'argument',
    'fcntl(2)',
  ],
  [
    'prctl',
    'the option needs a capability (PR_CAPBSET_DROP: CAP_SETPCAP; PR_CAP_AMBIENT_RAISE; PR_SET_MM: CAP_SYS_RESOURCE)',
    'capability',
    'prctl(2)',
  ],
  [
    'capset',
    "a capability would be added that the caller does not have, or another thread's set be changed",
    'capability',
    'capset(2)',
  ],
  [
    'mmap mmap2 mprotect',
    'the file is sealed, or its file system is mounted noexec',
    'file system',
    'mmap(2)',
  ],
  [
    'mlock mlockall munlockall',
    'RLIMIT_MEMLOCK is 0 and the caller lacks CAP_IPC_LOCK',
    'capability',
    'mlock(2)',
  ],
  [
    'write writev pwrite64 pwritev sendfile sendfile64 splice',
    'the file is sealed, or what stands behind the descriptor (a file in /proc or /sys, a device) refuses it to the caller',
    'file system',
    'write(2), memfd_create(2)',
  ],
  [
    'sendto sendmsg sendmmsg connect bind',
    'a firewall rule drops the packet, or a Unix socket credential is not the caller’s own',
    'argument',
    'send(2), connect(2), unix(7)',
  ],
  ['setsockopt', 'the option needs CAP_NET_ADMIN or CAP_NET_RAW', 'capability', 'socket(7), ip(7)'],
  ['accept accept4', 'firewall rules forbid the connection', 'configuration', 'accept(2)'],
  ['epoll_ctl', 'the file kind cannot be polled (a regular file or a folder)', 'argument', 'epoll_ctl(2)'],
  [
    'execve execveat',
    'the program is set-user-ID or has file capabilities that cannot be given (no_new_privs, a traced process, an upper bound)',
    'capability',
    'execve(2), capabilities(7)',
  ],
  [
    'msgctl semctl shmctl',
    'the caller is neither owner nor creator and lacks CAP_SYS_ADMIN',
    'capability',
    'msgctl(2)',
  ],
  [
    'mq_open mq_unlink',
    'the queue belongs to another user, or the name has more than one slash',
    'file system',
    'mq_open(3)',
  ],
  [
    'timer_create alarm getitimer setitimer',
    'the clock needs CAP_WAKE_ALARM',
    'capability',
    'timer_create(2)',
  ],
];

/** EPERM for calls that some version's default profile refuses too: the trace alone does not tell the two apart. */
export const EPERM_FILTERED: readonly GenuineRow[] = [
  [
    'fchmodat2',
    "the caller is not the file's owner and lacks CAP_FOWNER, or the file is immutable or append-only",
    'capability',
    'chmod(2)',
  ],
  [
    'mount umount umount2 pivot_root move_mount open_tree fsopen fsconfig fsmount fspick mount_setattr',
    'the caller lacks CAP_SYS_ADMIN in the user namespace that owns its mount namespace',
    'capability',
    'mount(2), mount_namespaces(7)',
  ],
  [
    'setns unshare clone clone3',
    'a namespace is asked for that needs CAP_SYS_ADMIN, or user namespaces are switched off or used up',
    'capability',
    'setns(2), unshare(2), clone(2)',
  ],
  ['chroot', 'the caller lacks CAP_SYS_CHROOT', 'capability', 'chroot(2)'],
  [
    'bpf perf_event_open',
    'the caller lacks CAP_BPF or CAP_PERFMON, and the sysctl switch forbids it to others',
    'capability',
    'bpf(2), perf_event_open(2)',
  ],
  [
    'ptrace process_vm_readv process_vm_writev kcmp pidfd_getfd process_madvise',
    "the caller may not trace that process: another user's, not dumpable, or Yama forbids it",
    'foreign process',
    'ptrace(2)',
  ],
  [
    'pidfd_send_signal',
    'the process belongs to another user and the caller lacks CAP_KILL',
    'foreign process',
    'pidfd_send_signal(2)',
  ],
  [
    'keyctl add_key request_key',
    'the key or the operation is not permitted to the caller',
    'capability',
    'keyctl(2)',
  ],
  [
    'io_uring_setup io_uring_enter io_uring_register',
    'kernel.io_uring_disabled switches io_uring off for the caller',
    'configuration',
    'io_uring_setup(2)',
  ],
  [
    'userfaultfd',
    'vm.unprivileged_userfaultfd is 0 and the caller lacks CAP_SYS_PTRACE',
    'configuration',
    'userfaultfd(2)',
  ],
  [
    'settimeofday stime adjtimex clock_adjtime clock_adjtime64 clock_settime clock_settime64',
    'the clock may be set only with CAP_SYS_TIME',
    'capability',
    'settimeofday(2), adjtimex(2)',
  ],
  [
    'sethostname setdomainname swapon swapoff quotactl quotactl_fd acct reboot kexec_load kexec_file_load init_module finit_module delete_module syslog vhangup iopl ioperm lookup_dcookie nfsservctl',
    'the call is for administrators: it needs CAP_SYS_ADMIN, CAP_SYS_BOOT, CAP_SYS_MODULE, CAP_SYS_RAWIO, CAP_SYSLOG or the like',
    'capability',
    'capabilities(7)',
  ],
  [
    'open_by_handle_at name_to_handle_at',
    'the caller lacks CAP_DAC_READ_SEARCH',
    'capability',
    'open_by_handle_at(2)',
  ],
  ['fanotify_init fanotify_mark', 'the caller lacks CAP_SYS_ADMIN', 'capability', 'fanotify_init(2)'],
  [
    'socket socketpair socketcall',
    'the address family or kind of socket needs CAP_NET_RAW or CAP_NET_ADMIN',
    'capability',
    'socket(2), packet(7)',
  ],
  ['seccomp', 'a filter is set without no_new_privs and without CAP_SYS_ADMIN', 'capability', 'seccomp(2)'],
  [
    'landlock_restrict_self',
    'no_new_privs is not set and the caller lacks CAP_SYS_ADMIN',
    'capability',
    'landlock_restrict_self(2)',
  ],
  [
    'mbind migrate_pages move_pages set_mempolicy',
    'the pages belong to another process and the caller lacks CAP_SYS_NICE',
    'capability',
    'mbind(2), move_pages(2)',
  ],
  ['copy_file_range', 'the target is immutable or opened append-only', 'file system', 'copy_file_range(2)'],
  ['membarrier', 'the process has not registered for this command', 'argument', 'membarrier(2)'],
  ['rseq', 'the area is registered with another signature', 'argument', 'rseq(2)'],
  ['mlock2', 'RLIMIT_MEMLOCK is 0 and the caller lacks CAP_IPC_LOCK', 'capability', 'mlock(2)'],
  ['pwritev2', 'the file is sealed', 'file system', 'memfd_create(2)'],
  ['mseal', 'the address range is sealed', 'argument', 'mseal(2)'],
  [
    'openat2',
    'the file is immutable, append-only or sealed, or O_NOATIME is used by a stranger',
    'file system',
    'openat2(2)',
  ],
  ['faccessat2', 'writing was asked about for an immutable file', 'file system', 'access(2)'],
  [
    'statmount listmount',
    'the mount is not reachable from the root of the caller',
    'capability',
    'statmount(2)',
  ],
  [
    'setxattrat removexattrat file_setattr',
    "the caller is not the file's owner, or the file is immutable",
    'capability',
    'setxattr(2)',
  ],
];

/** ENOSYS from a kernel that has the call. */
export const ENOSYS_ANY: readonly GenuineRow[] = [
  [
    'fallocate copy_file_range renameat2 lseek _llseek ioctl statfs fstatfs getxattr lgetxattr fgetxattr setxattr lsetxattr fsetxattr listxattr llistxattr flistxattr removexattr lremovexattr fremovexattr fsync fdatasync open openat creat access faccessat flock mknod mknodat link linkat symlink symlinkat readlink readlinkat chmod fchmod fchmodat chown fchown lchown fchownat utimensat truncate ftruncate rename renameat mkdir mkdirat unlink unlinkat rmdir getdents64 read write pread64 pwrite64',
    'the file lies on a FUSE (or similar) file system whose server does not implement the operation',
    'file system',
    'fuse(4), FUSE protocol: -ENOSYS of the server is passed on',
  ],
  [
    'remap_file_pages quotactl acct sysfs ustat uselib nfsservctl modify_ldt vm86 vm86old bpf userfaultfd io_uring_setup io_uring_enter io_uring_register kcmp membarrier rseq keyctl add_key request_key mq_open mq_unlink fanotify_init fanotify_mark open_by_handle_at name_to_handle_at perf_event_open kexec_load kexec_file_load swapon swapoff mbind get_mempolicy set_mempolicy move_pages migrate_pages process_vm_readv process_vm_writev lookup_dcookie pkey_alloc pkey_free pkey_mprotect memfd_secret landlock_create_ruleset landlock_add_rule landlock_restrict_self seccomp syslog setuid setgid init_module finit_module delete_module shmget shmat shmctl semget semop semctl msgget msgsnd msgrcv msgctl semtimedop cachestat map_shadow_stack rtas switch_endian subpage_prot',
    'the kernel was built without that feature, or it is switched off',
    'configuration',
    'kernel/sys_ni.c (cond_syscall)',
  ],
  ['prctl arch_prctl', 'the option is not there on this architecture', 'argument', 'prctl(2), arch_prctl(2)'],
  [
    'futex futex_time64',
    'the operation is not supported (FUTEX_LOCK_PI without hardware support)',
    'argument',
    'futex(2)',
  ],
  ['clone clone3', 'the architecture does not support the flags', 'argument', 'clone(2)'],
  ['socketcall', 'the sub-call is not there', 'argument', 'socketcall(2)'],
  ['ipc', 'the sub-call is not there, or System V IPC is not built in', 'argument', 'ipc(2)'],
];

/**
 * Calls to which the kernel has no reason to answer EPERM, whoever makes them: their manual pages list none, and the code
 * has no check. An EPERM is somebody's filter or an emulation.
 */
export const NEVER_EPERM: ReadonlySet<string> = new Set(
  (
    'statx stat stat64 lstat lstat64 fstat fstat64 newfstatat fstatat64 close_range clock_gettime clock_gettime64 ' +
    'clock_getres clock_getres_time64 clock_nanosleep clock_nanosleep_time64 pselect6 pselect6_time64 ppoll ppoll_time64 ' +
    'epoll_pwait2 epoll_pwait epoll_wait futex_waitv futex_time64 futex_wait futex_wake getrandom pidfd_open gettid getpid ' +
    'uname getcwd dup dup2 dup3 pipe pipe2 eventfd2 memfd_create timerfd_gettime64 timer_gettime64 cachestat close ' +
    'set_robust_list get_robust_list rt_sigtimedwait_time64 recvmmsg_time64 mq_timedsend_time64 mq_timedreceive_time64 ' +
    'semtimedop_time64 sched_rr_get_interval_time64 set_tid_address landlock_create_ruleset getdents64 lseek'
  ).split(' '),
);
