import { LONGEST_LINE } from './lines.ts';

/**
 * GitLab's log with timestamps: the time, the number of a stream, `O` or `E`, and a plus where the line goes on with the one
 * before it of the same stream, which was cut when it was sent.
 */
const PIECE = /^(\d{4}-\d\d-\d\dT[\d:.]{8,18}Z \d\d[OE])([ +])/;

/** A line of the input, or what several make together; `number` is that of the first. */
export interface NumberedLine {
  readonly raw: string;
  readonly number: number;
}

/** Whether lines are continued by later ones; `lines` is the beginning of the input. */
export function areContinued(lines: readonly string[]): boolean {
  const marks = lines.flatMap((line) => PIECE.exec(line)?.[2] ?? []);
  return marks.includes('+') && 2 * marks.length >= lines.filter((line) => line !== '').length;
}

/** Puts lines together again that a log cut. Each waits until the next one of its stream has begun. */
export class ContinuedLines {
  readonly #waiting = new Map<string, { raw: string; readonly number: number }>();

  push(raw: string, number: number): readonly NumberedLine[] {
    const [head = '', stream = '', mark] = PIECE.exec(raw) ?? [];
    if (head === '') return [{ raw, number }];
    const key = stream.slice(-3);
    const before = this.#waiting.get(key);
    if (mark === '+' && before) {
      if (before.raw.length < LONGEST_LINE) before.raw += raw.slice(head.length);
      return [];
    }
    this.#waiting.set(key, { raw, number });
    return before ? [before] : [];
  }

  /** What is left after the last line. */
  end(): readonly NumberedLine[] {
    const rest = [...this.#waiting.values()].sort((a, b) => a.number - b.number);
    this.#waiting.clear();
    return rest;
  }
}
