import type { Candidate, Known, Observation } from './problem.ts';

/** One candidate lowered from a level that does (`from`) to one that may; levels below `floor` are known not to do. */
export interface Move {
  readonly name: string;
  readonly level: number;
  readonly floor: number;
  readonly from: number;
}

/**
 * How much more, or less, is needed than the priors say: factors for the odds of every need. Which one holds is learned
 * from what turned out to be needed; so groups grow where next to nothing is, and shrink to single ones where all is.
 */
const DENSITIES: readonly number[] = Array.from({ length: 11 }, (_, i) => 2 ** (i - 6));

/** How much less likely a refusal is to have ended a run for each one that came after it. */
const LATE = 0.2;

/** Of the likeliest level's weight: no run makes a level less likely than that. */
const LEAST = 1e-12;

/**
 * Guesses about which level of each candidate is the lowest that does. They order the experiments and so decide how many
 * there are; they never decide an answer. Weights need not sum to 1.
 */
export class Beliefs {
  readonly #weights = new Map<string, number[]>();
  readonly #priors = new Map<string, readonly number[]>();
  readonly #acquitted = new Set<string>();
  readonly #settled = new Map<string, boolean>();
  #density: readonly number[] | undefined;

  add(candidate: Candidate): void {
    if (this.#weights.has(candidate.name)) return;
    this.#weights.set(candidate.name, [...candidate.prior]);
    this.#priors.set(candidate.name, candidate.prior);
    this.#density = undefined;
  }

  /** Lowest level above `above` that does with a chance of at least `share`. */
  likely(name: string, share: number, above = -1): number {
    return lowest(this.#weights.get(name)!, share, above);
  }

  /** The same by what was known beforehand alone. */
  expected(name: string, share: number): number {
    return lowest(this.#priors.get(name)!, share, -1);
  }

  /** Chance that lowering all of them at once leaves an assignment that passes, if each of them can matter alone. */
  passing(moves: readonly Move[]): number {
    return this.#mean((density) => all(moves.map((move) => this.#fits(move, density))));
  }

  /** The same for `part` alone, after `part` and `rest` together were seen to fail. */
  passingAfterFailure(part: readonly Move[], rest: readonly Move[]): number {
    const both = this.passing([...part, ...rest]);
    return (this.passing(part) - both) / Math.max(1e-9, 1 - both);
  }

  /** What was found out about a candidate for certain, or nearly so. */
  settle(name: string, needed: boolean): void {
    if (this.#settled.get(name) === needed) return;
    this.#settled.set(name, needed);
    this.#density = undefined;
  }

  /** After this candidate alone was raised from `level`, a run came farther: that was too low. */
  convict(name: string, level: number): void {
    this.#favour(name, level, 0.02);
    this.#acquitted.delete(name);
    this.settle(name, true);
  }

  /** What else was refused in a run that failed because of `culprit` did no harm. */
  excuse(culprit: string, { assignment, observation: { refused = [] } }: Known): void {
    for (const other of refused) if (other !== culprit) this.#favour(other, assignment.get(other) ?? 0, 20);
  }

  /** Allowing it, instead of `level`, changed nothing. */
  acquit(name: string, level: number): void {
    this.#weights.get(name)!.fill(0.001, level + 1);
    this.#acquitted.add(name);
  }

  isAcquitted(name: string): boolean {
    return this.#acquitted.has(name);
  }

  /**
   * A failed run with a trace: one of the refusals ended it. The one that came last, or one shortly before, if refusals
   * were met in cleaning up; the command went on after the earlier ones, so these did no harm.
   */
  learnFailure(observation: Observation, levelOf: (name: string) => number): void {
    const suspects = (observation.refused ?? [])
      .filter((name) => this.#weights.has(name) && !this.#acquitted.has(name))
      .map((name) => ({ name, level: levelOf(name), need: this.#need(name, levelOf(name)) }))
      .filter(({ need }) => need > 0);
    const guilt = suspects.map(({ need }, i) => (LATE ** (suspects.length - 1 - i) * need) / (1.001 - need));
    const sum = guilt.reduce((a, b) => a + b, 0);
    let sooner = 0;
    for (const [i, { name, level, need }] of suspects.entries()) {
      const share = guilt[i]! / sum;
      const now = share + sooner * need;
      sooner += share;
      // From the odds of a need to those after this run.
      this.#favour(name, level, ((1.001 - now) / (1.001 - need)) * (need / now));
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

  /** Levels up to `level` become so much more likely to do. */
  #favour(name: string, level: number, factor: number): void {
    const weights = this.#weights.get(name) ?? [];
    for (let at = 0; at <= level && at < weights.length - 1; at++) weights[at]! *= factor;
    // Factors of many runs would overflow.
    const most = Math.max(...weights);
    for (let at = 0; at < weights.length; at++) weights[at] = Math.max(LEAST, weights[at]! / most);
  }

  /** Chance that this level is too low. */
  #need(name: string, level: number): number {
    const weights = this.#weights.get(name)!;
    const high = weights.slice(level + 1).reduce((sum, weight) => sum + weight, 0);
    return high / (high + weights.slice(0, level + 1).reduce((sum, weight) => sum + weight, 0));
  }

  #fits({ name, level, floor, from }: Move, density: number): number {
    let [good, bad] = [0, 0];
    const weights = this.#weights.get(name)!;
    for (let at = floor; at <= from; at++) {
      const weight = weights[at]! * (at > 0 ? density : 1);
      if (at <= level) good += weight;
      else bad += weight;
    }
    return good + bad > 0 ? good / (good + bad) : 0.5;
  }

  #mean(of: (density: number) => number): number {
    this.#density ??= this.#posterior();
    return this.#density.reduce((sum, share, i) => sum + share * of(DENSITIES[i]!), 0);
  }

  #posterior(): readonly number[] {
    const logs = DENSITIES.map((density) => {
      // That something is needed at all is known from the start.
      let log = Math.log(
        1 - all([...this.#priors.values()].map((prior) => 1 / (1 + oddsOf(prior, density)))),
      );
      for (const [name, needed] of this.#settled) {
        const odds = oddsOf(this.#priors.get(name) ?? [], density);
        log -= Math.log1p(needed ? 1 / odds : odds);
      }
      return log;
    });
    const most = Math.max(...logs);
    const shares = logs.map((log) => Math.exp(log - most));
    const total = all(shares, (a, b) => a + b, 0);
    return shares.map((share) => share / total);
  }
}

/** Odds that anything above level 0 is needed. */
function oddsOf([leave = 1, ...raise]: readonly number[], density: number): number {
  return (density * raise.reduce((sum, weight) => sum + weight, 0)) / Math.max(leave, 1e-6);
}

function lowest(weights: readonly number[], share: number, above: number): number {
  const total = weights.slice(above + 1).reduce((sum, weight) => sum + weight, 0);
  let sum = 0;
  for (let level = above + 1; level < weights.length; level++) {
    sum += weights[level]!;
    if (sum >= share * total) return level;
  }
  return weights.length - 1;
}

function all(values: readonly number[], join = (a: number, b: number) => a * b, start = 1): number {
  return values.reduce(join, start);
}
