import { type FoundNames, NameFinder } from './redactNames.ts';
import { decodeText } from './trace/bytes.ts';
import { LineCutter } from './trace/lines.ts';
import { makeRedactor, type RedactOptions } from './trace/redact.ts';

/** Names in a whole trace, found before it is redacted: they can stand before what gives them away. */
export async function namesIn(chunks: AsyncIterable<Uint8Array>): Promise<FoundNames> {
  const names = new NameFinder();
  const cutter = new LineCutter();
  for await (const chunk of chunks) {
    cutter.push(chunk, (bytes, from, to) => names.add(decodeText(bytes, from, to)));
  }
  const last = cutter.end();
  if (last) names.add(decodeText(last, 0, last.length));
  return names.found;
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
