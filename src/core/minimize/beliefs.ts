import type { Candidate, Observation } from './problem.ts';

/**
 * Guesses about which level of each candidate will do. They order the experiments; they never decide an answer.
 * Weights need not sum to 1.
 */
export class Beliefs {
  readonly #weights = new Map<string, number[]>();
  /** Divides the odds of a need once groups keep passing: the prior was too gloomy, or the other way round. */
  #gloom = 1;

  add(candidate: Candidate): void {
    if (!this.#weights.has(candidate.name)) this.#weights.set(candidate.name, [...candidate.prior]);
  }

  /** Lowest level that does with a chance of at least `share`. */
  likely(candidate: Candidate, share: number): number {
    const weights = this.#of(candidate);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    let sum = 0;
    for (const [level, weight] of weights.entries()) {
      sum += weight;
      if (sum >= share * total) return level;
    }
    return weights.length - 1;
  }

  /** Chance that `level` does, given that `enough` does and everything below `floor` does not. */
  chance(candidate: Candidate, level: number, floor: number, enough: number): number {
    let good = 0;
    let bad = 0;
    for (const [at, weight] of this.#of(candidate).entries()) {
      if (at < floor || at > enough) continue;
      if (at <= level) good += weight;
      else bad += weight;
    }
    bad *= this.#gloom;
    return good + bad > 0 ? good / (good + bad) : 0.5;
  }

  groupPassed(size: number): void {
    if (size > 0) this.#gloom = Math.max(0.05, this.#gloom * 0.6);
  }

  groupFailed(): void {
    this.#gloom = Math.min(2, this.#gloom * 1.3);
  }

  /**
   * A failed run with a trace: the refusal that came last is the likely culprit, because after the earlier ones the
   * command went on.
   */
  learnFailure(observation: Observation, levelOf: (name: string) => number): void {
    const { refused } = observation;
    if (!refused) return;
    for (const [i, name] of refused.entries()) {
      const weights = this.#weights.get(name);
      if (!weights) continue;
      const trust = i === refused.length - 1 ? 0.15 : i === refused.length - 2 ? 0.8 : 1.3;
      const level = levelOf(name);
      for (let at = 0; at <= level && at < weights.length - 1; at++) weights[at]! *= trust;
    }
  }

  /** A passed run with a trace: what was not called is not needed; what was refused all the same is not either. */
  learnSuccess(observation: Observation, levelOf: (name: string) => number): void {
    for (const [name, weights] of this.#weights) {
      const idle = observation.called !== undefined && !observation.called.has(name);
      if (idle) weights.fill(0.0001, 1);
      else if (observation.refused?.includes(name) && levelOf(name) === 0) weights.fill(0.001, 1);
    }
  }

  #of(candidate: Candidate): readonly number[] {
    return this.#weights.get(candidate.name) ?? candidate.prior;
  }
}
