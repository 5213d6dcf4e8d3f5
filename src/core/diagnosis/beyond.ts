import type { CertainReason } from '../documents/reason.ts';
import { kernelErrnoOf, kernelNeverSaysEperm } from '../linux/kernelErrnos.ts';
import type { DistinctCall } from '../strace/grammar/event.ts';

/** Errnos other than ENOSYS and EPERM that say that something refused the call, by syscall. */
const REFUSALS: Readonly<Record<string, RegExp>> = {
  EACCES:
    /^(?:mount|umount2?|pivot_root|move_mount|open_tree|fsopen|fsmount|mount_setattr|ptrace|bpf|perf_event_open|setns|unshare|userfaultfd|io_uring_setup|keyctl)$/,
  EDQUOT: /^(?:keyctl|add_key|request_key)$/,
  ENOSPC: /^(?:unshare|clone3?|setns)$/,
  EUSERS: /^(?:unshare|clone3?|setns)$/,
};

/** Whether this errno of this call is a refusal: by the kernel, a security module, a quota or a filter. */
export function isRefusalErrno(syscall: string, errno: string): boolean {
  return errno === 'ENOSYS' || errno === 'EPERM' || REFUSALS[errno]?.test(syscall) === true;
}

const NEW_USER = /CLONE_NEWUSER|\b0x[1-9a-f]?[0-9a-f]*10000000\b/;
const LSM: CertainReason = { kind: 'security-module', modules: ['AppArmor', 'SELinux'] };

const capability = (...capabilities: string[]): CertainReason => ({ kind: 'capability', capabilities });
const sysctl = (name: string, unless: string): CertainReason => ({ kind: 'sysctl', name, unless });

/** The first string among the arguments: the path of most calls. */
function pathOf(sample: string): string | undefined {
  return /(?<!\\)"((?:[^"\\]|\\.)*)"/.exec(sample)?.[1];
}

type Causes = (sample: string, errno: string) => readonly CertainReason[];

const openCauses: Causes = (sample, errno) => {
  if (errno !== 'EPERM') return [];
  if (/O_NOATIME/.test(sample)) return [{ kind: 'object', what: "O_NOATIME on another user's file" }];
  const path = pathOf(sample) ?? '';
  if (path.startsWith('/dev/')) return [{ kind: 'device-cgroup', path }, LSM];
  // Relative to a descriptor of procfs, too.
  if (/^(?:\/proc\/|\/sys\/|(?:self|thread-self|\d+|sys)\/)/.test(path))
    return [{ kind: 'masked-path', path }, LSM];
  return [{ kind: 'object', what: 'an immutable, append-only or sealed file' }, LSM];
};

const userNamespace: Causes = (sample, errno) => {
  if (errno === 'ENOSPC' || errno === 'EUSERS') {
    return [
      { kind: 'user-namespace-limit', settings: ['user.max_user_namespaces', 'the nesting of 32 levels'] },
    ];
  }
  if (NEW_USER.test(sample)) {
    const settings = [
      'user.max_user_namespaces',
      'kernel.unprivileged_userns_clone',
      'kernel.apparmor_restrict_unprivileged_userns',
    ];
    return [{ kind: 'user-namespace-limit', settings }, ...(errno === 'EACCES' ? [LSM] : [])];
  }
  return /CLONE_NEW|^0$|^\d+, /.test(sample) ? [capability('CAP_SYS_ADMIN')] : [];
};

const mountCauses: Causes = (_, errno) => (errno === 'EACCES' ? [LSM] : [capability('CAP_SYS_ADMIN'), LSM]);

const socketCauses: Causes = (sample, errno) =>
  errno === 'EPERM' && /AF_PACKET|SOCK_RAW|AF_NETLINK.*NETLINK_AUDIT|^0x11|^17,/.test(sample)
    ? [capability('CAP_NET_RAW', 'CAP_NET_ADMIN')]
    : [];

const keyCauses: Causes = (_, errno) =>
  errno === 'EDQUOT'
    ? [{ kind: 'resource-limit', limit: 'kernel.keys.maxkeys or kernel.keys.maxbytes of this user' }]
    : [{ kind: 'object', what: 'the permissions of the key' }, LSM];

const ptraceCauses: Causes = (sample) => [
  ...(/PTRACE_(?:TRACEME|ATTACH|SEIZE)/.test(sample) ? [{ kind: 'tracer' } as const] : []),
  sysctl('kernel.yama.ptrace_scope', 'CAP_SYS_PTRACE'),
  capability('CAP_SYS_PTRACE'),
];

/** Requests that only read: the kernel checks nothing for them. */
const READS_ONLY =
  /F_GETF[LD]|TCGETS|TIOCGWINSZ|FIONREAD|PR_GET_NAME|PR_GET_DUMPABLE|PR_GET_NO_NEW_PRIVS|PR_CAPBSET_READ/;
const requestCauses: Causes = (sample) =>
  READS_ONLY.test(sample) ? [] : [{ kind: 'object', what: 'the request or the file it is made of' }];

/** What beside a filter may refuse a call with these arguments. Empty: the kernel does not return this errno for it. */
const BY_CALL: Readonly<Record<string, Causes>> = {
  open: openCauses,
  openat: openCauses,
  openat2: openCauses,
  creat: openCauses,
  unshare: userNamespace,
  clone: userNamespace,
  clone3: userNamespace,
  setns: userNamespace,
  mount: mountCauses,
  umount: mountCauses,
  umount2: mountCauses,
  pivot_root: mountCauses,
  move_mount: mountCauses,
  open_tree: mountCauses,
  fsopen: mountCauses,
  fsconfig: mountCauses,
  fsmount: mountCauses,
  fspick: mountCauses,
  mount_setattr: mountCauses,
  socket: socketCauses,
  socketpair: socketCauses,
  keyctl: keyCauses,
  add_key: keyCauses,
  request_key: keyCauses,
  ptrace: ptraceCauses,
  fcntl: requestCauses,
  fcntl64: requestCauses,
  ioctl: requestCauses,
  prctl: requestCauses,
  io_uring_setup: () => [
    sysctl('kernel.io_uring_disabled', 'CAP_SYS_ADMIN or the group of kernel.io_uring_group'),
  ],
  userfaultfd: () => [sysctl('vm.unprivileged_userfaultfd', 'CAP_SYS_PTRACE')],
  perf_event_open: () => [sysctl('kernel.perf_event_paranoid', 'CAP_PERFMON'), LSM],
  bpf: () => [sysctl('kernel.unprivileged_bpf_disabled', 'CAP_BPF'), LSM],
  syslog: () => [sysctl('kernel.dmesg_restrict', 'CAP_SYSLOG')],
  execve: () => [{ kind: 'no-new-privileges' }, LSM],
  execveat: () => [{ kind: 'no-new-privileges' }, LSM],
  mlock: () => [{ kind: 'resource-limit', limit: 'RLIMIT_MEMLOCK' }, capability('CAP_IPC_LOCK')],
  mlock2: () => [{ kind: 'resource-limit', limit: 'RLIMIT_MEMLOCK' }, capability('CAP_IPC_LOCK')],
  mlockall: () => [{ kind: 'resource-limit', limit: 'RLIMIT_MEMLOCK' }, capability('CAP_IPC_LOCK')],
};

/**
 * What beside a filter may have refused a call, looking at its arguments, the likeliest first; undefined where nothing is
 * known. An empty list says that the kernel does not return this errno for such a call.
 */
export function causesBeyondFilter(
  { call: { name }, sample }: DistinctCall,
  errno: string,
): readonly CertainReason[] | undefined {
  if (errno === 'SIGSYS') return [];
  if (errno !== 'ENOSYS' && Object.hasOwn(BY_CALL, name)) return BY_CALL[name]!(sample, errno);
  if (errno === 'EPERM' && kernelNeverSaysEperm(name)) return [];
  const listed = kernelErrnoOf(name, errno);
  if (listed) return [{ kind: 'kernel-errno', errno, syscall: name }];
  return errno === 'EACCES' ? [LSM] : undefined;
}
