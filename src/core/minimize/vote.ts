import type { Observation } from './problem.ts';

/**
 * Several executions of one experiment. A flaky command passes often when it can pass and never when it can't, so:
 * `pass` when at least half passed; `fail` when none passed; in between another round is run, and if it still is in
 * between, the experiment says nothing. Executions without an answer are not counted.
 */
export class Vote {
  readonly #round: number;
  readonly #passes: number;
  readonly #votes: Observation[] = [];
  #silent = 0;

  /**
   * `round`: executions in one round; 1 means that the first answer decides. `passes`: how many in a row make a pass when
   * the command is not flaky; one failure among them is a failure.
   */
  constructor(round: number, passes = 1) {
    this.#round = round;
    this.#passes = passes;
  }

  add(observation: Observation): void {
    if (observation.outcome === 'unresolved') this.#silent++;
    else this.#votes.push(observation);
  }

  get cast(): number {
    return this.#votes.length;
  }

  /** Undefined while more executions are needed. */
  verdict(): Observation['outcome'] | undefined {
    const passed = this.#votes.filter(({ outcome }) => outcome === 'pass').length;
    const cast = this.#votes.length;
    if (this.#passes > 1) {
      if (passed < cast) return 'fail';
      return cast >= this.#passes ? 'pass' : undefined;
    }
    if (passed >= this.#round / 2) return 'pass';
    if (cast < this.#round) return undefined;
    if (passed === 0) return 'fail';
    if (cast < 2 * this.#round) return undefined;
    return passed >= cast / 2 ? 'pass' : 'unresolved';
  }

  /** All executions as one observation. */
  observation(): Observation {
    const outcome = this.verdict() ?? 'unresolved';
    const alike = this.#votes.filter((vote) => vote.outcome === outcome);
    const [first] = alike.length > 0 ? alike : this.#votes;
    const passed = this.#votes.filter((vote) => vote.outcome === 'pass').length;
    const words =
      this.#votes.length > 1 ? `passed ${passed} of ${this.#votes.length} times` : (first?.why ?? undefined);
    const seconds = this.#votes.reduce((sum, vote) => sum + vote.seconds, 0);
    return {
      ...(first ?? {}),
      outcome,
      seconds,
      ...(this.#votes.length > 1 ? { votes: { passed, cast: this.#votes.length } } : {}),
      ...(words === undefined ? {} : { why: words }),
      ...(this.#silent > 0 && this.#votes.length === 0 ? { why: 'no execution gave an answer' } : {}),
    };
  }
}
