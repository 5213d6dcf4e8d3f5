import type { Outcome } from './event.ts';

/** The end of a call's line: where its arguments end and how it ended. */
export interface Tail {
  /** Index of the parenthesis that closes the arguments. */
  readonly close: number;
  readonly outcome: Outcome;
}

/**
 * Results without free text: a value, an errno with its fixed words, `?`. Nothing in them can hold ` = `, so the last
 * ` = ` of such a line is the right one, whatever its strings hold. The byte scanner of reader.ts knows a part of
 * this form; both must accept the same lines.
 */
const PLAIN =
  /^(?:(\d+|0x[0-9a-f]+)(?:<[^<>]*>| \((?![ID])[^()=]*\))?|-1 (E(?!RESTART)[A-Z0-9]+) \([^()=]*\)|(\?))(?: \(((?:INJECTED|DELAYED)[^()]*)\))?(?: <\d+(?:\.\d+)?>)?$/;

/** All results, applied after the closing parenthesis was found by reading the arguments from the left. */
/** Of -T; without a fraction with `--syscall-times=s`. */
const TIME = / <\d+(?:\.\d+)?>$/;
const TAMPERED = / \((INJECTED|DELAYED)[^()]*\)$/;
const FAILED =
  /^-1 (?:(E(?!RESTART)[A-Z0-9_]+)|\d+ \/\* (E[A-Z0-9]+) \*\/|(E\?\?\?)|(\d+))?(?: ?\((.*)\))?$/s;
/** With -e raw=all a call that is to be restarted shows the kernel's own -1; old ones say `? (mask now [])`. */
const UNKNOWN = /^(?:\?|-1(?= ERESTART))(?: (ERESTART\w+)(?: \(.*\))?| <unavailable>| \(.*\))?$/s;
const VALUE = /^(-?\d+|0x[0-9a-f]+)(?:[ <(].*)?$/s;

/** Tries the plain form from the right; `from` is the index after the opening parenthesis. */
export function plainTail(text: string, from: number): Tail | undefined {
  const equals = text.lastIndexOf(' = ');
  if (equals < from) return undefined;
  let close = equals;
  while (close > from && text.charCodeAt(close - 1) === 0x20) close--;
  close--;
  if (close < from || text.charCodeAt(close) !== 0x29) return undefined;
  const match = PLAIN.exec(text.slice(equals + 3));
  if (!match) return undefined;
  const injected = match[4]?.startsWith('INJECTED') === true;
  if (match[2] !== undefined) return { close, outcome: failed(match[2], injected) };
  if (match[3] !== undefined) return { close, outcome: { kind: 'unknown' } };
  return { close, outcome: { kind: 'returned', value: match[1]! } };
}

function failed(errno: string, injected: boolean): Outcome {
  return injected ? { kind: 'failed', errno, injected } : { kind: 'failed', errno };
}

/** Reads what follows `= `; undefined when it is no result. */
export function readResult(text: string): Outcome | undefined {
  let rest = text.trimEnd().replace(TIME, '');
  const tampered = TAMPERED.exec(rest);
  if (tampered) rest = rest.slice(0, tampered.index);
  const error = FAILED.exec(rest);
  if (error) {
    const name = error[1] ?? error[2] ?? nameOfErrno(error[4] ?? errnoNumber(error[5]));
    if (name !== undefined) return failed(name, tampered?.[1] === 'INJECTED');
  }
  const unknown = UNKNOWN.exec(rest);
  if (unknown)
    return unknown[1] === undefined ? { kind: 'unknown' } : { kind: 'unknown', restart: unknown[1] };
  const value = VALUE.exec(rest);
  return value ? { kind: 'returned', value: value[1]! } : undefined;
}

/** `(errno 524)`: what strace prints for codes that it has no name for. */
function errnoNumber(words: string | undefined): string | undefined {
  return words === undefined ? undefined : /^errno (\d+)$/.exec(words)?.[1];
}

/** Only the codes that decide something here; -X raw prints numbers. Linux uapi, the same on all but mips, parisc. */
const ERRNO: Readonly<Record<string, string>> = {
  1: 'EPERM',
  2: 'ENOENT',
  4: 'EINTR',
  9: 'EBADF',
  10: 'ECHILD',
  11: 'EAGAIN',
  12: 'ENOMEM',
  13: 'EACCES',
  14: 'EFAULT',
  16: 'EBUSY',
  17: 'EEXIST',
  20: 'ENOTDIR',
  21: 'EISDIR',
  22: 'EINVAL',
  25: 'ENOTTY',
  29: 'ESPIPE',
  32: 'EPIPE',
  38: 'ENOSYS',
  95: 'EOPNOTSUPP',
};

function nameOfErrno(number: string | undefined): string | undefined {
  return number === undefined ? undefined : (ERRNO[number] ?? `E${number}`);
}

/**
 * Reads the arguments from the left, minding strings, comments, nesting and the `<…>` of -y, to the parenthesis that closes them.
 * Returns -1 when the line ends before.
 */
export function closingParenthesis(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 0x22) {
      at = endOfString(text, at + 1);
      if (at === -1) return -1;
    } else if (unit === 0x28 || unit === 0x5b || unit === 0x7b) depth++;
    else if (unit === 0x5d || unit === 0x7d) depth--;
    else if (unit === 0x29 && depth-- <= 0) return at;
    else if (unit === 0x3c && isDescriptor(text.charCodeAt(at - 1))) at = endOfAngle(text, at);
    else if (unit === 0x2f && text.charCodeAt(at + 1) === 0x2a) {
      const end = text.indexOf('*/', at + 2);
      if (end === -1) return -1;
      at = end + 1;
    }
  }
  return -1;
}

/** `3</path>` and `AT_FDCWD</path>`; `<unfinished ...>` and `1<<3` are something else. */
function isDescriptor(before: number): boolean {
  return (before >= 0x30 && before <= 0x39) || before === 0x44;
}

/** The `>` that ends a path of -y; strace writes `<` and `>` inside as octal escapes. Itself when there is none. */
function endOfAngle(text: string, from: number): number {
  if (text.charCodeAt(from + 1) === 0x3c) return from + 1;
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    // Device numbers nest: 3</dev/null<char 1:3>>; sockets hold arrows: 3<TCP:[10.0.0.1:1->10.0.0.2:2]>.
    if (unit === 0x3c) {
      // Deeper than any: no descriptor, and the way to the end is not gone again for each `<`.
      if (++depth > 3) break;
    }
    if (unit === 0x3e && text.charCodeAt(at - 1) !== 0x2d && --depth === 0) return at;
    else if (unit === 0x22 && text.charCodeAt(at - 1) === 0x20) break;
  }
  return from;
}

/** Index of the quote that ends a string whose content starts at `from`, or -1. */
export function endOfString(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 0x5c) at++;
    else if (unit === 0x22) return at;
  }
  return -1;
}
