import type { Line } from '../strace/grammar/line.ts';
import { Unwrapper } from '../strace/sources/unwrap.ts';
import { makeRedactor, type RedactOptions } from './redact.ts';
import { type FoundNames, NameFinder } from './redactNames.ts';

export interface FoundInTrace extends FoundNames {
  /** Whether any line is a call: else it is no trace. */
  readonly calls: boolean;
  readonly lines: number;
}

const CALLS: ReadonlySet<string> = new Set(['call', 'unfinished', 'resumed', 'open', 'detached']);

/** Names in a whole trace, found before it is redacted: they can stand before what gives them away. */
export async function namesIn(chunks: AsyncIterable<Uint8Array>): Promise<FoundInTrace> {
  const names = new NameFinder();
  const unwrapper = new Unwrapper();
  let lines = 0;
  let calls = false;
  const look = ({ text, body }: Line): void => {
    names.add(text);
    lines++;
    calls ||= CALLS.has(body.kind);
  };
  for await (const chunk of chunks) unwrapper.push(chunk).forEach(look);
  const end = unwrapper.end();
  end.lines.forEach(look);
  if (end.rest) look(end.rest);
  return { ...names.found, calls, lines };
}

/**
 * A trace without what should not be published, in pieces of many lines; it parses to the same events. What a log, a quote
 * or a page put around its lines is left out, for it may hold more than the trace does.
 */
export async function* redactTrace(
  chunks: AsyncIterable<Uint8Array>,
  options: RedactOptions,
): AsyncGenerator<string> {
  const { line } = makeRedactor(options);
  const unwrapper = new Unwrapper();
  const shown = (lines: readonly Line[]): string => `${lines.map((one) => line(one)).join('\n')}\n`;
  for await (const chunk of chunks) {
    const lines = unwrapper.push(chunk);
    if (lines.length > 0) yield shown(lines);
  }
  const { lines, rest } = unwrapper.end();
  if (lines.length > 0) yield shown(lines);
  // Without a line end, as it was: it tells a reader that the trace was cut.
  if (rest) yield line(rest);
}
