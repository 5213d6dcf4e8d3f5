import { find } from './find.ts';
import type { Assignment, Problem } from './problem.ts';
import { confirm, doubt, isProven, prove } from './prove.ts';
import type { Ledger } from './resultCache.ts';
import { allDominated, excludeCheaper } from './smallest.ts';
import { type Asking, type SearchOptions, SearchState, Stopped } from './state.ts';

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
  /** `error`: of this program; what it was is in `why`. */
  readonly stopped: 'budget' | 'interrupted' | 'error' | undefined;
  readonly ledger: Ledger;
}

/** With the budget’s last run spent on everything that can be allowed, if nothing has passed until then. */
function* findWithin(state: SearchState): Asking<boolean> {
  try {
    return yield* find(state);
  } catch (error) {
    if (error instanceof Stopped && error.why === 'budget' && !state.best) yield* state.lastResort();
    throw error;
  }
}

/** What was found is worth more than the error that ended the search: hours of runs may be in it. */
function whereOf(error: unknown): string {
  if (!(error instanceof Stopped)) {
    return `an internal error (${error instanceof Error ? error.message : String(error)}) ended the search`;
  }
  return error.why === 'budget' ? 'the budget was used up' : 'it was interrupted';
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
    if (yield* findWithin(state)) {
      why = 'not every single removal gave an answer';
      if (yield* prove(state)) {
        why = `the result did not pass ${options.confirm} times in a row`;
        if ((yield* confirm(state)) && (yield* doubt(state))) {
          guarantee = '1-minimal';
          why = options.inferProof
            ? 'every single element taken back makes it fail, by its own run or by one with the same calls'
            : 'every single element taken back makes it fail; cheaper combinations were not all tried';
          const coarse = [...state.ledger.candidates.values()].filter((candidate) => candidate.coarse);
          if (coarse.length > 0) {
            const names = coarse.map(({ name }) => name).join(', ');
            why = `${why}; not every value of ${names} could be tried`;
          } else if (options.aim === 'smallest') {
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
    stopped = error instanceof Stopped ? error.why : 'error';
    const where = whereOf(error);
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
