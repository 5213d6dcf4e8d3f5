import type { Line } from '../grammar/line.ts';
import { decodeText } from './bytes.ts';
import { ContinuedLines } from './continued.ts';
import { Head } from './head.ts';
import { LineCutter } from './lines.ts';
import { survey } from './survey.ts';
import { Wrapping } from './wrapping.ts';

/** The lines of a trace without what logs and quotes put around them, in order; those that a log cut are whole again. */
export class Unwrapper {
  readonly #head = new Head((lines) => {
    const seen = survey(lines);
    this.#wrapping = new Wrapping(seen);
    if (seen.continued) this.#continued = new ContinuedLines();
  });
  readonly #cutter = new LineCutter();
  #wrapping = new Wrapping();
  #continued: ContinuedLines | undefined;

  /** Whole lines so far; none until the beginning of the trace was surveyed. */
  push(chunk: Uint8Array): Line[] {
    const ready = this.#head.push(chunk);
    return ready ? this.#read(ready) : [];
  }

  /** What is left after the last chunk; `rest` is a last line that has no line end. */
  end(): { readonly lines: readonly Line[]; readonly rest: Line | undefined } {
    const left = this.#head.end();
    const lines = left ? this.#read(left) : [];
    const last = this.#cutter.end();
    const text = last && decodeText(last, 0, last.length);
    if (!this.#continued) return { lines, rest: text === undefined ? undefined : this.#wrapping.read(text) };
    const whole = [...(text === undefined ? [] : this.#continued.push(text, 0)), ...this.#continued.end()];
    return { lines: [...lines, ...whole.map(({ raw }) => this.#wrapping.read(raw))], rest: undefined };
  }

  #read(chunk: Uint8Array): Line[] {
    const lines: Line[] = [];
    this.#cutter.push(chunk, (bytes, from, to) => {
      const text = decodeText(bytes, from, to);
      if (!this.#continued) lines.push(this.#wrapping.read(text));
      else for (const { raw } of this.#continued.push(text, 0)) lines.push(this.#wrapping.read(raw));
    });
    return lines;
  }
}
