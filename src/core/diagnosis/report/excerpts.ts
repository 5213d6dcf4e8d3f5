import { decodeText } from '../../strace/sources/bytes.ts';
import { Head } from '../../strace/sources/head.ts';
import { survey } from '../../strace/sources/survey.ts';
import { Wrapping } from '../../strace/sources/wrapping.ts';

/** Lines of a trace that are wanted, with their neighbours. */
export interface Excerpt {
  /** Number of the first line, from 1. */
  readonly from: number;
  readonly lines: readonly string[];
}

/** Excerpts of a report: more only make it long. */
export const MOST_EXCERPTS = 40;

const NEWLINE = 10;
/** A longer line is cut: with -s set high a single write can fill megabytes. */
const LONGEST = 4_000;

/**
 * Picks the wanted lines out of a trace that comes in chunks, without what a log or a quote put around them; memory is
 * bounded by what is wanted.
 */
export class ExcerptReader {
  readonly #head = new Head((lines) => {
    this.#wrapping = new Wrapping(survey(lines));
  });
  #wrapping = new Wrapping();
  #line = 1;
  #ranges: { from: number; to: number }[] = [];
  #range = 0;
  #found: { from: number; lines: string[] }[] = [];
  /** Bytes of the current line, as far as they are kept. */
  #part: number[] = [];

  /** `wanted` are line numbers from 1, in any order. */
  constructor(wanted: Iterable<number>, before = 3, after = 2) {
    for (const line of [...new Set(wanted)].sort((a, b) => a - b)) {
      const from = Math.max(1, line - before);
      const last = this.#ranges.at(-1);
      if (last && from <= last.to + 1) last.to = line + after;
      else this.#ranges.push({ from, to: line + after });
    }
  }

  /** True when no further line is wanted: reading on is a waste. */
  get done(): boolean {
    return this.#range >= this.#ranges.length;
  }

  push(chunk: Uint8Array): void {
    const ready = this.#head.push(chunk);
    if (ready) this.#read(ready);
  }

  #read(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length && !this.done) {
      const newline = chunk.indexOf(NEWLINE, at);
      const end = newline === -1 ? chunk.length : newline;
      const range = this.#ranges[this.#range]!;
      if (this.#line >= range.from) {
        const stop = Math.min(end, at + LONGEST - this.#part.length);
        for (let i = at; i < stop; i++) this.#part.push(chunk[i]!);
      }
      if (newline === -1) return;
      if (this.#line >= range.from) this.#take(range);
      this.#line++;
      at = newline + 1;
    }
  }

  #take(range: { from: number; to: number }): void {
    const text = decodeText(Uint8Array.from(this.#part), 0, this.#part.length);
    this.#part = [];
    if (this.#line === range.from) this.#found.push({ from: range.from, lines: [] });
    const { body, text: shown } = this.#wrapping.read(text);
    this.#found.at(-1)?.lines.push(body.kind === 'unknown' ? text.replace(/\r$/, '') : shown);
    if (this.#line === range.to) this.#range++;
  }

  end(): readonly Excerpt[] {
    const left = this.#head.end();
    if (left) this.#read(left);
    const range = this.#ranges[this.#range];
    if (range && this.#part.length > 0) this.#take(range);
    return this.#found;
  }
}
