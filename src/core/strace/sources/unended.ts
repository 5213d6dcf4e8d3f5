import { LONGEST_LINE } from './lines.ts';

/** The beginning of a line whose end comes with a later chunk. */
export class Unended {
  size = 0;
  #bytes: Uint8Array = new Uint8Array(4096);

  keep(chunk: Uint8Array, from: number, to: number): void {
    const size = Math.min(to - from, LONGEST_LINE - this.size);
    if (size <= 0) return;
    if (this.#bytes.length < this.size + size) {
      const larger = new Uint8Array(2 * (this.size + size));
      larger.set(this.#bytes.subarray(0, this.size));
      this.#bytes = larger;
    }
    this.#bytes.set(chunk.subarray(from, from + size), this.size);
    this.size += size;
  }

  /** The line so far with a line end, which is kept no longer. */
  take(): Uint8Array {
    const whole = new Uint8Array(this.size + 1);
    whole.set(this.#bytes.subarray(0, this.size));
    whole[this.size] = 0x0a;
    this.size = 0;
    return whole;
  }
}
