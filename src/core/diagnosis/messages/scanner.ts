import { decodeText } from '../../strace/sources/bytes.ts';
import { Automaton } from './automaton.ts';
import type { Expression } from './expression.ts';

/** Something to look for; `found` gets the match on a cleaned line. */
export interface Rule {
  readonly expression: Expression;
  found(match: RegExpExecArray, line: Line): void;
}

/** A line that at least one rule may match. */
export interface Line {
  /** Counts from 1. */
  readonly number: number;
  /** Without escape sequences and wrapping, messages of the system in English. */
  readonly text: string;
}

interface Prepared {
  readonly rule: Rule;
  /** Clauses but the one by which the rule is found. */
  readonly others: readonly (readonly number[])[];
  /** Matches left until the rule is no longer tried. */
  left: number;
}

/** A rule that matched so often is not tried any more: a log of one message costs no more than a log of many. */
const ENOUGH = 500;

/** A longer line is looked at in pieces, which overlap. */
const PIECE = 16_384;
const OVERLAP = 1024;

const NEWLINE = 10;
const RETURN = 13;

/**
 * Reads a log of any size in one pass and constant memory: an automaton finds the literals of all rules in the bytes, and
 * only a line that has those of a rule is decoded and matched.
 */
export class MessageScanner {
  readonly #automaton: Automaton;
  /** By literal: the rules that are found by it. */
  readonly #byLiteral: readonly (readonly Prepared[])[];
  readonly #translations: readonly { readonly text: string; readonly english: string }[];
  /** By literal: the piece in which it was last seen. */
  readonly #seenIn: Int32Array;
  #piece = 1;
  /** Literals of this piece by which rules are found. */
  #keys: number[] = [];
  #state = 0;
  #number = 1;
  #bytes = 0;
  /** Start of the current line, where it began in an earlier chunk. */
  readonly #pending = new Uint8Array(PIECE);
  #held = 0;

  constructor(
    rules: readonly Rule[],
    translations: readonly { readonly text: string; readonly english: string }[],
  ) {
    this.#translations = translations;
    const numbers = new Map<string, number>();
    const numberOf = (literal: string): number => {
      let number = numbers.get(literal);
      if (number === undefined) {
        number = numbers.size;
        numbers.set(literal, number);
      }
      return number;
    };
    const byLiteral: Prepared[][] = [];
    const english = new Map<string, string[]>();
    for (const { text, english: to } of translations) {
      english.set(to.toLowerCase(), [...(english.get(to.toLowerCase()) ?? []), text]);
    }
    for (const rule of rules) {
      // What is in another language counts as the English literal.
      const clauses = rule.expression.clauses.map((clause) =>
        clause.flatMap((literal) => [literal, ...(english.get(literal) ?? [])]),
      );
      const key = clauses.reduce((best, clause) => (selective(clause) > selective(best) ? clause : best));
      const prepared: Prepared = {
        rule,
        others: clauses.filter((clause) => clause !== key).map((clause) => clause.map(numberOf)),
        left: ENOUGH,
      };
      for (const literal of key) {
        const number = numberOf(literal);
        const list = byLiteral[number] ?? [];
        list.push(prepared);
        byLiteral[number] = list;
      }
    }
    this.#automaton = automatonOf([...numbers.keys()]);
    this.#byLiteral = [...numbers.values()].map((number) => byLiteral[number] ?? []);
    this.#seenIn = new Int32Array(numbers.size);
  }

  /** Lines and bytes read until now. */
  get read(): { readonly lines: number; readonly bytes: number } {
    return { lines: this.#bytes === 0 ? 0 : this.#number, bytes: this.#bytes };
  }

  push(chunk: Uint8Array): void {
    const { next, ends } = this.#automaton;
    this.#bytes += chunk.length;
    let state = this.#state;
    let start = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]!;
      if (byte === NEWLINE || byte === RETURN) {
        this.#finish(chunk, start, at);
        if (byte === NEWLINE) this.#number++;
        start = at + 1;
        state = 0;
        continue;
      }
      state = next[state + byte]!;
      if (ends[state >> 8] === 1) this.#note(state);
      if (at - start + this.#held >= PIECE - 1) {
        const from = Math.max(start, at - OVERLAP);
        this.#finish(chunk, start, at + 1);
        // What the pieces share is read again: the literals in it belong to both.
        start = from;
        at = from - 1;
        state = 0;
      }
    }
    this.#hold(chunk.subarray(start));
    this.#state = state;
  }

  /** Looks at the last line, where no newline ended it. */
  end(): void {
    if (this.#held > 0) this.#finish(new Uint8Array(0), 0, 0);
    else if (this.#number > 1) this.#number--;
  }

  #note(state: number): void {
    for (const literal of this.#automaton.found(state)) {
      if (this.#seenIn[literal] === this.#piece) continue;
      this.#seenIn[literal] = this.#piece;
      if (this.#byLiteral[literal]!.length > 0) this.#keys.push(literal);
    }
  }

  /** A piece of a line is whole: what was held, and `from` to `to` of the chunk. */
  #finish(chunk: Uint8Array, from: number, to: number): void {
    if (this.#keys.length > 0) {
      const ready = this.#ready();
      if (ready.length > 0) {
        let text: string;
        if (this.#held === 0) text = decodeText(chunk, from, to);
        else {
          this.#hold(chunk.subarray(from, to));
          text = decodeText(this.#pending, 0, this.#held);
        }
        this.#match(ready, text);
      }
      this.#keys = [];
    }
    this.#held = 0;
    this.#piece++;
  }

  #hold(bytes: Uint8Array): void {
    const fits = bytes.subarray(0, PIECE - this.#held);
    this.#pending.set(fits, this.#held);
    this.#held += fits.length;
  }

  /** The rules of which this piece has all literals. */
  #ready(): readonly Prepared[] {
    const ready: Prepared[] = [];
    for (const key of this.#keys) {
      for (const prepared of this.#byLiteral[key]!) {
        if (prepared.left === 0 || ready.includes(prepared)) continue;
        if (prepared.others.every((clause) => clause.some((one) => this.#seenIn[one] === this.#piece)))
          ready.push(prepared);
      }
    }
    return ready;
  }

  #match(ready: readonly Prepared[], raw: string): void {
    const line: Line = { number: this.#number, text: this.#clean(raw) };
    for (const prepared of ready) {
      const match = prepared.rule.expression.regexp.exec(line.text);
      if (!match) continue;
      prepared.left--;
      prepared.rule.found(match, line);
    }
  }

  #clean(raw: string): string {
    let text = raw.includes('\u001b') ? raw.replace(/\u001b\[[0-9;?]{0,20}[A-Za-z]/g, '') : raw;
    if (/^\{"log": ?"/.test(text)) text = unwrapJson(text);
    for (const { text: foreign, english } of this.#translations) {
      if (text.includes(foreign)) text = text.replaceAll(foreign, english);
    }
    return text.trimEnd();
  }
}

let built: { readonly of: string; readonly automaton: Automaton } | undefined;

/** All readers of a process look for the same literals: the automaton, which takes a third of a second, is kept. */
function automatonOf(literals: readonly string[]): Automaton {
  const of = literals.join('\0');
  if (built?.of !== of) built = { of, automaton: new Automaton(literals.map(bytesOf)) };
  return built.automaton;
}

/** Docker's json-file: the text of `log`. */
function unwrapJson(text: string): string {
  try {
    const { log } = JSON.parse(text) as { log?: unknown };
    return typeof log === 'string' ? log : text;
  } catch {
    return text;
  }
}

/** The longer the shortest literal of a clause, the fewer lines have one of them. */
function selective(clause: readonly string[]): number {
  return Math.min(...clause.map(({ length }) => length)) - clause.length / 4;
}

/** UTF-8; in lower case already. */
function bytesOf(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const char of text) {
    const point = char.codePointAt(0)!;
    if (point < 0x80) bytes.push(point >= 0x41 && point <= 0x5a ? point + 0x20 : point);
    else if (point < 0x800) bytes.push(0xc0 | (point >> 6), 0x80 | (point & 0x3f));
    else if (point < 0x10000)
      bytes.push(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 0x3f), 0x80 | (point & 0x3f));
    else
      bytes.push(
        0xf0 | (point >> 18),
        0x80 | ((point >> 12) & 0x3f),
        0x80 | ((point >> 6) & 0x3f),
        0x80 | (point & 0x3f),
      );
  }
  return Uint8Array.from(bytes);
}
