import { ok, type Result } from '../core/failure.ts';
import { decodeText } from '../core/trace/bytes.ts';
import { LineCutter } from '../core/trace/lines.ts';
import { openTrace } from './traceBytes.ts';

/** Some lines of a trace; `from` is the number of the first, from 1. */
export interface Excerpt {
  readonly from: number;
  readonly lines: readonly string[];
}

/** Longer lines are cut in excerpts. */
const LONGEST = 2000;

/** The `around` lines before and after each of `numbers`, in one pass; overlapping excerpts are joined. */
export async function readExcerpts(
  path: string,
  numbers: readonly number[],
  around: number,
): Promise<Result<readonly Excerpt[]>> {
  const spans: { from: number; to: number; lines: string[] }[] = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const last = spans.at(-1);
    const from = Math.max(1, number - around);
    if (last && from <= last.to + 1) last.to = Math.max(last.to, number + around);
    else spans.push({ from, to: number + around, lines: [] });
  }
  const opened = await openTrace(path);
  if (!opened.ok) return opened;
  const cutter = new LineCutter();
  let at = 0;
  let wanted = 0;
  const take = (bytes: Uint8Array, from: number, to: number): void => {
    at++;
    const span = spans[wanted];
    if (!span || at < span.from) return;
    span.lines.push(decodeText(bytes, from, Math.min(to, from + LONGEST)));
    if (at === span.to) wanted++;
  };
  for await (const chunk of opened.value.bytes) {
    cutter.push(chunk, take);
    if (wanted === spans.length) break;
  }
  const rest = cutter.end();
  if (rest && wanted < spans.length) take(rest, 0, rest.length);
  return ok(spans.filter(({ lines }) => lines.length > 0).map(({ from, lines }) => ({ from, lines })));
}
