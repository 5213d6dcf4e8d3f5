/** Quick commands are run more often: it costs nothing, and shows that a command is flaky. */
const QUICK_SECONDS = 3;
const MOST_RUNS = 10;
/** A command that never passed is not worth more of them, unless more were asked for. */
const ENOUGH_FAILURES = 3;
/** So often it must fail under strace, and pass without in between, before strace is blamed. */
const ENOUGH_BLAME = 2;

interface Tally {
  runs: number;
  passed: number;
  /** The longest run that passed. */
  seconds: number;
  /** Why the last one failed. */
  why: string;
}

const none = (): Tally => ({ runs: 0, passed: 0, seconds: 0, why: '' });

/** What one run without a filter gave. */
export interface BaselineRun {
  readonly passed: boolean;
  readonly seconds: number;
  readonly why?: string;
}

/**
 * Which runs without a filter are made, and what they say together. The first ones are traced until `traced` of them have
 * passed. After a traced run that failed comes one without strace: a program that uses ptrace itself (a debugger, strace, a
 * sanitizer) fails under any tracer, and that is no failure of the command.
 */
export class BaselineRuns {
  readonly #traced: number;
  readonly #least: number;
  readonly #watched = none();
  readonly #plain = none();
  #spent = 0;
  #last: 'traced' | 'plain' | undefined;
  #lastFailed = false;

  /** `least`: how many runs are made in any case, both kinds together. */
  constructor(traced: number, least: number) {
    this.#traced = traced;
    this.#least = Math.max(traced + 1, least);
  }

  get runs(): number {
    return this.#watched.runs + this.#plain.runs;
  }

  /** How many are still to come at least. */
  get remaining(): number {
    return Math.max(1, this.#least - this.runs);
  }

  /** What is run next; undefined where enough is known. */
  next(): 'traced' | 'plain' | undefined {
    if (!this.#goesOn()) return undefined;
    if (this.#watched.passed >= this.#traced || this.tracerFails !== undefined) return 'plain';
    return this.#last === 'traced' && this.#lastFailed ? 'plain' : 'traced';
  }

  #goesOn(): boolean {
    const { runs } = this;
    if (this.#watched.passed + this.#plain.passed === 0) {
      return runs < Math.max(ENOUGH_FAILURES, this.#least) || this.#plain.runs === 0;
    }
    if (this.#suspectsTracer && this.tracerFails === undefined) return true;
    return runs < this.#least || (this.#spent < QUICK_SECONDS && runs < MOST_RUNS);
  }

  get #suspectsTracer(): boolean {
    const { runs, passed } = this.#plain;
    return this.#traced > 0 && this.#watched.passed === 0 && passed === runs;
  }

  add(kind: 'traced' | 'plain', { passed, seconds, why = '' }: BaselineRun): void {
    const tally = kind === 'traced' ? this.#watched : this.#plain;
    tally.runs++;
    this.#spent += seconds;
    this.#last = kind;
    this.#lastFailed = !passed;
    if (passed) {
      tally.passed++;
      tally.seconds = Math.max(tally.seconds, seconds);
    } else tally.why = why;
  }

  /** Why the command fails whenever strace watches it, where it passes whenever it does not; else undefined. */
  get tracerFails(): string | undefined {
    const { runs, why } = this.#watched;
    return this.#suspectsTracer && runs >= ENOUGH_BLAME && this.#plain.runs >= ENOUGH_BLAME ? why : undefined;
  }

  /** The runs that count: those under strace do not where strace is what makes them fail. */
  get counted(): { readonly runs: number; readonly passed: number } {
    if (this.tracerFails !== undefined) return { runs: this.#plain.runs, passed: this.#plain.passed };
    return { runs: this.runs, passed: this.#watched.passed + this.#plain.passed };
  }

  /** Seconds of the longest run without strace, or with it where there is none that passed. */
  get seconds(): number {
    return this.#plain.passed > 0 ? this.#plain.seconds : this.#watched.seconds;
  }

  /** Why the last run that failed did so. */
  get why(): string {
    return this.#plain.why || this.#watched.why;
  }
}
