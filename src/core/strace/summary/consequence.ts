import { isAboutOneFile, olderCalls } from '../../linux/older.ts';
import { readable } from '../grammar/command.ts';
import type { Aftermath, NextCall, Occurrence, Outcome, ThreadEnd, TraceEvent } from '../grammar/event.ts';

/** So many of its next calls are looked at: libc's other way is the next call or two, a message soon after. */
const WINDOW = 12;
const SHOWN = 4;
const SUBJECT_LENGTH = 256;

/** One of the next calls of a thread, while it is watched. */
interface Seen {
  readonly name: string;
  readonly outcome: string;
  readonly subject: string;
  readonly line: number;
  /** The descriptor that it wrote to. */
  readonly wroteTo?: string;
  /** The arguments of that call, as printed. */
  readonly wrote?: string;
  /** Descriptor -> what is the same from now on: the shell's `>&2`, and perror, duplicate standard error. */
  readonly duplicated?: { readonly from: string; readonly to: string };
}

/** A thread after a refused call. */
export interface Watch {
  /** Of the distinct call that was refused. */
  readonly key: string;
  readonly name: string;
  readonly subject: string;
  readonly at: Occurrence['at'];
  readonly seen: Seen[];
  /** Another way was taken: what comes then is of no interest. */
  done?: true;
}

/** What holds a watch: a thread. */
export interface Watched {
  watch: Watch | undefined;
}

export type Finish = (watch: Watch, end: ThreadEnd | undefined) => void;

/**
 * Calls to which the kernel itself says EPERM, and then once for every file that a tar or a cp of a plain user touches:
 * following each would make reading such a trace ten times slower. No default profile refuses them.
 */
const ORDINARY =
  /^(?:[fl]?chown(?:at|32)?|fchmodat|f?chmod|utimensat(?:_time64)?|utimes?|futimesat|[fl]?setxattr|ioctl)$/;

/** Whether what follows is kept: an answer that a filter or an old kernel gives. */
export function isRefusal(name: string, outcome: Outcome): boolean {
  if (outcome.kind !== 'failed' || outcome.injected === true) return false;
  return outcome.errno === 'ENOSYS' || (outcome.errno === 'EPERM' && !ORDINARY.test(name));
}

/** True while the next call of the thread is of interest. */
export function isOpen(watch: Watch | undefined): boolean {
  return watch !== undefined && watch.done !== true && watch.seen.length < WINDOW;
}

/** Tells a thread's watch of its next event, and begins one where it is a refusal. */
export function follow(
  thread: Watched,
  event: TraceEvent,
  begin: () => Pick<Watch, 'key' | 'at'>,
  finish: Finish,
): void {
  const { watch } = thread;
  const refused = isRefusal(event.name, event.outcome);
  if (watch && isOpen(watch)) {
    see(watch, {
      name: event.name,
      outcome: inWords(event.outcome),
      subject: subjectOf(event.args),
      line: event.line,
      ...descriptors(event),
    });
  }
  const replaced = /^execve(?:at)?$/.test(event.name) && event.outcome.kind === 'returned';
  if (watch && (refused || replaced)) end(thread, undefined, finish);
  if (refused) thread.watch = { name: event.name, subject: subjectOf(event.args), seen: [], ...begin() };
}

/** Ends what is watched of a thread, if anything is, and hands it to `finish`. */
export function end(thread: Watched, how: ThreadEnd | undefined, finish: Finish): void {
  const { watch } = thread;
  thread.watch = undefined;
  if (watch) finish(watch, how);
}

function see(watch: Watch, seen: Seen): void {
  const index = watch.seen.push(seen) - 1;
  const { name, subject } = watch;
  if (!olderCalls(name).has(seen.name)) return;
  // A strace that does not know the call prints its arguments raw: only the very next calls are taken for it.
  if (!isAboutOneFile(name) || seen.subject === subject || (subject === '' && index < 3)) watch.done = true;
}

/** What became of one refused call. */
export function occurrenceOf(watch: Watch, how: ThreadEnd | undefined): Occurrence {
  const { subject, seen, at } = watch;
  const back = watch.done ? seen.length - 1 : -1;
  const message = messageIn(seen);
  const fellBack = back !== -1 && (message === -1 || back < message);
  const bad = how !== undefined && (how.signal !== undefined || how.status !== 0);
  const said = message === -1 || fellBack ? '' : messageFrom(seen, message);
  return {
    at,
    next: seen.slice(0, SHOWN).map(({ name: call, outcome, subject: other, line }): NextCall => {
      return { name: call, outcome, line, ...(subject !== '' && other === subject ? { same: true } : {}) };
    }),
    ...(fellBack ? { fellBack: { name: seen[back]!.name, line: seen[back]!.line } } : {}),
    ...(message === -1 || fellBack ? {} : { message: seen[message]!.line }),
    ...(said === '' ? {} : { said }),
    ...(how === undefined ? {} : { end: how }),
    ...(bad && isOpen(watch) ? { soon: true } : {}),
  };
}

/**
 * How much an occurrence speaks for having broken something: 4 an error exit soon after or after a message; 3 a message,
 * the end not seen; 2 a message, yet status 0; 1 an error exit later; 0 the thread went on; -1 it took another way.
 */
export function weightOf({ fellBack, message, end: how, soon }: Occurrence): number {
  if (fellBack) return -1;
  const bad = how !== undefined && (how.signal !== undefined || how.status !== 0);
  if (bad && (soon || message !== undefined)) return 4;
  if (message !== undefined) return how === undefined ? 3 : 2;
  return bad ? 1 : 0;
}

/** One occurrence as counts: it fell back, failed, or just went on. */
export function aftermathOf(occurrence: Occurrence): Aftermath {
  const weight = weightOf(occurrence);
  return {
    fellBack: weight === -1 ? 1 : 0,
    failed: weight >= 3 ? 1 : 0,
    wentOn: weight >= 0 && weight < 3 ? 1 : 0,
    ...(weight === 0 && occurrence.end?.status === 0 ? { succeeded: 1 } : {}),
    shown: occurrence,
  };
}

/** The one that tells most is shown, of several the earliest. */
export function mergeAftermaths(a: Aftermath | undefined, b: Aftermath | undefined): Aftermath | undefined {
  if (!a || !b) return a ?? b;
  const difference = weightOf(b.shown) - weightOf(a.shown) || (a.shown.at.line <= b.shown.at.line ? -1 : 1);
  const succeeded = (a.succeeded ?? 0) + (b.succeeded ?? 0);
  return {
    fellBack: a.fellBack + b.fellBack,
    failed: a.failed + b.failed,
    wentOn: a.wentOn + b.wentOn,
    ...(succeeded > 0 ? { succeeded } : {}),
    shown: difference > 0 ? b.shown : a.shown,
  };
}

function descriptors({ name, args, outcome }: TraceEvent): Pick<Seen, 'wroteTo' | 'wrote' | 'duplicated'> {
  const from = /^\d+/.exec(args)?.[0];
  if (from === undefined || outcome.kind !== 'returned') return {};
  if (/^(?:write|writev|pwrite64|send|sendto|sendmsg)$/.test(name)) {
    return { wroteTo: from, wrote: args };
  }
  const duplicates = /^dup[23]?$/.test(name) || (/^fcntl(?:64)?$/.test(name) && args.includes('F_DUPFD'));
  return duplicates ? { duplicated: { from, to: outcome.value } } : {};
}

/** Strings as strace prints them, with dots behind one that it cut. */
const STRINGS = /(?<!\\)"((?:[^"\\]|\\.)*)"(\.\.\.)?/g;
const LONGEST_MESSAGE = 200;
const MESSAGE_WINDOW = 4096;
/** What redaction leaves of them. */
const REDACTED = /^\[\d+ bytes\]/;

/** What the line of a message that names the error mostly holds. */
const TELLING =
  /error|fail|fatal|denied|permitted|unexpected|cannot|can['’]t|unable|refused|not implemented|not found|no such|invalid/i;

/** The line that tells most of the message that begins with this write: programs write one in several pieces. */
function messageFrom(seen: readonly Seen[], index: number): string {
  const to = seen[index]!.wroteTo;
  let text = '';
  for (const { wroteTo, wrote = '' } of seen.slice(index)) {
    if (wroteTo !== to) continue;
    for (const [, escaped = '', cut] of wrote.matchAll(STRINGS)) {
      // What comes behind a cut belongs to another line.
      text += `${readable(escaped)}${cut === undefined ? '' : '…\n'}`;
    }
    if (text.length > MESSAGE_WINDOW) break;
  }
  const lines = text.split('\n').map((line) => line.trim());
  const line = lines.find((one) => TELLING.test(one)) ?? lines.find((one) => one !== '') ?? '';
  if (REDACTED.test(line)) return '';
  return line.length > LONGEST_MESSAGE ? `${line.slice(0, LONGEST_MESSAGE)}…` : line;
}

/** Index of the first write to standard error, or -1. */
function messageIn(seen: readonly Seen[]): number {
  const error = new Set(['2']);
  return seen.findIndex(({ wroteTo, duplicated }) => {
    if (duplicated) {
      if (error.has(duplicated.from)) error.add(duplicated.to);
      else error.delete(duplicated.to);
    }
    return wroteTo !== undefined && error.has(wroteTo);
  });
}

function inWords(outcome: Outcome): string {
  return outcome.kind === 'failed' ? outcome.errno : outcome.kind;
}

/** The file that a call is about: its first path, or else its first argument; empty for raw values and addresses. */
function subjectOf(args: string): string {
  const path = /(?<!\\)"((?:[^"\\]|\\.)+)"/.exec(args)?.[0];
  return (path ?? /^(?!0x)[^,<{[]*/.exec(args)?.[0] ?? '').slice(0, SUBJECT_LENGTH);
}
