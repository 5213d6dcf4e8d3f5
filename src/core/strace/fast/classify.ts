import { copyOf } from '../sources/bytes.ts';
import { afterTime, hashStep, isDigit, Names } from './scanner.ts';

/**
 * What a few bytes of each line tell: FIELDS numbers a line, in `records`. Offsets count from the beginning of the loaded
 * text. Whatever is not certain is left to the grammar of line.ts.
 */
export const FIELDS = 8;
/** Offset of the line end. */
export const END = 0;
/** The pid of the prefix, or -1. */
export const PID = 1;
/** UNKNOWN, CALL or RESUMED. */
export const BODY = 2;
/** Index of the printed name (with its number where strace -n printed it), or -1 when nobody added it. */
export const NAME = 3;
/** OTHER, UNFINISHED, FAILED or RETURNED; only told when the name is known or the line is RESUMED. */
export const TAIL = 4;
/** FAILED: index of the errno. RETURNED: the value; -1 when it is an address, -3 when it is large. */
export const DETAIL = 5;
/** Where the printed name begins and ends; in a RESUMED line both begin the name. */
export const KEY_FROM = 6;
export const KEY_TO = 7;

export const UNKNOWN = 0;
export const CALL = 1;
export const RESUMED = 2;
export const OTHER = 0;
export const UNFINISHED = 1;
export const FAILED = 2;
export const RETURNED = 3;

export interface Classifier {
  readonly records: Int32Array;
  /** The longest text that can be loaded. */
  readonly capacity: number;
  /** The longest run of lines that `scan` reads at once. */
  readonly most: number;
  /** Whole lines from `from` to `to`; they must stay as they are while they are scanned. */
  load(bytes: Uint8Array, from: number, to: number): void;
  /** Fills `records` for up to `most` lines of the loaded text between two offsets; how many there were. */
  scan(from: number, to: number, most: number): number;
  /** From now on this name has an index (counting from 0); -1 when there is no room for it. */
  addName(name: Uint8Array): number;
  addErrno(errno: Uint8Array): number;
}

const LARGEST_PID = 4_194_304;
const MARK = Uint8Array.from('<unfinished ...>', (unit) => unit.charCodeAt(0));
const MOST = 1024;

/** The classifier in TypeScript, for where WebAssembly with SIMD is missing and for short texts; else simd.ts. */
export class PlainClassifier implements Classifier {
  readonly records = new Int32Array(MOST * FIELDS);
  readonly capacity = 1 << 30;
  readonly most = MOST;
  readonly #names = new Names(2048, 55);
  readonly #errnos = new Names(128, 23);
  #bytes: Uint8Array = new Uint8Array(0);
  #base = 0;

  load(bytes: Uint8Array, from: number): void {
    // One kind of array for all the loads below; a Node Buffer is another.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#base = from;
  }

  addName(name: Uint8Array): number {
    return this.#names.add(copyOf(name));
  }

  addErrno(errno: Uint8Array): number {
    return this.#errnos.add(copyOf(errno));
  }

  scan(start: number, stop: number, most: number): number {
    const bytes = this.#bytes;
    const base = this.#base;
    const records = this.records;
    let from = base + start;
    const end = base + stop;
    let count = 0;
    while (from < end && count < most) {
      let at = from;
      let byte = bytes[at]!;
      let pid = -1;
      let known = true;

      // Prefix: pid, time, number; the forms of prefix.ts that are common.
      if (byte < 0x61) {
        if (isDigit(byte)) {
          let value = byte - 0x30;
          at++;
          byte = bytes[at]!;
          while (byte >= 0x30 && byte <= 0x39) {
            value = value * 10 + byte - 0x30;
            at++;
            byte = bytes[at]!;
          }
          const few = at - from < 8;
          if (byte === 0x3c) {
            while (byte !== 0x3e && byte !== 0x0a) byte = bytes[++at]!;
            if (byte === 0x3e) byte = bytes[++at]!;
          }
          if (byte === 0x20 && value <= LARGEST_PID && few) {
            pid = value;
            while (byte === 0x20) byte = bytes[++at]!;
          } else {
            at = from;
            byte = bytes[at]!;
          }
        } else if (
          byte === 0x5b &&
          bytes[at + 1] === 0x70 &&
          bytes[at + 2] === 0x69 &&
          bytes[at + 3] === 0x64
        ) {
          at += 4;
          while (bytes[at] === 0x20) at++;
          let value = 0;
          const digits = at;
          while (isDigit(bytes[at]!)) value = value * 10 + bytes[at++]! - 0x30;
          if (bytes[at] === 0x3c) while (bytes[at] !== 0x3e && bytes[at] !== 0x0a) at++;
          if (bytes[at] === 0x3e) at++;
          if (digits === from + 4 || at === digits || bytes[at] !== 0x5d || value > LARGEST_PID)
            known = false;
          else {
            pid = value;
            at++;
            while (bytes[at] === 0x20) at++;
          }
          byte = bytes[at]!;
        }
        if (known && (byte === 0x20 || (byte >= 0x30 && byte <= 0x39))) {
          while (byte === 0x20) byte = bytes[++at]!;
          at = afterTime(bytes, at);
          if (at === -1) {
            known = false;
            at = from;
          }
          byte = bytes[at]!;
        }
      }

      // Name: with the number of -n, when there is one.
      let keyFrom = at;
      let hash = 0;
      if (known && byte === 0x5b) {
        byte = bytes[++at]!;
        while (byte === 0x20) byte = bytes[++at]!;
        keyFrom = at;
        while (byte >= 0x30 && byte <= 0x39) {
          hash = hashStep(hash, byte);
          byte = bytes[++at]!;
        }
        const digits = at - keyFrom;
        if (byte === 0x5d && bytes[at + 1] === 0x20 && digits > 0 && digits < 8) {
          hash = hashStep(hashStep(hash, 0x5d), 0x20);
          at += 2;
          byte = bytes[at]!;
        } else known = false;
      }
      const resumed = known && byte === 0x3c;
      let name = -1;
      if (resumed) {
        // `<... name resumed>`: must be what the process waits for.
        known =
          bytes[at + 1] === 0x2e &&
          bytes[at + 2] === 0x2e &&
          bytes[at + 3] === 0x2e &&
          bytes[at + 4] === 0x20;
        if (known) at += 5;
      } else if (known && ((byte >= 0x61 && byte <= 0x7a) || byte === 0x5f)) {
        while ((byte >= 0x61 && byte <= 0x7a) || byte === 0x5f || (byte >= 0x30 && byte <= 0x39)) {
          hash = (Math.imul(hash, 31) + byte) | 0;
          byte = bytes[++at]!;
        }
        if (byte === 0x28) name = this.#names.find(bytes, keyFrom, at, hash);
        else known = false;
      } else known = false;

      const lineEnd = bytes.indexOf(0x0a, at);
      const record = count * FIELDS;
      records[record + END] = lineEnd - base;
      records[record + PID] = pid;
      records[record + BODY] = known ? (resumed ? RESUMED : CALL) : UNKNOWN;
      records[record + NAME] = name;
      records[record + DETAIL] = 0;
      records[record + TAIL] =
        known && (resumed || name !== -1) ? this.#tail(at, lineEnd, resumed, record) : OTHER;
      records[record + KEY_FROM] = keyFrom - base;
      records[record + KEY_TO] = at - base;
      count++;
      from = lineEnd + 1;
    }
    return count;
  }

  /** How the line ends, from the right. */
  #tail(keyTo: number, end: number, resumed: boolean, record: number): number {
    const bytes = this.#bytes;
    let tail = end - 1;
    let last = bytes[tail]!;
    if (last === 0x0d) last = bytes[--tail]!;
    if (last === 0x3e) {
      if (bytes[tail - 1] === 0x2e) {
        const mark = tail + 1 - MARK.length;
        let at = 0;
        while (at < MARK.length && bytes[mark + at] === MARK[at]) at++;
        // Behind a result it looks like the path of -y.
        if (at === MARK.length) return !resumed && mark > keyTo ? UNFINISHED : OTHER;
      } else {
        // ` <0.000012>` of -T.
        let open = tail - 1;
        let points = 0;
        while (isDigit(bytes[open]!) || bytes[open] === 0x2e) if (bytes[open--] === 0x2e) points++;
        if (
          points === 1 &&
          bytes[open] === 0x3c &&
          bytes[open - 1] === 0x20 &&
          isDigit(bytes[open + 1]!) &&
          isDigit(bytes[tail - 1]!)
        ) {
          tail = open - 2;
          last = bytes[tail]!;
        }
      }
    }
    let valueTo = tail;
    if (last === 0x29) {
      // ` = -1 EPERM (Operation not permitted)`, ` = 0 (Timeout)`
      let open = tail - 1;
      let unit = bytes[open]!;
      while (open > keyTo && unit !== 0x28 && unit !== 0x29 && unit !== 0x3d) unit = bytes[--open]!;
      if (unit !== 0x28 || bytes[open - 1] !== 0x20) return OTHER;
      let code = open - 2;
      unit = bytes[code]!;
      while ((unit >= 0x41 && unit <= 0x5a) || isDigit(unit)) unit = bytes[--code]!;
      if (unit === 0x20 && bytes[code + 1] === 0x45) {
        if (
          open - 1 - code <= 2 ||
          bytes[code - 1] !== 0x31 ||
          bytes[code - 2] !== 0x2d ||
          !closes(bytes, code - 3, keyTo)
        ) {
          return OTHER;
        }
        let hash = 0;
        for (let at = code + 1; at < open - 1; at++) hash = hashStep(hash, bytes[at]!);
        const errno = this.#errnos.find(bytes, code + 1, open - 1, hash);
        this.records[record + DETAIL] = errno;
        return errno === -1 ? OTHER : FAILED;
      }
      // INJECTED and DELAYED stand for something else.
      if (bytes[open + 1] === 0x49 || bytes[open + 1] === 0x44) return OTHER;
      valueTo = open - 2;
    } else if (last === 0x3e) {
      // ` = 3</path>` of -y
      let open = tail - 1;
      let unit = bytes[open]!;
      while (open > keyTo && unit !== 0x3c && unit !== 0x3e) unit = bytes[--open]!;
      if (unit !== 0x3c || !isDigit(bytes[open - 1]!)) return OTHER;
      valueTo = open - 1;
    }
    // ` = 17`, ` = 0x7f12…`
    let digit = valueTo;
    let value = 0;
    let unit = 1;
    last = bytes[digit]!;
    while (last >= 0x30 && last <= 0x39) {
      value += (last - 0x30) * unit;
      unit *= 10;
      last = bytes[--digit]!;
    }
    let good = digit < valueTo && last === 0x20;
    let detail = valueTo - digit > 10 || value > 0x7fffffff ? -3 : value;
    if (!good && (last === 0x78 || (last >= 0x61 && last <= 0x66))) {
      while (isDigit(last) || (last >= 0x61 && last <= 0x66)) last = bytes[--digit]!;
      // A small one may be the call's own number, which a killing filter leaves.
      good = last === 0x78 && digit < valueTo - 3 && bytes[digit - 1] === 0x30 && bytes[digit - 2] === 0x20;
      digit -= 2;
      detail = -1;
    }
    this.records[record + DETAIL] = detail;
    return good && closes(bytes, digit, keyTo) ? RETURNED : OTHER;
  }
}

/** `)`, spaces, `= ` before the value that starts after `space`. */
function closes(bytes: Uint8Array, space: number, least: number): boolean {
  if (bytes[space] !== 0x20 || bytes[space - 1] !== 0x3d || bytes[space - 2] !== 0x20) return false;
  let at = space - 3;
  while (bytes[at] === 0x20) at--;
  return bytes[at] === 0x29 && at > least;
}
