import { ABIS, type Abi, abiInfo } from '../../linux/abi.ts';
import { canonicalName, syscallName, syscallNumber } from '../../linux/numbers.ts';

/** What the kernel says of a SIGSYS: which call a filter trapped. Absent where strace did not print it. */
export interface SigsysInfo {
  /** False when another process or the program itself sent the signal. */
  readonly seccomp: boolean;
  readonly name?: string;
  /** Including the ABI's base. */
  readonly nr?: number;
  readonly abi?: Abi;
}

/** AUDIT_ARCH_* of linux/audit.h where it is not the ABI's name in capitals. */
const AUDIT_NAMES: Readonly<Record<string, Abi>> = { I386: 'x86', SHEL: 'sh', SH: 'sheb' };

/** The ABI of `AUDIT_ARCH_X86_64`, `c000003e`, `0xc000003e` or 3221225534; undefined for an unknown token. */
export function abiOfAudit(text: string): Abi | undefined {
  const name = /^AUDIT_ARCH_(\w+)$/.exec(text)?.[1];
  if (name !== undefined) return AUDIT_NAMES[name] ?? ABIS.find((abi) => abi.toUpperCase() === name);
  const token = /^\d{9,}$/.test(text) ? Number(text) : Number.parseInt(text.replace(/^0x/, ''), 16);
  return ABIS.find((abi) => abiInfo(abi).auditToken === token);
}

/** The call that a number stands for; x86_64's numbers with bit 30 are x32's. */
export function callOfNumber(nr: number, abi: Abi): { readonly abi: Abi; readonly name: string } {
  const base = abiInfo('x32').base;
  const own = abi === 'x86_64' && nr >= base && nr < 2 * base ? 'x32' : abi;
  return { abi: own, name: syscallName(nr, own) ?? `syscall_0x${nr.toString(16)}` };
}

/** Reads `{si_signo=SIGSYS, si_code=SYS_SECCOMP, si_call_addr=…, si_syscall=__NR_clone3, si_arch=AUDIT_ARCH_X86_64}`. */
export function sigsysInfo(text: string): SigsysInfo {
  const code = /si_code=(\w+)/.exec(text)?.[1];
  // SYS_SECCOMP is 1; SI_USER, SI_TKILL and the like are zero or negative.
  const seccomp = code === undefined || code === 'SYS_SECCOMP' || code === '1' || code === '0x1';
  const arch = /si_arch=(\w+)/.exec(text)?.[1];
  const abi = arch === undefined ? undefined : abiOfAudit(arch);
  const syscall = /si_syscall=(?:__NR_)?(\w+)/.exec(text)?.[1];
  if (syscall === undefined) return { seccomp, ...(abi ? { abi } : {}) };
  if (/^\d/.test(syscall)) {
    const nr = Number(syscall);
    const call = abi === undefined ? undefined : callOfNumber(nr, abi);
    return { seccomp, nr, ...call };
  }
  const name = canonicalName(syscall, abi) ?? syscall;
  const nr = abi === undefined ? undefined : syscallNumber(name, abi);
  return { seccomp, name, ...(nr === undefined ? {} : { nr }), ...(abi ? { abi } : {}) };
}
