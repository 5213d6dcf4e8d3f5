/**
 * The calls that programs make instead when a newer one is refused, by the newer one's name. From the sources of glibc and
 * musl (faccessat.c, fchmodat.c, fstatat.c, clone-internal.c, posix_spawn.c, closefrom_fallback.c, renameat2.c, the
 * `__ASSUME_TIME64_SYSCALLS` wrappers), of libuv (fs.c: copy_file_range, statx, preadv), of Go (os, internal/poll,
 * syscall/exec_linux.go) and of systemd and runc for the calls on processes and mounts.
 */
const OLDER: Readonly<Record<string, string>> = {
  faccessat2: 'faccessat access newfstatat fstatat64 stat stat64 geteuid',
  fchmodat2: 'fchmodat chmod fchmod openat newfstatat fstatat64',
  statx: 'newfstatat fstatat64 stat stat64 lstat lstat64 fstat fstat64 oldstat oldfstat',
  clone3: 'clone clone2 vfork fork',
  close_range: 'close openat getdents64 getrlimit prlimit64 ugetrlimit fcntl fcntl64',
  openat2: 'openat open',
  renameat2: 'renameat rename linkat link faccessat access newfstatat',
  execveat: 'execve',
  copy_file_range: 'read write pread64 pwrite64 sendfile sendfile64 splice mmap ioctl',
  splice: 'read write sendfile sendfile64',
  sendfile: 'read write pread64',
  preadv2: 'preadv readv pread64 read',
  pwritev2: 'pwritev writev pwrite64 write',
  getrandom: 'openat open read',
  memfd_create: 'openat open shm_open mkdir',
  epoll_pwait2: 'epoll_pwait epoll_wait',
  epoll_create1: 'epoll_create',
  eventfd2: 'eventfd',
  inotify_init1: 'inotify_init',
  signalfd4: 'signalfd',
  pipe2: 'pipe',
  dup3: 'dup2 fcntl fcntl64',
  accept4: 'accept',
  pidfd_open: 'waitid wait4 waitpid kill poll clone vfork fork',
  pidfd_send_signal: 'kill tgkill rt_sigqueueinfo',
  pidfd_getfd: 'ptrace recvmsg',
  process_madvise: 'madvise',
  landlock_create_ruleset: 'prctl seccomp',
  futex_waitv: 'futex poll',
  fsopen: 'mount',
  fsconfig: 'mount',
  fsmount: 'mount',
  open_tree: 'mount',
  move_mount: 'mount',
  mount_setattr: 'mount',
  statmount: 'openat open statfs',
  listmount: 'openat open',
  io_uring_setup: 'epoll_create1 epoll_create io_setup eventfd2 pread64 read',
  getdents64: 'getdents',
  utimensat: 'futimesat utimes utime',
  fallocate: 'pwrite64 ftruncate ftruncate64',
  cachestat: 'mincore',
  fanotify_init: 'inotify_init1 inotify_init',
  membarrier: 'mprotect sched_setaffinity',
  mseal: 'mprotect',
  map_shadow_stack: 'mmap mmap2',
  getxattrat: 'getxattr lgetxattr fgetxattr openat',
  setxattrat: 'setxattr lsetxattr fsetxattr openat',
  listxattrat: 'listxattr llistxattr flistxattr openat',
  removexattrat: 'removexattr lremovexattr fremovexattr openat',
};

const RENAMED: Readonly<Record<string, string>> = {
  clock_gettime64: 'gettimeofday time',
  futex_time64: 'futex',
};

const found = new Map<string, ReadonlySet<string>>();

/** Calls that are the known other way where `name` is refused; empty where there is none. */
export function olderCalls(name: string): ReadonlySet<string> {
  let older = found.get(name);
  if (!older) {
    const words = [
      ...(Object.hasOwn(OLDER, name) ? OLDER[name]!.split(' ') : []),
      ...(Object.hasOwn(RENAMED, name) ? RENAMED[name]!.split(' ') : []),
    ];
    // The 64-bit time variants of Linux 5.1: clock_gettime64, ppoll_time64.
    const suffix = name.endsWith('_time64') ? 7 : /^(?:clock|timer|timerfd)_\w+64$/.test(name) ? 2 : 0;
    const plain = suffix === 0 ? undefined : name.slice(0, -suffix);
    if (plain !== undefined) words.push(plain, plain === 'pselect6' ? '_newselect' : 'nanosleep');
    older = new Set(words);
    found.set(name, older);
  }
  return older;
}

/** Older calls that stand for the newer one whatever their arguments are: they create, close or copy. */
const ANY_ARGUMENTS =
  /^(?:clone3|close_range|copy_file_range|splice|sendfile|getrandom|memfd_create|epoll_|eventfd2|inotify_init1|signalfd4|pipe2|pidfd_|io_uring_|landlock_|fs|move_mount|open_tree|mount_setattr|futex|membarrier|.*64$)/;

/** Whether the other way must name the same file or descriptor to be recognised. */
export function isAboutOneFile(name: string): boolean {
  return !ANY_ARGUMENTS.test(name);
}
