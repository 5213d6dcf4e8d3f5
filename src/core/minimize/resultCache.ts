import {
  type Assignment,
  type Candidate,
  type Experiment,
  isWithin,
  type Known,
  keyOf,
  type Observation,
  type Phase,
  type Problem,
} from './problem.ts';

/** One line of what was shown. */
export interface Shown extends Known {
  readonly phase: Phase | 'given';
}

/** Everything shown so far, and what follows from it. It never forgets and never guesses. */
export class Ledger {
  readonly candidates = new Map<string, Candidate>();
  readonly entries: Shown[] = [];
  readonly #byKey = new Map<string, Observation>();
  readonly #shown = new Map<string, number>();
  /** Failed although they had passed: a pass more does not make them good. */
  readonly #refuted = new Set<string>();
  #failed: Shown[] = [];

  constructor(problem: Problem) {
    for (const candidate of problem.candidates) this.candidates.set(candidate.name, candidate);
    for (const known of problem.known) this.record(known.assignment, known.observation, 'given');
  }

  record(assignment: Assignment, observation: Observation, phase: Shown['phase']): void {
    const shown = { assignment, observation, phase };
    this.entries.push(shown);
    const key = keyOf(assignment);
    this.#shown.set(key, this.#times(key) + 1);
    for (const found of observation.discovered ?? []) {
      if (!this.candidates.has(found.name)) this.candidates.set(found.name, found);
    }
    if (phase === 'confirm') {
      if (observation.outcome !== 'fail') return;
      this.#refuted.add(key);
    }
    if (this.#refuted.has(key) && observation.outcome !== 'fail') return;
    this.#byKey.set(key, observation);
    if (observation.outcome === 'fail') this.#failed.push(shown);
    // Run once more it passed: that it failed before says nothing about others.
    else this.#failed = this.#failed.filter((before) => keyOf(before.assignment) !== key);
  }

  /** What this very assignment gave, or undefined. */
  about(assignment: Assignment): Observation | undefined {
    return this.#byKey.get(keyOf(assignment));
  }

  /** It failed when it was to be confirmed. */
  refuted(assignment: Assignment): boolean {
    return this.#refuted.has(keyOf(assignment));
  }

  /** All executions of an assignment that gave an answer, and how many of them passed. */
  executions(assignment: Assignment): { readonly passed: number; readonly cast: number } {
    const key = keyOf(assignment);
    let [passed, cast] = [0, 0];
    for (const { assignment: other, observation } of this.entries) {
      if (keyOf(other) !== key || observation.outcome === 'unresolved') continue;
      const { votes = { passed: Number(observation.outcome === 'pass'), cast: 1 } } = observation;
      passed += votes.passed;
      cast += votes.cast;
    }
    return { passed, cast };
  }

  /** Has an answer, or was run in vain twice. */
  settled(assignment: Assignment): boolean {
    const found = this.about(assignment);
    return found !== undefined && (found.outcome !== 'unresolved' || this.#times(keyOf(assignment)) > 1);
  }

  /** The next execution of an assignment: whoever asks for another one gets another one. */
  experiment(assignment: Assignment, phase: Phase): Experiment {
    const key = keyOf(assignment);
    return { assignment, key, phase, repetition: this.#times(key) };
  }

  #times(key: string): number {
    return this.#shown.get(key) ?? 0;
  }

  /**
   * Shown to fail: by its own run, or (only when `sameCalls`) by a run that gave the same answers to every candidate
   * that was called in it. A deterministic command cannot tell these two apart.
   */
  excluded(assignment: Assignment, sameCalls: boolean): boolean {
    const own = this.about(assignment);
    if (own) return own.outcome === 'fail';
    return sameCalls && this.alike(assignment) !== undefined;
  }

  /** The failed run that gave the same answers to everything called in it. */
  alike(assignment: Assignment): Shown | undefined {
    return this.#failed.find(({ assignment: other, observation: { called } }) => {
      if (!called) return false;
      for (const name of called) {
        if ((other.get(name) ?? 0) !== (assignment.get(name) ?? 0)) return false;
      }
      return true;
    });
  }

  /** Below a run that failed; excluded only under the assumption that granting more never breaks the command. */
  dominated(assignment: Assignment): boolean {
    return this.#failed.some((shown) => isWithin(assignment, shown.assignment));
  }
}
