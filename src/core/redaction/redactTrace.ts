import { readLine } from '../strace/grammar/line.ts';
import { decodeText } from '../strace/sources/bytes.ts';
import { LineCutter } from '../strace/sources/lines.ts';
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
  const cutter = new LineCutter();
  let lines = 0;
  let calls = false;
  const look = (bytes: Uint8Array, from: number, to: number): void => {
    const text = decodeText(bytes, from, to);
    names.add(text);
    lines++;
    calls ||= CALLS.has(readLine(text).body.kind);
  };
  for await (const chunk of chunks) cutter.push(chunk, look);
  const last = cutter.end();
  if (last) look(last, 0, last.length);
  return { ...names.found, calls, lines };
}

/** A trace without what should not be published, in pieces of many lines; it parses to the same events. */
export async function* redactTrace(
  chunks: AsyncIterable<Uint8Array>,
  options: RedactOptions,
): AsyncGenerator<string> {
  const { line } = makeRedactor(options);
  const cutter = new LineCutter();
  for await (const chunk of chunks) {
    const lines: string[] = [];
    cutter.push(chunk, (bytes, from, to) => lines.push(line(decodeText(bytes, from, to))));
    if (lines.length > 0) yield `${lines.join('\n')}\n`;
  }
  const last = cutter.end();
  // Without a line end, as it was: it tells a reader that the trace was cut.
  if (last) yield line(decodeText(last, 0, last.length));
}
