import { Beliefs } from './priors.ts';
import {
  type Assignment,
  type Candidate,
  type Experiment,
  keyOf,
  NOTHING,
  type Observation,
  type Phase,
  type Problem,
  type Request,
} from './problem.ts';
import { Ledger } from './resultCache.ts';

export interface SearchOptions {
  /** How many experiments may be asked for. Repetitions and retries of one experiment are the runner's affair. */
  readonly budget: number;
  /** How often the result must pass in all, at least 1. */
  readonly confirm: number;
  /** How often the command has passed without a filter, and never failed. */
  readonly baselines?: number;
  /** It is to pass so often, if that takes no more than so many seconds. */
  readonly confident?: { readonly passes: number; readonly seconds: number };
  /** `smallest`: spend what is left of the budget on excluding every cheaper change, if that can fit. */
  readonly aim: 'smallest' | '1-minimal';
  /** How long looking for the smallest may take in all, in seconds, by what the runs so far took; default: for ever. */
  readonly patience?: number;
  /**
   * Single removals that a traced run has shown already, because it gave the same answers to all that was called in it,
   * are not run again. Fewer runs; the proof then rests on the command being deterministic.
   */
  readonly inferProof?: boolean;
  /** The command gives the same outcome whenever it gets the same answers; false for a flaky one. */
  readonly deterministic: boolean;
}

/** Answer to a request: what was observed, or why no more will be run: the user said so, or the time is used up. */
export type Reply = Observation | 'stop' | 'late';

export type Asking<T> = Generator<Request, T, Reply>;

/** More rounds than any search of consistent outcomes takes. */
const MOST_TURNS = 100;

/** So many executions are offered to be run ahead. */
const MOST_AHEAD = 16;

/** Thrown through the parts of a search when no more may be asked. */
export class Stopped {
  readonly why: 'budget' | 'interrupted' | 'flaky';
  constructor(why: Stopped['why']) {
    this.why = why;
  }
}

/** The state that the parts of a search share, and the one way to ask. */
export class SearchState {
  readonly ledger: Ledger;
  readonly beliefs = new Beliefs();
  readonly options: SearchOptions;
  best: Assignment | undefined;
  /** Not run yet, but nothing speaks against it: what is lowered while nothing is known to pass. */
  presumed: Assignment = NOTHING;
  runs = 0;
  /** Runs without a filter, all passed. */
  baselines: number;
  /** What was the best, one after the other. */
  readonly #adopted: Assignment[] = [];
  readonly #doubted = new Set<string>();
  #turns = 0;

  constructor(problem: Problem, options: SearchOptions) {
    this.ledger = new Ledger(problem);
    this.options = options;
    this.baselines = options.baselines ?? 0;
    for (const candidate of this.ledger.candidates.values()) this.beliefs.add(candidate);
    for (const { assignment, observation } of problem.known) this.#learn(assignment, observation);
  }

  get base(): Assignment {
    return this.best ?? this.presumed;
  }

  candidate(name: string): Candidate {
    return this.ledger.candidates.get(name)!;
  }

  /** Every candidate at a level. */
  raised(levelOf: (candidate: Candidate) => number): Assignment {
    return new Map(
      [...this.ledger.candidates.values()]
        .map((candidate): [string, number] => [candidate.name, levelOf(candidate)])
        .filter(([, level]) => level > 0),
    );
  }

  /** Asks unless this very assignment was answered before. One that gave no answer is run once more for the proof. */
  *ask(
    assignment: Assignment,
    phase: Phase,
    likely: readonly Assignment[],
    remaining: number,
  ): Asking<Observation> {
    const before = this.ledger.about(assignment);
    const forProof = phase !== 'probe' && phase !== 'shrink';
    if (before && !(forProof && !this.ledger.settled(assignment))) return before;
    return yield* this.run(this.ledger.experiment(assignment, phase), likely, remaining);
  }

  *run(need: Experiment, likely: readonly Assignment[], remaining: number): Asking<Observation> {
    // While nothing passes, one run is kept for `lastResort`.
    if (this.runs >= this.options.budget - (this.best ? 0 : 1)) throw new Stopped('budget');
    return yield* this.#request(need, likely, remaining);
  }

  /** The budget is used up and nothing has passed: whether all that can be allowed is enough. */
  *lastResort(): Asking<void> {
    const all = this.raised(({ ladder }) => ladder.length);
    if (this.runs >= this.options.budget || this.ledger.about(all)) return;
    const { outcome } = yield* this.#request(this.ledger.experiment(all, 'probe'), [], 0);
    if (outcome === 'pass') this.adopt(all);
  }

  /** Another execution of what has passed, beside which the next ones may be run already. */
  *again(assignment: Assignment, remaining: number): Asking<Observation> {
    const need = this.ledger.experiment(assignment, 'confirm');
    const next = Array.from({ length: Math.min(remaining, MOST_AHEAD) }, (_, i) => ({
      ...need,
      repetition: need.repetition + 1 + i,
    }));
    if (this.runs >= this.options.budget) throw new Stopped('budget');
    return yield* this.#request(need, [], remaining, next);
  }

  /** Runs without a filter until there were so many; throws when one fails: then the command is flaky. */
  *baseline(times: number): Asking<void> {
    while (this.baselines < times) {
      const remaining = times - this.baselines - 1;
      const of = (repetition: number): Experiment => ({
        assignment: NOTHING,
        key: 'without a filter',
        phase: 'baseline',
        repetition,
      });
      const ahead = Array.from({ length: Math.min(remaining, MOST_AHEAD) }, (_, i) =>
        of(this.baselines + 1 + i),
      );
      const { outcome } = yield* this.#reply(of(this.baselines), ahead, remaining);
      this.baselines++;
      if (outcome === 'fail') throw new Stopped('flaky');
    }
  }

  *#reply(need: Experiment, likely: readonly Experiment[], remaining: number): Asking<Observation> {
    const reply = yield { need, likely, best: this.best, done: this.runs, remaining };
    if (reply === 'stop') throw new Stopped('interrupted');
    if (reply === 'late') throw new Stopped('budget');
    return reply;
  }

  *#request(
    need: Experiment,
    likely: readonly Assignment[],
    remaining: number,
    ahead: readonly Experiment[] = [],
  ): Asking<Observation> {
    const others = likely
      .filter((assignment) => !this.ledger.about(assignment))
      .map((assignment) => this.ledger.experiment(assignment, need.phase));
    const reply = yield* this.#reply(need, [...ahead, ...others], remaining);
    this.runs++;
    this.ledger.record(need.assignment, reply, need.phase);
    for (const found of reply.discovered ?? []) this.beliefs.add(found);
    this.#learn(need.assignment, reply);
    return reply;
  }

  /** Called before each round of proving and confirming: outcomes that contradict each other must not go round for ever. */
  turn(): void {
    if (++this.#turns > MOST_TURNS) throw new Stopped('budget');
  }

  /** Takes what passed as the best so far. */
  adopt(assignment: Assignment): void {
    this.best = assignment;
    this.#adopted.push(assignment);
    for (const name of this.ledger.candidates.keys()) {
      if (!assignment.has(name)) this.beliefs.settle(name, false);
    }
  }

  /** Asked whether it was run once more for doubt already, or failed once more; the second time it says yes. */
  doubted(assignment: Assignment): boolean {
    const key = keyOf(assignment);
    const before = this.#doubted.has(key) || this.ledger.refuted(assignment);
    this.#doubted.add(key);
    return before;
  }

  /** Back to what was the best before and has not failed since; false where there is none. */
  fallBack(): boolean {
    this.best = this.#adopted.findLast((before) => this.ledger.about(before)?.outcome === 'pass');
    return this.best !== undefined;
  }

  #learn(assignment: Assignment, observation: Observation): void {
    const levelOf = (name: string) => assignment.get(name) ?? 0;
    if (observation.outcome === 'fail') this.beliefs.learnFailure(observation, levelOf);
    if (observation.outcome === 'pass') this.beliefs.learnSuccess(observation, levelOf);
  }
}
