// The reader of traces, in the order to read it:
//   grammar/   what one line says. This file is the grammar; everything else agrees with it.
//   sources/   what surrounds a line: logs of CI and containers, quoting, and records that are no strace output.
//   tracees/   lines -> events: joins the halves of calls, follows fork, exec and exit. EventParser is the whole reader, slow and plain.
//   summary/   events -> distinct calls, and what their threads did after a refusal.
//   fast/      the same summary at a gigabyte per second. Nothing depends on how: tests hold it to what EventParser finds.

import type { Outcome } from './event.ts';
import { type Prefix, readPrefix } from './prefix.ts';
import type { SourceRecord } from './record.ts';
import { closingParenthesis, plainTail, readResult } from './result.ts';

/** The personality strace announces: `[ Process PID=N runs in 32 bit mode. ]`. */
export type Mode = '64' | '32' | 'x32';

/** What one line of a trace says. Indices are into `text`, the cleaned line. */
export type Body =
  | { readonly kind: 'call'; readonly name: string; readonly args: string; readonly outcome: Outcome }
  /** `<unfinished ...>`: the rest comes in a `resumed` line; `moved`: of another process, `<pid changed to N ...>`. */
  | { readonly kind: 'unfinished'; readonly name: string; readonly args: string; readonly moved?: true }
  | {
      readonly kind: 'resumed';
      readonly name: string | undefined;
      readonly args: string;
      readonly outcome: Outcome;
    }
  /** `<... x resumed> <unfinished ...>`: still not done. */
  | { readonly kind: 'still'; readonly name: string | undefined; readonly args: string }
  /** A call whose end is not on this line: other output got in between. `attached`: pid announced in mid-line. */
  | { readonly kind: 'open'; readonly attached: number | undefined }
  /** `) = 3` or ` <unfinished ...>`: the end of an open line. */
  | { readonly kind: 'rest' }
  | { readonly kind: 'signal'; readonly signal: string; readonly text: string }
  | { readonly kind: 'exited'; readonly status: number }
  | { readonly kind: 'killed'; readonly signal: string }
  | { readonly kind: 'superseded'; readonly by: number }
  | {
      readonly kind: 'detached';
      readonly pid: number | undefined;
      readonly name?: string;
      readonly args?: string;
    }
  | { readonly kind: 'attached'; readonly pid: number }
  | { readonly kind: 'mode'; readonly pid: number | undefined; readonly mode: Mode }
  /** Stack frames, dumps of -e read/write, messages of strace itself, comments, empty lines. */
  | { readonly kind: 'ignored' }
  /** The head of a table of strace -c or -C. */
  | { readonly kind: 'table' }
  /** A call that something else than strace recorded. */
  | { readonly kind: 'record'; readonly record: SourceRecord }
  | { readonly kind: 'unknown' };

export interface Line {
  readonly prefix: Prefix;
  /** Without colours, NUL bytes, carriage return. */
  readonly text: string;
  readonly body: Body;
}

/** Colours, and the links that terminals make of paths. */
const COLOUR = /\x1b\[[0-9;?]*[A-Za-z]|\x1b\([A-Z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)/g;
/** What word processors and web pages make of blanks and quotes: strace itself prints none of these. */
const TYPESET = /[\u00a0\u202f\u2007\u200b\u200c\u2060\u201c\u201d]/;
const NAME = /([A-Za-z_][A-Za-z0-9_]*)\(/y;
const RESUMED = /<\.\.\. (?:([^ >]+) )?resumed> ?/y;
const SIGNAL = /--- (?:(SIG\w+) .*|\{.*|.* by (SIG\w+)) ---$/sy;
const ENDED =
  /\+\+\+ (?:exited with (\d+)|killed by (SIG\w+)(?: \(core dumped\))?|superseded by execve in pid (\d+)(?:<.*?>)?) \+\+\+$/y;
const MODE = /(?:strace: )?\[ Process PID=(\d+)(?:<.*?>)? runs in (64 bit|32 bit|x32) mode\. \]$/sy;
const PROCESS = /(?:\S*strace: )?Process (\d+)(?:<.*?>)? (attached|detached|suspended|resumed)\b.*$/sy;
/** `????(`: an old strace could not read the number; nothing is known of the call. */
const OWN =
  /(?:\S*strace: |\S*strace --? ?version|>|\||#|\/\*|Process \d+ |PANIC: |unknown pid: |upeek: |\?{4}\(|\* \d+ bytes in buffer \d+$)/y;
const TABLE = /% time +seconds|System call usage summary for/y;
const CUT_IN = /(?:strace: )?Process (\d+)(?:<[^<>]*>)? (?:attached|detached)/;
/** What the path of strace before its message is written with. */
const PATH_UNIT = /[\w.+/-]/;

/** strace's own message in the middle of a call's line, behind all strings: where it begins, and the process it names. */
export function cutIn(text: string): { readonly index: number; readonly pid: number } | undefined {
  const from = text.lastIndexOf('"') + 1;
  const match = CUT_IN.exec(text.slice(from));
  if (!match) return undefined;
  let index = from + match.index;
  if (match[0].startsWith('strace')) {
    let start = index;
    while (start > from && PATH_UNIT.test(text[start - 1]!)) start--;
    const slash = text.indexOf('/', start);
    if (slash !== -1 && slash < index) index = slash;
  }
  return { index, pid: Number(match[1]) };
}

const UNFINISHED = '<unfinished ...>';
const DETACHED = '<detached ...>';
/** Before strace 4.6 the last line of a process may end so. */
const GONE = /<unfinished \.\.\. exit status \d+>$/;
const MOVED = /<pid changed to \d+ \.\.\.>$/;

/** Reads one line, without its line end. This is the grammar; everything else that reads traces agrees with it. */
export function readLine(raw: string): Line {
  let text = raw.charCodeAt(raw.length - 1) === 0x0d ? raw.slice(0, -1) : raw;
  if (text.includes('\x1b')) text = text.replace(COLOUR, '');
  if (text.includes('\0')) text = text.replaceAll('\0', '');
  if (TYPESET.test(text)) {
    text = text
      .replace(/[\u00a0\u202f\u2007]/g, ' ')
      .replace(/[\u201c\u201d]/g, '"')
      .replace(/[\u200b\u200c\u2060]/g, '');
  }
  const prefix = readPrefix(text);
  return { prefix, text, body: readBody(text, prefix.at) };
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function readBody(text: string, at: number): Body {
  const call = matchAt(NAME, text, at);
  if (call) return readCall(text, call[1]!, NAME.lastIndex);
  switch (text[at]) {
    case '<':
      return readResumed(text, at);
    case '+':
      return readEnd(text.trimEnd(), at);
    case '-': {
      const signal = matchAt(SIGNAL, text.trimEnd(), at);
      if (signal) return { kind: 'signal', signal: signal[1] ?? signal[2] ?? '', text: signal[0] };
      return /^-+( +-+)+ *$/.test(text.slice(at)) ? { kind: 'ignored' } : { kind: 'unknown' };
    }
    case ')':
      return /^\) *= /.test(text.slice(at)) ? { kind: 'rest' } : { kind: 'unknown' };
    case undefined:
      return { kind: 'ignored' };
  }
  return readMessage(text, at);
}

function readMessage(text: string, at: number): Body {
  const mode = matchAt(MODE, text, at);
  if (mode) {
    const name = mode[2] === 'x32' ? 'x32' : mode[2] === '32 bit' ? '32' : '64';
    return { kind: 'mode', pid: Number(mode[1]), mode: name };
  }
  const process = matchAt(PROCESS, text, at);
  if (process) {
    if (process[2] === 'attached') return { kind: 'attached', pid: Number(process[1]) };
    if (process[2] === 'detached') return { kind: 'detached', pid: Number(process[1]) };
    return { kind: 'ignored' };
  }
  const body = text.slice(at).trimStart();
  // qemu-user prints `) = 3` as ` = 3`.
  if (body.startsWith(UNFINISHED) || /^\) *= /.test(body) || /^= (?:-?\d|0x)/.test(body))
    return { kind: 'rest' };
  if (matchAt(TABLE, body, 0)) return { kind: 'table' };
  if (body === '' || matchAt(OWN, body, 0)) return { kind: 'ignored' };
  return { kind: 'unknown' };
}

function readEnd(text: string, at: number): Body {
  const end = matchAt(ENDED, text, at);
  if (!end) return { kind: 'unknown' };
  if (end[1] !== undefined) return { kind: 'exited', status: Number(end[1]) };
  if (end[2] !== undefined) return { kind: 'killed', signal: end[2] };
  return { kind: 'superseded', by: Number(end[3]) };
}

function readCall(text: string, name: string, from: number): Body {
  if (
    text.charCodeAt(text.length - 1) !== 0x3e ||
    !/<(?:unfinished|detached|pid changed to \d+) \.\.\.>$/.test(text)
  ) {
    const done = readDone(text, from);
    if (done) return { kind: 'call', name, ...done };
  }
  const trimmed = text.trimEnd();
  if (trimmed.endsWith(UNFINISHED)) return { kind: 'unfinished', name, args: cut(trimmed, from, UNFINISHED) };
  if (trimmed.endsWith(DETACHED))
    return { kind: 'detached', pid: undefined, name, args: cut(trimmed, from, DETACHED) };
  const gone = GONE.exec(trimmed);
  if (gone) return { kind: 'call', name, args: cut(trimmed, from, gone[0]), outcome: { kind: 'unknown' } };
  const moved = MOVED.exec(trimmed);
  if (moved) return { kind: 'unfinished', name, args: cut(trimmed, from, moved[0]), moved: true };
  return { kind: 'open', attached: cutIn(text)?.pid };
}

function cut(text: string, from: number, mark: string): string {
  return text.slice(from, -mark.length).trimEnd();
}

/** Arguments and outcome of the text after `(`; the arguments of a superseded call end in `<unfinished ...>`. */
export function readDone(text: string, from: number): { args: string; outcome: Outcome } | undefined {
  const plain = plainTail(text, from);
  if (plain) return { args: withoutMark(text.slice(from, plain.close)), outcome: plain.outcome };
  let close = closingParenthesis(text, from);
  let result = close === -1 ? null : /^\) *= /.exec(text.slice(close));
  if (!result) {
    // Program output in the middle can hold an odd quote: the last `) = ` then.
    close = lastClose(text, from);
    result = close === -1 ? null : /^\) *= /.exec(text.slice(close));
  }
  if (!result) return undefined;
  const outcome = readResult(text.slice(close + result[0].length));
  return outcome && { args: withoutMark(text.slice(from, close)), outcome };
}

function lastClose(text: string, from: number): number {
  let found = -1;
  for (const match of text.slice(from).matchAll(/\) *= /g)) found = from + match.index;
  return found;
}

function withoutMark(args: string): string {
  return args.endsWith(UNFINISHED) ? args.slice(0, -UNFINISHED.length).trimEnd() : args;
}

function readResumed(text: string, at: number): Body {
  const head = matchAt(RESUMED, text, at);
  if (!head) {
    return text.startsWith(UNFINISHED, at) ? { kind: 'rest' } : { kind: 'unknown' };
  }
  const name = head[1];
  const from = RESUMED.lastIndex;
  const trimmed = text.trimEnd();
  if (trimmed.endsWith(UNFINISHED)) return { kind: 'still', name, args: cut(trimmed, from, UNFINISHED) };
  if (trimmed.endsWith(DETACHED))
    return { kind: 'detached', pid: undefined, args: cut(trimmed, from, DETACHED) };
  const done = readDone(text, from);
  if (done) return { kind: 'resumed', name, ...done };
  // Old forms without a parenthesis: `<... exit_group resumed> = ?`.
  const bare = /^ *= (.*)$/s.exec(text.slice(from));
  const outcome = bare && readResult(bare[1]!);
  return outcome ? { kind: 'resumed', name, args: '', outcome } : { kind: 'unknown' };
}
