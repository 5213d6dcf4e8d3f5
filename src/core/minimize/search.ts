import { Beliefs } from './beliefs.ts';
import { cheaperThan } from './enumerate.ts';
import { Ledger } from './ledger.ts';
import {
  type Assignment,
  type Candidate,
  costOf,
  type Experiment,
  type Observation,
  type Phase,
  type Problem,
  type Request,
  withLevel,
} from './problem.ts';
import { Shrink } from './shrink.ts';

export interface SearchOptions {
  /** How many experiments may be asked for. Repetitions and retries of one experiment are the runner's affair. */
  readonly budget: number;
  /** How often the result must pass in all, at least 1. */
  readonly confirm: number;
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

export type Guarantee = 'smallest' | '1-minimal' | 'unproven';

/** What the search can say; what each guarantee means and assumes is defined in notes/search.md. */
export interface Solution {
  /** Undefined when nothing that passes was found. */
  readonly best: Assignment | undefined;
  readonly guarantee: Guarantee;
  /** One sentence: why it is this guarantee and not more. */
  readonly why: string;
  /** Every cheaper change lies within one that was seen to fail. */
  readonly smallestIfMonotone: boolean;
  readonly runs: number;
  readonly stopped: 'budget' | 'interrupted' | undefined;
  readonly ledger: Ledger;
}

/** Answer to a request: what was observed, or that no more will be run. */
export type Reply = Observation | 'stop';

export type Asking<T> = Generator<Request, T, Reply>;

class Stopped {
  readonly why: 'budget' | 'interrupted';
  constructor(why: 'budget' | 'interrupted') {
    this.why = why;
  }
}

/** More enumerated changes than this are not looked through: the guarantee then stays what it is. */
const ENUMERATION_LIMIT = 20_000;
const DOMINATED_LIMIT = 2_000;

/** The state that the parts of a search share, and the one way to ask. */
export class SearchState {
  readonly ledger: Ledger;
  readonly beliefs = new Beliefs();
  readonly options: SearchOptions;
  best: Assignment | undefined;
  runs = 0;

  constructor(problem: Problem, options: SearchOptions) {
    this.ledger = new Ledger(problem);
    this.options = options;
    for (const candidate of problem.candidates) this.beliefs.add(candidate);
    for (const { assignment, observation } of problem.known) this.#learn(assignment, observation);
  }

  candidate(name: string): Candidate {
    return this.ledger.candidates.get(name)!;
  }

  /** Asks unless this very assignment was answered before. */
  *ask(
    assignment: Assignment,
    phase: Phase,
    likely: readonly Assignment[],
    remaining: number,
  ): Asking<Observation> {
    return (
      this.ledger.about(assignment) ??
      (yield* this.run(this.ledger.experiment(assignment, phase), likely, remaining))
    );
  }

  *run(need: Experiment, likely: readonly Assignment[], remaining: number): Asking<Observation> {
    if (this.runs >= this.options.budget) throw new Stopped('budget');
    const reply = yield {
      need,
      likely: likely
        .filter((assignment) => !this.ledger.about(assignment))
        .map((assignment) => this.ledger.experiment(assignment, need.phase)),
      best: this.best,
      done: this.runs,
      remaining,
    };
    if (reply === 'stop') throw new Stopped('interrupted');
    this.runs++;
    this.ledger.record(need.assignment, reply, need.phase);
    for (const found of reply.discovered ?? []) this.beliefs.add(found);
    this.#learn(need.assignment, reply);
    return reply;
  }

  adopt(assignment: Assignment): void {
    this.best = assignment;
  }

  #learn(assignment: Assignment, observation: Observation): void {
    const levelOf = (name: string) => assignment.get(name) ?? 0;
    if (observation.outcome === 'fail') this.beliefs.learnFailure(observation, levelOf);
    if (observation.outcome === 'pass') this.beliefs.learnSuccess(observation, levelOf);
  }
}

/**
 * Searches for the cheapest assignment that passes: yields experiments, receives what they gave. The order of the
 * requests depends only on the problem and the answers, so an answer does not depend on timing.
 */
export function* search(problem: Problem, options: SearchOptions): Asking<Solution> {
  const state = new SearchState(problem, options);
  let guarantee: Guarantee = 'unproven';
  let why = 'no change of the profile that was tried makes the command pass';
  let stopped: Solution['stopped'];
  try {
    if (yield* probe(state)) {
      yield* new Shrink(state).run();
      why = 'not every single removal gave an answer';
      if (yield* prove(state)) {
        why = `the result did not pass ${options.confirm} times in a row`;
        if (yield* confirm(state)) {
          guarantee = '1-minimal';
          why = options.inferProof
            ? 'every single element taken back makes it fail, by its own run or by one with the same calls'
            : 'every single element taken back makes it fail; cheaper combinations were not all tried';
          if (options.aim === 'smallest') {
            const before = state.best;
            const complete = yield* excludeCheaper(state);
            // A cheaper one that turned up must stand the same proof; all that is below it has been seen to fail.
            const proven = state.best === before || (yield* confirm(state));
            if (!proven) {
              guarantee = 'unproven';
              why = 'a cheaper change passed only sometimes';
            } else if (complete) {
              guarantee = 'smallest';
              why = 'every cheaper change was seen to fail';
            } else if (state.best !== before && !(yield* prove(state))) guarantee = 'unproven';
          }
        }
      }
    }
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
    stopped = error.why;
    const where = error.why === 'budget' ? 'the budget was used up' : 'it was interrupted';
    if (guarantee === 'unproven') {
      why = state.best
        ? `${where} before the proof was complete`
        : `${where} before a change that passes was found`;
    }
    // A better one found while looking for the smallest has not been proven itself.
    if (guarantee === '1-minimal' && !isProven(state)) {
      guarantee = 'unproven';
      why = `${where} before the proof was complete`;
    }
  }
  return {
    best: state.best,
    guarantee,
    why,
    smallestIfMonotone: guarantee === 'smallest' || (guarantee === '1-minimal' && allDominated(state)),
    runs: state.runs,
    stopped,
    ledger: state.ledger,
  };
}

/**
 * Finds an assignment that passes: the predicted one; then, led by the traces, one suspect after the other; then ENOSYS
 * everywhere; then everything that can be allowed.
 */
function* probe(state: SearchState): Asking<boolean> {
  const { ledger, beliefs } = state;
  const raised = (levelOf: (candidate: Candidate) => number): Assignment =>
    new Map(
      [...ledger.candidates.values()]
        .map((candidate): [string, number] => [candidate.name, levelOf(candidate)])
        .filter(([, level]) => level > 0),
    );
  const predicted = raised((candidate) => beliefs.likely(candidate, 0.65));
  if (yield* passes(state, predicted)) return true;
  if (yield* followSuspects(state, predicted)) return true;
  const allEnosys = () =>
    raised((candidate) => {
      const least = candidate.ladder[0]?.kind === 'enosys' ? 1 : 0;
      return Math.max(least, beliefs.likely(candidate, 0.65));
    });
  const top = () => raised((candidate) => candidate.ladder.length);
  for (const attempt of [allEnosys, top]) {
    // New refusals may show up behind the first ones: then the same step again, with them.
    for (let known = -1; known !== ledger.candidates.size; ) {
      known = ledger.candidates.size;
      if (yield* passes(state, attempt())) return true;
    }
  }
  return false;
}

function* passes(state: SearchState, assignment: Assignment): Asking<boolean> {
  const { outcome } = yield* state.ask(assignment, 'probe', [], 2 * state.ledger.candidates.size);
  if (outcome === 'pass') state.adopt(assignment);
  return outcome === 'pass';
}

/** Steps without a new suspect after which the traces are taken to lead nowhere (parallel builds, late clean-up). */
const PATIENCE = 3;

/** A build stops soon after the refusal that it can't bear: raise the most suspicious one and look again. */
function* followSuspects(state: SearchState, start: Assignment): Asking<boolean> {
  const { ledger, beliefs } = state;
  const suspected = new Set<string>();
  let assignment = start;
  for (let stale = 0; stale < PATIENCE; ) {
    const refused = ledger.about(assignment)?.refused ?? [];
    const suspects = refused
      .map((name, at) => ({ name, at, level: assignment.get(name) ?? 0 }))
      .filter(({ name, level }) => level < (ledger.candidates.get(name)?.ladder.length ?? 0))
      .map((suspect) => {
        const candidate = state.candidate(suspect.name);
        return {
          ...suspect,
          innocence: beliefs.chance(candidate, suspect.level, 0, candidate.ladder.length),
        };
      })
      .sort((a, b) => a.innocence - b.innocence || b.at - a.at);
    const [suspect] = suspects;
    if (!suspect) return false;
    stale = suspected.has(suspect.name) ? stale + 1 : 0;
    suspected.add(suspect.name);
    const candidate = state.candidate(suspect.name);
    const level = Math.max(suspect.level + 1, beliefs.likely(candidate, 0.35));
    assignment = withLevel(assignment, suspect.name, level);
    if (yield* passes(state, assignment)) return true;
  }
  return false;
}

/**
 * Each element of the best taken back, one at a time, to every lower level; the most promising first, so that little
 * has to be shown twice. What passes becomes the best. True when all of them were seen to fail.
 */
function* prove(state: SearchState): Asking<boolean> {
  const { ledger } = state;
  let resolved = true;
  for (;;) {
    const open = removalsOf(state.best!)
      .filter(({ assignment }) => !ledger.about(assignment) && !isInferred(state, assignment))
      .map((removal) => ({ ...removal, hope: hopeOf(state, removal) }))
      .sort((a, b) => b.hope - a.hope);
    const [next, ...likely] = open;
    if (!next) break;
    const observation = yield* state.ask(
      next.assignment,
      'prove',
      likely.map(({ assignment }) => assignment),
      open.length,
    );
    if (observation.outcome === 'pass') state.adopt(next.assignment);
  }
  for (const check of removals(state.best!)) {
    const outcome = ledger.about(check)?.outcome;
    if (outcome === 'unresolved') resolved = false;
    if (outcome === 'pass') {
      // Seen to pass before, on another way: it is cheaper, so go on from there.
      state.adopt(check);
      return yield* prove(state);
    }
  }
  return resolved;
}

function isInferred({ ledger, options }: SearchState, assignment: Assignment): boolean {
  return options.inferProof === true && options.deterministic && ledger.excluded(assignment, true);
}

function hopeOf(state: SearchState, { name, level, assignment }: Removal): number {
  const { ledger, beliefs } = state;
  if (ledger.excluded(assignment, state.options.deterministic)) return 0;
  const chance = beliefs.chance(state.candidate(name), level, level, state.best!.get(name)!);
  return ledger.dominated(assignment) ? chance / 100 : chance;
}

interface Removal {
  readonly name: string;
  readonly level: number;
  readonly assignment: Assignment;
}

function removalsOf(best: Assignment): readonly Removal[] {
  return [...best.keys()].sort().flatMap((name) =>
    Array.from({ length: best.get(name)! }, (_, i) => {
      const level = best.get(name)! - 1 - i;
      return { name, level, assignment: withLevel(best, name, level) };
    }),
  );
}

/** Every assignment that takes one element back, the nearest lower level first. */
export function removals(best: Assignment): readonly Assignment[] {
  return removalsOf(best).map(({ assignment }) => assignment);
}

/** The result itself, until it has passed as often as asked. */
function* confirm(state: SearchState): Asking<boolean> {
  const best = state.best!;
  const again = state.options.confirm - 1;
  for (let i = 1; i <= again; i++) {
    const { outcome } = yield* state.run(state.ledger.experiment(best, 'confirm', i), [], again - i);
    if (outcome !== 'pass') return false;
  }
  return true;
}

/** True when every cheaper assignment has been shown to fail, by its own run or by one with the same calls. */
function* excludeCheaper(state: SearchState): Asking<boolean> {
  const { ledger, options } = state;
  const spent = () => ledger.entries.reduce((sum, { observation }) => sum + observation.seconds, 0);
  const begun = spent();
  const each = begun / Math.max(1, ledger.entries.length);
  const left = () => (options.patience ?? Number.POSITIVE_INFINITY) - (spent() - begun);
  const affordable = () => Math.min(options.budget - state.runs, Math.floor(left() / each));
  // With traces one failed run excludes many changes at once, so more may be open than can be run.
  const traced = options.deterministic && ledger.entries.some(({ observation }) => observation.called);
  const open = (): Assignment[] | undefined => {
    const found: Assignment[] = [];
    let looked = 0;
    for (const assignment of cheaperThan(
      [...ledger.candidates.values()],
      costOf(state.best!, ledger.candidates),
    )) {
      if (++looked > ENUMERATION_LIMIT) return undefined;
      if (ledger.excluded(assignment, options.deterministic)) continue;
      found.push(assignment);
      if (found.length > affordable() * (traced ? 20 : 1)) return undefined;
    }
    return found;
  };
  let complete = true;
  for (let queue = open(); ; ) {
    if (!queue) return false;
    const known = ledger.candidates.size;
    for (const [i, assignment] of queue.entries()) {
      if (ledger.excluded(assignment, options.deterministic)) continue;
      if (affordable() <= 0) return false;
      const likely = queue.slice(i + 1, i + 9);
      const { outcome } = yield* state.ask(assignment, 'smallest', likely, queue.length - i);
      if (outcome === 'pass') {
        // Cheapest first: what is cheaper than this one has all been looked at.
        state.adopt(assignment);
        if (ledger.candidates.size === known) return complete;
        break;
      }
      if (outcome === 'unresolved') complete = false;
    }
    if (!complete) return false;
    queue = open();
    if (queue?.length === 0) return true;
  }
}

function isProven(state: SearchState): boolean {
  return removals(state.best!).every(
    (check) => state.ledger.about(check)?.outcome === 'fail' || isInferred(state, check),
  );
}

function allDominated(state: SearchState): boolean {
  const { ledger } = state;
  let looked = 0;
  for (const assignment of cheaperThan(
    [...ledger.candidates.values()],
    costOf(state.best!, ledger.candidates),
  )) {
    if (++looked > DOMINATED_LIMIT) return false;
    if (!ledger.dominated(assignment)) return false;
  }
  return true;
}
