import { copyOf } from './bytes.ts';

/** What is read of a line at most, where it spans chunks: a file without line ends must not fill the memory. */
export const LONGEST_LINE = 8 << 20;

/** Cuts a stream of bytes into lines; what is left over of a chunk waits for the next one. */
export class LineCutter {
  #rest: Uint8Array[] = [];
  #size = 0;

  /** Gives every whole line as a range of some buffer, without its `\n`. */
  push(chunk: Uint8Array, line: (bytes: Uint8Array, from: number, to: number) => void): void {
    let from = 0;
    if (this.#size > 0) {
      const end = chunk.indexOf(0x0a);
      if (end === -1) {
        this.#keep(chunk);
        return;
      }
      const whole = this.#join(chunk.subarray(0, end));
      line(whole, 0, whole.length);
      from = end + 1;
    }
    for (let end = chunk.indexOf(0x0a, from); end !== -1; end = chunk.indexOf(0x0a, from)) {
      line(chunk, from, end);
      from = end + 1;
    }
    if (from < chunk.length) this.#keep(chunk.subarray(from));
  }

  /** The last line when it has no line end. */
  end(): Uint8Array | undefined {
    return this.#size > 0 ? this.#join(new Uint8Array(0)) : undefined;
  }

  /** Copies: the caller may use its chunk again. */
  #keep(bytes: Uint8Array): void {
    const size = Math.min(bytes.length, LONGEST_LINE - this.#size);
    if (size <= 0) return;
    this.#rest.push(copyOf(bytes, 0, size));
    this.#size += size;
  }

  #join(last: Uint8Array): Uint8Array {
    const whole = new Uint8Array(this.#size + last.length);
    let at = 0;
    for (const part of this.#rest) {
      whole.set(part, at);
      at += part.length;
    }
    whole.set(last, at);
    this.#rest = [];
    this.#size = 0;
    return whole;
  }
}
