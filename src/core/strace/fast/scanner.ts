import type { Abi } from '../../linux/abi.ts';
import type { Counter } from '../summary/tally.ts';

/** Counters of one printed name on one ABI, for the byte scanner. */
export interface Entry {
  readonly abi: Abi;
  /** The value that strace prints when a filter killed the call (x86), or -1: such lines are read in full. */
  readonly suspicious: number;
  returned: Counter | undefined;
  /** By the index of the errno. */
  readonly failures: (Counter | undefined)[];
}

/** One printed name (with its number where strace -n printed it), as bytes. */
export interface Slot {
  readonly key: Uint8Array;
  /** Its lines are always read in full: their arguments or their return value matter. */
  readonly special: boolean;
  /** It opens files: lines that name a shared object are read in full. */
  readonly opens: boolean;
  readonly entries: Entry[];
}

/** Keys get indices in the order in which they come. The limits are those of native/scanner/scan.c. */
export class Names {
  readonly #most: number;
  readonly #longest: number;
  readonly #keys: Uint8Array[] = [];
  readonly #slots: Int16Array;

  constructor(most: number, longest: number) {
    this.#most = most;
    this.#longest = longest;
    this.#slots = new Int16Array(4 * most);
  }

  /** `hash`: of `hashStep` over the bytes from the left, beginning with 0. */
  find(bytes: Uint8Array, from: number, to: number, hash: number): number {
    const slots = this.#slots;
    for (let at = hash & (slots.length - 1); ; at = (at + 1) & (slots.length - 1)) {
      const index = slots[at]!;
      if (index === 0) return -1;
      if (sameBytes(this.#keys[index - 1]!, bytes, from, to)) return index - 1;
    }
  }

  /** The index of a new key; -1 when there is no room for it. */
  add(key: Uint8Array): number {
    if (key.length === 0 || key.length > this.#longest || this.#keys.length === this.#most) return -1;
    let at = key.reduce(hashStep, 0) & (this.#slots.length - 1);
    while (this.#slots[at] !== 0) at = (at + 1) & (this.#slots.length - 1);
    this.#slots[at] = this.#keys.push(key);
    return this.#keys.length - 1;
  }
}

/** Whether bytes `from` to `to` (exclusive) are those of `key`. */
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

/** Whether a byte is one of `0` to `9` in ASCII. */
export function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
