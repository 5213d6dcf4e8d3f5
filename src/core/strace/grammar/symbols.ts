import { SUBCALLS } from '../../linux/subcalls.ts';

/**
 * Names that strace prints for the arguments filters test, with their values. Sources: linux/sched.h, linux/socket.h,
 * linux/personality.h, linux/netlink.h, linux/in.h, linux/net.h, linux/ipc.h, linux/if_ether.h. Signals are those of
 * x86 and ARM; mips and parisc number SIGCHLD otherwise, which no known profile tests.
 */
const CLONE =
  'NEWTIME=0x80 VM=0x100 FS=0x200 FILES=0x400 SIGHAND=0x800 PIDFD=0x1000 PTRACE=0x2000 VFORK=0x4000 PARENT=0x8000 ' +
  'THREAD=0x10000 NEWNS=0x20000 SYSVSEM=0x40000 SETTLS=0x80000 PARENT_SETTID=0x100000 CHILD_CLEARTID=0x200000 ' +
  'DETACHED=0x400000 UNTRACED=0x800000 CHILD_SETTID=0x1000000 NEWCGROUP=0x2000000 NEWUTS=0x4000000 ' +
  'NEWIPC=0x8000000 NEWUSER=0x10000000 NEWPID=0x20000000 NEWNET=0x40000000 IO=0x80000000 ' +
  'CLEAR_SIGHAND=0x100000000 INTO_CGROUP=0x200000000';

const FAMILIES =
  'UNSPEC UNIX INET AX25 IPX APPLETALK NETROM BRIDGE ATMPVC X25 INET6 ROSE DECnet NETBEUI SECURITY KEY NETLINK ' +
  'PACKET ASH ECONET ATMSVC RDS SNA IRDA PPPOX WANPIPE LLC IB MPLS CAN TIPC BLUETOOTH IUCV RXRPC ISDN PHONET ' +
  'IEEE802154 CAIF ALG NFC VSOCK KCM QIPCRTR SMC XDP MCTP';

const NETLINK =
  'ROUTE UNUSED USERSOCK FIREWALL SOCK_DIAG NFLOG XFRM SELINUX ISCSI AUDIT FIB_LOOKUP CONNECTOR NETFILTER IP6_FW ' +
  'DNRTMSG KOBJECT_UEVENT GENERIC DM SCSITRANSPORT ECRYPTFS RDMA CRYPTO SMC';

const PERSONALITIES =
  'PER_LINUX=0 PER_LINUX_32BIT=0x800000 PER_LINUX_FDPIC=0x80000 PER_SVR4=0x4100001 PER_SVR3=0x4000002 ' +
  'PER_SCOSVR3=0x7000003 PER_OSR5=0x6000003 PER_WYSEV386=0x4000004 PER_ISCR4=0x4000005 PER_BSD=6 ' +
  'PER_SUNOS=0x4000006 PER_XENIX=0x4000007 PER_LINUX32=8 PER_LINUX32_3GB=0x8000008 PER_IRIX32=0x4000009 ' +
  'PER_IRIXN32=0x400000a PER_IRIX64=0x400000b PER_RISCOS=0xc PER_SOLARIS=0x400000d PER_UW7=0x410000e ' +
  'PER_OSF4=0xf PER_HPUX=0x10 UNAME26=0x20000 ADDR_NO_RANDOMIZE=0x40000 FDPIC_FUNCPTRS=0x80000 ' +
  'MMAP_PAGE_ZERO=0x100000 ADDR_COMPAT_LAYOUT=0x200000 READ_IMPLIES_EXEC=0x400000 ADDR_LIMIT_32BIT=0x800000 ' +
  'SHORT_INODE=0x1000000 WHOLE_SECONDS=0x2000000 STICKY_TIMEOUTS=0x4000000 ADDR_LIMIT_3GB=0x8000000';

const SOCKETS =
  'SOCK_STREAM=1 SOCK_DGRAM=2 SOCK_RAW=3 SOCK_RDM=4 SOCK_SEQPACKET=5 SOCK_DCCP=6 SOCK_PACKET=10 ' +
  'SOCK_CLOEXEC=0x80000 SOCK_NONBLOCK=0x800 NETLINK_INET_DIAG=4 NETLINK_TCPDIAG=4 ' +
  'IPPROTO_IP=0 IPPROTO_ICMP=1 IPPROTO_IGMP=2 IPPROTO_IPIP=4 IPPROTO_TCP=6 IPPROTO_EGP=8 IPPROTO_PUP=12 ' +
  'IPPROTO_UDP=17 IPPROTO_IDP=22 IPPROTO_TP=29 IPPROTO_DCCP=33 IPPROTO_IPV6=41 IPPROTO_RSVP=46 IPPROTO_GRE=47 ' +
  'IPPROTO_ESP=50 IPPROTO_AH=51 IPPROTO_ICMPV6=58 IPPROTO_MTP=92 IPPROTO_BEETPH=94 IPPROTO_ENCAP=98 ' +
  'IPPROTO_PIM=103 IPPROTO_COMP=108 IPPROTO_L2TP=115 IPPROTO_SCTP=132 IPPROTO_UDPLITE=136 IPPROTO_MPLS=137 ' +
  'IPPROTO_RAW=255 IPPROTO_SMC=256 IPPROTO_MPTCP=262 ETH_P_IP=0x800 ETH_P_ARP=0x806 ETH_P_ALL=3 ETH_P_802_2=4 ' +
  'ETH_P_IPV6=0x86dd ETH_P_PAE=0x888e ETH_P_LLDP=0x88cc';

const SIGNALS =
  'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG ' +
  'XCPU XFSZ VTALRM PROF WINCH IO PWR SYS';

let table: Map<string, bigint> | undefined;

function symbols(): Map<string, bigint> {
  if (table) return table;
  const made = new Map<string, bigint>([['NULL', 0n]]);
  const pairs = (list: string, prefix = ''): void => {
    for (const pair of list.split(' ')) {
      const [name, value] = pair.split('=') as [string, string];
      made.set(prefix + name, BigInt(value));
    }
  };
  const counted = (list: string, from: number, name: (word: string) => readonly string[]): void => {
    list.split(' ').forEach((word, index) => {
      for (const spelled of name(word)) made.set(spelled, BigInt(from + index));
    });
  };
  pairs(CLONE, 'CLONE_');
  pairs(PERSONALITIES);
  pairs(SOCKETS);
  counted(FAMILIES, 0, (word) => [`AF_${word}`, `PF_${word}`]);
  counted('LOCAL', 1, (word) => [`AF_${word}`, `PF_${word}`]);
  counted('FILE', 1, (word) => [`AF_${word}`, `PF_${word}`]);
  counted(NETLINK, 0, (word) => [`NETLINK_${word}`]);
  counted(SIGNALS, 1, (word) => [`SIG${word}`]);
  for (const [name, call] of Object.entries(SUBCALLS.socketcall)) {
    made.set(`SYS_${name.toUpperCase()}`, BigInt(call));
  }
  for (const [name, call] of Object.entries(SUBCALLS.ipc)) made.set(name.toUpperCase(), BigInt(call));
  table = made;
  return made;
}

/** The value of a name as strace prints it, or undefined when the table does not have it. */
export function symbolValue(name: string): bigint | undefined {
  return symbols().get(name);
}
