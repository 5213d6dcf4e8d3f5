import { type Abi, abiInfo } from '../linux/abi.ts';
import { syscallNumber } from '../linux/numbers.ts';
import { cloneFlagsIndex } from '../strace/grammar/arguments.ts';
import type { Call } from '../strace/grammar/event.ts';

/**
 * What a 32-bit libc of today (musl >= 1.2.0, glibc >= 2.31) calls first where a 64-bit program makes the plain call: the
 * 64-bit time variants of Linux 5.1.
 */
const TIME64: Readonly<Record<string, string>> = {
  clock_gettime: 'clock_gettime64',
  clock_settime: 'clock_settime64',
  clock_adjtime: 'clock_adjtime64',
  clock_getres: 'clock_getres_time64',
  clock_nanosleep: 'clock_nanosleep_time64',
  timer_gettime: 'timer_gettime64',
  timer_settime: 'timer_settime64',
  timerfd_gettime: 'timerfd_gettime64',
  timerfd_settime: 'timerfd_settime64',
  utimensat: 'utimensat_time64',
  pselect6: 'pselect6_time64',
  ppoll: 'ppoll_time64',
  recvmmsg: 'recvmmsg_time64',
  mq_timedsend: 'mq_timedsend_time64',
  mq_timedreceive: 'mq_timedreceive_time64',
  semtimedop: 'semtimedop_time64',
  rt_sigtimedwait: 'rt_sigtimedwait_time64',
  sched_rr_get_interval: 'sched_rr_get_interval_time64',
};

/** Calls that belong to one architecture's way of doing things; a program built for another one does not make them. */
const OWN: ReadonlySet<string> = new Set(
  (
    'arch_prctl set_thread_area get_thread_area modify_ldt iopl ioperm vm86 vm86old map_shadow_stack uretprobe uprobe ' +
    'set_tls get_tls breakpoint cacheflush usr26 usr32 socketcall ipc sigreturn idle sysmips atomic_barrier ' +
    'atomic_cmpxchg_32 getpagesize riscv_flush_icache riscv_hwprobe s390_pci_mmio_read s390_pci_mmio_write ' +
    's390_runtime_instr s390_guarded_storage s390_sthyi spu_create spu_run subpage_prot swapcontext switch_endian ' +
    'sys_debug_setcontext rtas multiplexer pciconfig_read pciconfig_write pciconfig_iobase'
  ).split(' '),
);

/** True where a kernel of `arch` runs programs of `abi`. */
export function runsOn(abi: Abi, arch: Abi): boolean {
  return abi === arch || abiInfo(arch).alsoRuns.includes(abi);
}

/**
 * The call as the same program built for `arch` would make it: the call itself where such a machine runs its ABI, else the
 * call of the same name there. Undefined when that architecture has no such call (libc uses a newer one instead).
 */
export function callOn(call: Call, arch: Abi): Call | undefined {
  if (runsOn(call.abi, arch)) return call;
  if (OWN.has(call.name)) return undefined;
  const narrow = abiInfo(call.abi).bits === 32 && call.abi !== 'x32';
  // The first is the common 32-bit one: x86, arm, ppc, s390, mips.
  const target = narrow ? (abiInfo(arch).alsoRuns[0] ?? arch) : arch;
  const name = abiInfo(target).bits === 64 || narrow ? call.name : (TIME64[call.name] ?? call.name);
  const nr = syscallNumber(name, target);
  return nr === undefined ? undefined : { abi: target, nr, name, args: argumentsOn(call, target) };
}

/** s390 takes clone's flags second; all other arguments that profiles test are in the same place everywhere. */
function argumentsOn({ abi, name, args }: Call, target: Abi): Call['args'] {
  if (name !== 'clone' || cloneFlagsIndex(abi) === cloneFlagsIndex(target)) return args;
  const [first, second, ...rest] = args;
  return [second, first, ...rest];
}
