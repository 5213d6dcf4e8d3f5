/** How many arguments a syscall takes, and which of them point to strings. */
export interface Signature {
  readonly count: number;
  readonly strings: readonly number[];
}

/**
 * `name count strings`, where strings are the indices of paths and names: of the syscalls that filters and old kernels
 * refuse, from the manual pages (section 2) and the kernel's SYSCALL_DEFINEs.
 */
const TABLE = `
access 2 0;acct 1 0;add_key 5 01;bpf 3;cachestat 4;capset 2;chdir 1 0;chmod 2 0;chown 3 0;chown32 3 0;chroot 1 0
clock_adjtime 2;clock_adjtime64 2;clock_getres 2;clock_getres_time64 2;clock_gettime 2;clock_gettime64 2;clock_nanosleep 4
clock_nanosleep_time64 4;clock_settime 2;clock_settime64 2;clone 5;clone3 2;close_range 3;copy_file_range 6;creat 2 0
delete_module 2 0;epoll_pwait2 6;execve 3 0;execveat 5 1;faccessat 3 1;faccessat2 4 1;fanotify_init 2;fanotify_mark 5 4
fchmodat 3 1;fchmodat2 4 1;fchownat 5 1;finit_module 3 1;fsconfig 5 2;fsmount 3;fsopen 2 0;fspick 3 1;fstatat64 4 1
futex 6;futex_requeue 4;futex_time64 6;futex_wait 6;futex_waitv 5;futex_wake 4;futimesat 3 1;getrandom 3;getxattr 4 01
init_module 3 2;inotify_add_watch 3 1;io_pgetevents 6;io_uring_enter 6;io_uring_register 4;io_uring_setup 2;ioperm 3;iopl 1
kcmp 5;kexec_file_load 5;kexec_load 4;keyctl 5;landlock_add_rule 4;landlock_create_ruleset 3;landlock_restrict_self 2
lchown 3 0;lgetxattr 4 01;link 2 01;linkat 5 13;listmount 4;listns 4;listxattr 3 0;llistxattr 3 0;lookup_dcookie 3;lremovexattr 2 01
lsetxattr 5 01;lstat 2 0;lstat64 2 0;map_shadow_stack 3;mbind 6;membarrier 3;memfd_create 2 0;memfd_secret 1;migrate_pages 4
mkdir 2 0;mkdirat 3 1;mknod 3 0;mknodat 4 1;mlock2 3;modify_ldt 3;mount 5 012;mount_setattr 5 1;move_mount 5 13;move_pages 6
mq_open 4 0;mq_unlink 1 0;mseal 3;name_to_handle_at 5 1;newfstatat 4 1;nfsservctl 3;open 3 0;open_by_handle_at 3;open_tree 3 1
open_tree_attr 5 1;openat 4 1;openat2 4 1;perf_event_open 5;personality 1;pidfd_getfd 3;pidfd_open 2;pidfd_send_signal 4;pivot_root 2 01
pkey_alloc 2;pkey_free 1;pkey_mprotect 4;ppoll 5;ppoll_time64 5;prctl 5;preadv2 6;prlimit64 4;process_madvise 5;process_mrelease 2
process_vm_readv 6;process_vm_writev 6;pselect6 6;pselect6_time64 6;ptrace 4;pwritev2 6;quotactl 4 1;quotactl_fd 4
readlink 3 0;readlinkat 4 1;reboot 4;removexattr 2 01;rename 2 01;renameat 4 13;renameat2 5 13;request_key 4 012;rmdir 1 0;rseq 4
rt_sigtimedwait_time64 4;seccomp 3;sendmmsg 4;setdomainname 2 0;sethostname 2 0;setns 2;settimeofday 2;setxattr 5 01;setxattrat 6 12
socket 3;socketcall 2;socketpair 4;stat 2 0;stat64 2 0;statfs 2 0;statfs64 3 0;statmount 4;statx 5 1;stime 1;swapoff 1 0;swapon 2 0
symlink 2 01;symlinkat 3 02;syslog 3;timer_gettime64 2;timer_settime64 4;timerfd_create 2;timerfd_gettime64 2;timerfd_settime64 4
truncate 2 0;truncate64 2 0;umount 1 0;umount2 2 0;unlink 1 0;unlinkat 3 1;unshare 1;uselib 1 0;userfaultfd 1;utime 2 0;utimensat 4 1
utimensat_time64 4 1;utimes 2 0;vhangup 0;vm86 2;vm86old 1`;

let parsed: ReadonlyMap<string, Signature> | undefined;

/** Of a syscall that is listed; undefined for others. */
export function signatureOf(name: string): Signature | undefined {
  parsed ??= new Map(
    TABLE.trim()
      .split(/[;\n]/)
      .map((row) => {
        const [syscall = '', count = '', strings = ''] = row.split(' ');
        return [syscall, { count: Number(count), strings: [...strings].map(Number) }];
      }),
  );
  return parsed.get(name);
}
