import type { TraceArch } from '../../documents/trace.ts';
import { WHOLE_SECONDS } from '../grammar/prefix.ts';
import { archOf } from './arch.ts';
import { areContinued } from './continued.ts';

/** What the beginning of a trace says of the whole of it. */
export interface Survey {
  /** Each line begins with its own number: `cat -n`, a pasted listing. */
  readonly numbered?: boolean;
  /** What looks like `--relative-timestamps=s` are pids behind an indentation. */
  readonly indented?: boolean;
  /** The log cut lines, and says which ones go on with the line before. */
  readonly continued?: boolean;
  /** The input is a core file, of which the siginfo is read. */
  readonly core?: boolean;
  readonly arch: TraceArch;
}

/** So much of a trace is looked at. */
export const SURVEY_SIZE = 64 << 10;
const FEW = 4;

/** Whether the byte scanner can read the trace. */
export function isPlain({ numbered, indented, continued, core }: Survey): boolean {
  return !numbered && !indented && !continued && !core;
}

/** Looks at the first lines of a trace. */
export function survey(lines: readonly string[]): Survey {
  return {
    arch: archOf(lines),
    ...(isNumbered(lines) ? { numbered: true } : {}),
    ...(isIndented(lines) ? { indented: true } : {}),
    ...(areContinued(lines) ? { continued: true } : {}),
  };
}

/** Numbers that rise by one with each line are no pids. */
function isNumbered(lines: readonly string[]): boolean {
  let before = Number.NaN;
  let steps = 0;
  let numbers = 0;
  for (const line of lines) {
    const number = Number(/^ *(\d+)[ \t]/.exec(line)?.[1] ?? Number.NaN);
    if (!Number.isNaN(number)) numbers++;
    if (number === before + 1) steps++;
    before = number;
  }
  return (
    steps >= FEW - 1 &&
    steps >= 0.9 * (numbers - 1) &&
    numbers >= 0.9 * lines.filter((line) => line !== '').length
  );
}

/** With -r the first line says 0, as most others do; no process has that pid. */
function isIndented(lines: readonly string[]): boolean {
  const numbers = lines.flatMap((line) => WHOLE_SECONDS.exec(line)?.[1] ?? []);
  return numbers.length > 0 && !numbers.some((number) => Number(number) === 0);
}
