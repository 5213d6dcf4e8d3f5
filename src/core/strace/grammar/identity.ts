import { ABIS, type Abi, abiInfo } from '../../linux/abi.ts';
import { canonicalName, oabiNumber, syscallName, syscallNumber } from '../../linux/numbers.ts';
import { multiplexer } from '../../linux/subcalls.ts';
import type { Outcome } from './event.ts';
import type { Mode } from './line.ts';

/** Which syscall a printed name stands for. */
export interface Identity {
  readonly abi: Abi;
  /** The name of the number that a filter sees: `socketcall` where strace printed its sub-call by name. */
  readonly name: string;
  /** Including the ABI's base; undefined when the tables have no number for the name on any ABI. */
  readonly nr: number | undefined;
  /** Value of the first argument where strace hid it: the sub-call of socketcall or ipc. */
  readonly subcall?: number;
}

/** `syscall_0x1c4`, `syscall_452`, and `SYS_317` of strace before 4.9. */
const BY_NUMBER = /^(?:syscall|SYS)_(0x[0-9a-f]+|\d+)$/;

/** Finds ABI, name and number of printed names; remembers what it found. */
export class Identities {
  readonly #family: readonly Abi[];
  readonly #found = new Map<string, Identity>();

  /** `native` is the ABI of the traced machine's kernel. */
  constructor(native: Abi) {
    // A trace that shows 32-bit programs alone may have been taken on a 64-bit kernel.
    const parent = ABIS.filter((abi) => abiInfo(abi).alsoRuns.includes(native));
    this.#family = [native, ...abiInfo(native).alsoRuns, ...parent];
  }

  /** `number` is that of -n; `current` the ABI the process was last seen with. Depends on nothing else. */
  find(printed: string, number: number | undefined, current: Abi): Identity {
    const key = `${current} ${number ?? ''} ${printed}`;
    let identity = this.#found.get(key);
    if (!identity) {
      identity = this.#search(printed, number, current);
      if (this.#found.size < 20_000) this.#found.set(key, identity);
    }
    return identity;
  }

  /**
   * Who the call was if a filter killed it on another ABI: strace prints the number that the call has there, and in hex
   * where the call returns an address, which is never so small.
   */
  killedElsewhere(printed: string, { abi }: Identity, outcome: Outcome): Identity | undefined {
    if (outcome.kind !== 'returned' || !/^0x[0-9a-f]{1,3}$/.test(outcome.value)) return undefined;
    for (const other of this.#family) {
      const fit = other === abi ? undefined : fitting(printed, Number(outcome.value), other);
      if (fit?.nr === Number(outcome.value) && fit.subcall === undefined) return fit;
    }
    return undefined;
  }

  /** Whether a program of 32-bit ARM made it by OABI, and no 64-bit one by its own number. */
  #isOld(printed: string): boolean {
    if (syscallNumber(printed, 'arm') !== undefined || multiplexed(printed, 'arm')) return false;
    return (
      printed.startsWith('old_') ||
      this.#family[0] === 'arm' ||
      syscallNumber(printed, 'aarch64') === undefined
    );
  }

  #search(printed: string, number: number | undefined, current: Abi): Identity {
    const unnamed = BY_NUMBER.exec(printed);
    if (unnamed) return numbered(printed, Number(unnamed[1]), current);
    if (number !== undefined) {
      const others = ABIS.filter((abi) => abi !== current && !this.#family.includes(abi));
      for (const abi of [current, ...this.#family, ...others]) {
        const fit = fitting(printed, number, abi);
        if (fit) return fit;
      }
      if (canonicalName(printed) === undefined) {
        // A name newer than the tables, or strace's own spelling: the number tells.
        return numbered(printed, number, current);
      }
    }
    const old = current === 'arm' && this.#isOld(printed) ? oabiNumber(printed) : undefined;
    if (old !== undefined) return { abi: 'arm', name: canonicalName(printed) ?? printed, nr: old };
    for (const abi of [current, ...this.#family]) {
      const nr = syscallNumber(printed, abi);
      if (nr !== undefined) return { abi, name: canonicalName(printed, abi) ?? printed, nr };
      const mux = multiplexed(printed, abi);
      if (mux) return mux;
    }
    return { abi: current, name: canonicalName(printed) ?? printed, nr: undefined };
  }
}

/** Kernels before 4.8 show number -1 for a call that a filter refused: which it was is lost. */
function isLost(number: number): boolean {
  return number === 0xffffffff || number >= 2 ** 63;
}

function numbered(printed: string, number: number, current: Abi): Identity {
  if (isLost(number)) return { abi: current, name: printed, nr: undefined };
  const x32 = abiInfo('x32').base;
  const abi = current === 'x86_64' && number >= x32 && number < 2 * x32 ? 'x32' : current;
  const nr = abi === 'x32' && number < x32 ? number + x32 : number;
  return { abi, name: syscallName(nr, abi) ?? printed, nr };
}

function fitting(printed: string, number: number, abi: Abi): Identity | undefined {
  const { base } = abiInfo(abi);
  const same = (nr: number | undefined): boolean =>
    nr !== undefined && (nr === number || nr - base === number);
  const nr = syscallNumber(printed, abi) ?? (abi === 'arm' ? oabiNumber(printed) : undefined);
  if (same(nr)) return { abi, name: canonicalName(printed, abi) ?? printed, nr };
  const mux = multiplexed(printed, abi);
  return mux && same(mux.nr) ? mux : undefined;
}

function multiplexed(printed: string, abi: Abi): Identity | undefined {
  const mux = multiplexer(printed);
  const nr = mux && syscallNumber(mux.via, abi);
  return mux && nr !== undefined ? { abi, name: mux.via, nr, subcall: mux.call } : undefined;
}

/** The ABI that a line like `[ Process PID=7 runs in 32 bit mode. ]` speaks of. */
export function abiOfMode(mode: Mode, native: Abi): Abi {
  if (mode === 'x32') return 'x32';
  const pairs: Partial<Record<Abi, Abi>> = {
    x86_64: 'x86',
    aarch64: 'arm',
    ppc64: 'ppc',
    s390x: 's390',
    mips64: 'mips',
    mipsel64: 'mipsel',
    parisc64: 'parisc',
  };
  return mode === '64' ? native : (pairs[native] ?? native);
}

/** Whether strace printed the call's own number as its result, as it does on x86 when a filter kills. */
export function isOwnNumber(
  { abi, nr }: Pick<Identity, 'abi'> & { readonly nr: number | undefined },
  outcome: Outcome,
): boolean {
  if (outcome.kind !== 'returned' || nr === undefined) return false;
  const value = Number(outcome.value);
  return value === nr || value === nr - abiInfo(abi).base;
}

/**
 * A killing or trapping filter rolls the registers back, so strace prints a value: the syscall's number on x86, the first
 * argument elsewhere (measured with strace 6.1 on Linux 6.18). Kernels before 4.8 left `= ?`.
 */
export function mayDieOf({ abi, nr, name }: Identity, outcome: Outcome, oneLine: boolean): boolean {
  if (outcome.kind === 'unknown') {
    return oneLine && outcome.restart === undefined && !/^(?:exit|exit_group|_exit|rt_sigreturn)$/.test(name);
  }
  if (outcome.kind !== 'returned') return false;
  if (abi !== 'x86_64' && abi !== 'x86' && abi !== 'x32') return true;
  return nr === undefined || Number(outcome.value) === nr;
}
