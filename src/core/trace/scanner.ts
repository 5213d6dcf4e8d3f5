import type { Abi } from '../syscalls/abi.ts';
import type { Counter } from './tally.ts';

/** Counters of one printed name on one ABI, for the byte scanner. */
export interface Entry {
  readonly abi: Abi;
  /** The value that strace prints when a filter killed the call (x86), or -1: such lines are read in full. */
  readonly suspicious: number;
  returned: Counter | undefined;
  readonly failures: { readonly hash: number; readonly errno: Uint8Array; readonly counter: Counter }[];
}

/** One printed name (with its number where strace -n printed it), as bytes. */
export interface Slot {
  readonly key: Uint8Array;
  /** Its lines are always read in full: their arguments or their return value matter. */
  readonly special: boolean;
  readonly entries: Entry[];
}

const SIZE = 4096;

/** Open hash table of printed names. */
export class Slots {
  readonly #table: (Slot | undefined)[] = new Array<Slot | undefined>(SIZE).fill(undefined);
  #used = 0;

  find(bytes: Uint8Array, from: number, to: number, hash: number): Slot | undefined {
    const table = this.#table;
    for (let at = hash & (SIZE - 1); ; at = (at + 1) & (SIZE - 1)) {
      const slot = table[at];
      if (slot === undefined) return undefined;
      if (sameBytes(slot.key, bytes, from, to)) return slot;
    }
  }

  /** False when the table is full: that name stays on the slow path. */
  add(slot: Slot, hash: number): boolean {
    if (this.#used > SIZE / 2) return false;
    let at = hash & (SIZE - 1);
    while (this.#table[at]) at = (at + 1) & (SIZE - 1);
    this.#table[at] = slot;
    this.#used++;
    return true;
  }

  /** Forgets a counter that was taken back. */
  forget(counter: Counter): void {
    for (const slot of this.#table) {
      for (const entry of slot?.entries ?? []) {
        if (entry.returned === counter) entry.returned = undefined;
        const at = entry.failures.findIndex((failure) => failure.counter === counter);
        if (at !== -1) entry.failures.splice(at, 1);
      }
    }
  }
}

export function sameBytes(key: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  const size = key.length;
  if (to - from !== size) return false;
  for (let at = 0; at < size; at++) if (key[at] !== bytes[from + at]) return false;
  return true;
}

/** One step of the hash over the bytes of a name. */
export function hashStep(hash: number, byte: number): number {
  return (Math.imul(hash, 31) + byte) | 0;
}

/**
 * Index after the time that starts at `at` and the spaces that follow, or -1 when there is none of the forms that
 * prefix.ts takes: `12:34:56(.789)`, eight or more digits, `1.234`.
 */
export function afterTime(bytes: Uint8Array, from: number): number {
  let at = from;
  while (isDigit(bytes[at]!)) at++;
  const digits = at - from;
  if (digits === 2 && bytes[at] === 0x3a) {
    if (!isDigit(bytes[at + 1]!) || !isDigit(bytes[at + 2]!) || bytes[at + 3] !== 0x3a) return -1;
    if (!isDigit(bytes[at + 4]!) || !isDigit(bytes[at + 5]!)) return -1;
    at += 6;
  } else if (digits === 0 || (digits < 8 && bytes[at] !== 0x2e)) return -1;
  if (bytes[at] === 0x2e) {
    const point = at++;
    while (isDigit(bytes[at]!)) at++;
    if (at === point + 1) return -1;
  }
  if (bytes[at] !== 0x20) return -1;
  while (bytes[at] === 0x20) at++;
  return at;
}

export function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
