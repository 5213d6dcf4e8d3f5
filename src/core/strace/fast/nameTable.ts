import type { Abi } from '../../linux/abi.ts';
import type { TraceEvent } from '../grammar/event.ts';
import type { Identity } from '../grammar/identity.ts';
import { copyOf } from '../sources/bytes.ts';
import { isRefusal } from '../summary/consequence.ts';
import { relevantArguments } from '../summary/relevant.ts';
import type { Counter } from '../summary/tally.ts';
import { type Classifier, PlainClassifier, RETURNED } from './classify.ts';
import { type Entry, isDigit, type Slot, sameBytes } from './scanner.ts';
import { release, simdClassifier } from './simd.ts';

/** Names whose every line is read in full: they start processes, or change what a process is. */
const SPECIAL = /^(?:execve|execveat|clone|clone2|clone3|fork|vfork|exit|exit_group|_exit)$/;
const RESUMED_MARK = ascii(' resumed>');
/** From this size of a chunk on the SIMD classifier is worth its start (half a millisecond). */
const WORTH_SIMD = 32 << 10;

/** The names and errnos that the byte scanner has learned from lines that were read in full, and their counters. */
export class NameTable {
  classifier: Classifier = new PlainClassifier();
  /** By the classifier's index of the name. */
  readonly slots: Slot[] = [];
  /** Whether `learn` added a name or an errno: what is classified already does not know it. */
  grew = false;
  readonly #errnos = new Map<string, number>();
  readonly #more: ((name: string) => readonly number[]) | undefined;
  readonly #scan: boolean | 'plain' | 'simd';
  #upgraded = false;

  /** `more`: arguments that matter besides RELEVANT_ARGUMENTS. `scan`: see TraceReaderOptions. */
  constructor(more: ((name: string) => readonly number[]) | undefined, scan: boolean | 'plain' | 'simd') {
    this.#more = more;
    this.#scan = scan;
  }

  /** The fast classifier is worth its start from the first large chunk on; it learns what the other one knew. */
  prepare(size: number): Classifier {
    const wanted = this.#scan === 'simd' || (this.#scan === true && size >= WORTH_SIMD);
    if (wanted && !this.#upgraded) {
      this.#upgraded = true;
      const fast = simdClassifier();
      if (fast) {
        for (const { key } of this.slots) fast.addName(key);
        for (const errno of this.#errnos.keys()) fast.addErrno(ascii(errno));
        this.classifier = fast;
      }
    }
    return this.classifier;
  }

  /** After the last line. */
  giveBack(): void {
    if (!this.#upgraded) return;
    release(this.classifier);
    this.classifier = new PlainClassifier();
    this.#upgraded = false;
    this.slots.length = 0;
    this.#errnos.clear();
  }

  /**
   * The scanner counts the next line of this kind by itself. `waiting`: the slot of the name where it is known, else `key`:
   * its bytes.
   */
  learn(
    waiting: Slot | undefined,
    key: Uint8Array | undefined,
    { event, identity, counter }: { readonly event: TraceEvent; identity: Identity; counter: Counter },
  ): void {
    const entry = this.slotFor(waiting, key, identity);
    if (!entry) return;
    if (event.outcome.kind === 'returned') entry.returned = counter;
    else if (event.outcome.kind === 'failed' && event.outcome.injected !== true) {
      // Every refusal is read in full: what follows it tells what it did.
      if (isRefusal(event.name, event.outcome)) return;
      const index = this.#errnoIndex(event.outcome.errno);
      if (index !== -1) entry.failures[index] = counter;
    }
  }

  /** The entry for the name of the line at hand; undefined when its lines are to be read in full. */
  slotFor(waiting: Slot | undefined, key: Uint8Array | undefined, identity: Identity): Entry | undefined {
    let slot = waiting;
    if (!slot) {
      if (!key || this.classifier.addName(key) === -1) return undefined;
      slot = {
        key: copyOf(key),
        special:
          SPECIAL.test(identity.name) ||
          identity.subcall !== undefined ||
          relevantArguments(identity.name, identity.abi, this.#more).length > 0,
        opens: /^open(?:at2?)?$/.test(identity.name),
        entries: [],
      };
      this.slots.push(slot);
      this.grew = true;
    }
    if (slot.special || identity.subcall !== undefined) return undefined;
    return entryOf(slot, identity.abi) ?? addEntry(slot, identity);
  }

  /** Forgets a counter that was taken back. */
  forget(counter: Counter): void {
    for (const { entries } of this.slots) {
      for (const entry of entries) {
        if (entry.returned === counter) entry.returned = undefined;
        const at = entry.failures.indexOf(counter);
        if (at !== -1) entry.failures[at] = undefined;
      }
    }
  }

  #errnoIndex(errno: string): number {
    const known = this.#errnos.get(errno);
    if (known !== undefined) return known;
    const index = this.classifier.addErrno(ascii(errno));
    if (index === -1) return -1;
    this.#errnos.set(errno, index);
    this.grew = true;
    return index;
  }
}

function addEntry(slot: Slot, { abi, nr }: Identity): Entry {
  const x86 = abi === 'x86_64' || abi === 'x86' || abi === 'x32';
  const entry: Entry = { abi, suspicious: x86 ? (nr ?? -2) : -1, returned: undefined, failures: [] };
  slot.entries.push(entry);
  return entry;
}

/** What is known of the call of this slot on one ABI; undefined when it was not seen there. */
export function entryOf(slot: Slot, abi: Abi): Entry | undefined {
  const entries = slot.entries;
  for (let at = 0; at < entries.length; at++) if (entries[at]!.abi === abi) return entries[at];
  return undefined;
}

/** Whether `name resumed>` at `from` goes on with the call of this slot, whose key may start with a number. */
export function resumes(slot: Slot, bytes: Uint8Array, from: number): boolean {
  const { key } = slot;
  let start = 0;
  if (isDigit(key[0]!)) start = key.indexOf(0x20) + 1;
  const size = key.length - start;
  for (let at = 0; at < size; at++) if (key[start + at] !== bytes[from + at]) return false;
  return sameBytes(RESUMED_MARK, bytes, from + size, from + size + RESUMED_MARK.length);
}

/**
 * Whether a line may open a shared object: `.so` before a dot or the end of a string, from where the arguments begin; or
 * a NUL byte, which the grammar leaves out.
 */
export function opensObject(
  { opens }: Slot,
  tail: number,
  bytes: Uint8Array,
  from: number,
  to: number,
): boolean {
  if (!opens || tail !== RETURNED) return false;
  for (let at = from; at + 3 < to; at++) {
    if (bytes[at] === 0) return true;
    if (bytes[at] !== 0x2e || bytes[at + 1] !== 0x73 || bytes[at + 2] !== 0x6f) continue;
    const next = bytes[at + 3];
    if (next === 0x22 || next === 0x2e) return true;
  }
  return false;
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (unit) => unit.charCodeAt(0));
}
