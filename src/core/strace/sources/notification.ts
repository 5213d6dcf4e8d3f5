import { ABIS, type Abi } from '../../linux/abi.ts';
import { commandOf } from '../grammar/command.ts';
import { readLine } from '../grammar/line.ts';
import type { SourceRecord } from '../grammar/record.ts';

/** A call that a filter's supervisor was notified of, with what it answered. */
export interface Notified {
  readonly pid: number;
  /** Absent where the kernel named an architecture that is not in the tables. */
  readonly abi?: Abi | undefined;
  readonly nr: number;
  readonly name: string;
  /** As they are printed. */
  readonly args: readonly string[];
  /** What strace prints behind ` = `; `killed` where the filter kills for the call. */
  readonly result: string | 'killed';
  /** Words of the command line, escaped as strace does it; undefined where they could not be read. */
  readonly command: readonly string[] | undefined;
}

const MARK = ' (NOTIFIED';
const KILLED = ', SIGSYS';

/**
 * A line of strace -n with a mark behind it, as ` (INJECTED)` is one: whoever does not know it still reads a call. In it
 * the command line of the process, for such a recording shows no execve.
 */
export function notificationLine({ pid, abi, nr, name, args, result, command }: Notified): string {
  const killed = result === 'killed';
  const of = abi === undefined ? '' : ` ${abi}`;
  const by = command === undefined ? '' : ` by [${command.map((one) => `"${one}"`).join(', ')}]`;
  return `${pid} [${String(nr).padStart(4)}] ${name}(${args.join(', ')}) = ${killed ? '?' : result}${MARK}${of}${killed ? KILLED : ''}${by})`;
}

/** Reads such a line; undefined for every other. */
export function notificationRecord(text: string): SourceRecord | undefined {
  const at = markOf(text);
  if (at === -1) return undefined;
  const tail = text.slice(at + MARK.length).trimEnd();
  const { body, prefix } = readLine(text.slice(0, at));
  if (body.kind !== 'call' || prefix.pid === undefined) return undefined;
  const [, token, killed, vector] = TAIL.exec(tail) ?? [];
  const command = vector === undefined ? undefined : commandOf('execve', `"", ${vector}`);
  return {
    tool: 'notification',
    pid: prefix.pid,
    ...(command === undefined ? {} : { command }),
    abi: ABIS.find((abi) => abi === token),
    name: body.name,
    ...(prefix.number === undefined ? {} : { nr: prefix.number }),
    args: body.args,
    outcome: killed ? { kind: 'sigsys' } : body.outcome,
  };
}

/** Whether a line may be one: a cheap look. */
export function mayBeNotification(text: string): boolean {
  return text.includes(MARK);
}

const TAIL = /^(?: (?!by )(\w+))?(, SIGSYS)?(?: by (\[.*\]))?\)$/s;
const SHAPE =
  /\) += (?:-?\d+|\?)(?: E[A-Z0-9]+)?(?: \([^()]*\))?(?= \(NOTIFIED(?: \w+)?(?:, SIGSYS)?(?: by \[|\)))/g;

/** Where the mark begins: behind the first result that it follows outside of a string. */
function markOf(text: string): number {
  for (const match of text.matchAll(SHAPE)) {
    if (quotesBefore(text, match.index) % 2 === 0) return match.index + match[0].length;
  }
  return -1;
}

function quotesBefore(text: string, end: number): number {
  let count = 0;
  for (let at = 0; at < end; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') count++;
  }
  return count;
}
