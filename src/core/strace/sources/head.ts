import { copyOf, decodeText } from './bytes.ts';
import { linesOfCore } from './signals.ts';
import { SURVEY_SIZE } from './survey.ts';

/** Keeps the beginning of a trace back until enough of it is there to survey, however it is cut into chunks. */
export class Head {
  readonly #survey: (lines: readonly string[], core: boolean) => void;
  #parts: Uint8Array[] = [];
  #size = 0;
  #done = false;
  #core = false;

  constructor(survey: (lines: readonly string[], core: boolean) => void) {
    this.#survey = survey;
  }

  /** What may be read now; undefined while more has to come. A chunk that is given back is not copied. */
  push(chunk: Uint8Array): Uint8Array | undefined {
    if (this.#done) return this.#core ? undefined : chunk;
    if (this.#size === 0 && chunk.length >= SURVEY_SIZE) return this.#give(chunk, false);
    this.#parts.push(copyOf(chunk));
    this.#size += chunk.length;
    return this.#size < SURVEY_SIZE ? undefined : this.#give(this.#join(), false);
  }

  /** After the last chunk: what is left to read. */
  end(): Uint8Array | undefined {
    return this.#done ? undefined : this.#give(this.#join(), true);
  }

  #give(bytes: Uint8Array, whole: boolean): Uint8Array {
    this.#done = true;
    const core = linesOfCore(bytes);
    if (core) {
      this.#core = true;
      this.#survey(core, true);
      return Uint8Array.from(core.map((line) => `${line}\n`).join(''), (unit) => unit.charCodeAt(0));
    }
    const lines = decodeText(bytes, 0, Math.min(bytes.length, SURVEY_SIZE)).split('\n');
    if (!whole) lines.pop();
    this.#survey(lines, false);
    return bytes;
  }

  #join(): Uint8Array {
    const whole = new Uint8Array(this.#size);
    let at = 0;
    for (const part of this.#parts) {
      whole.set(part, at);
      at += part.length;
    }
    this.#parts = [];
    return whole;
  }
}
