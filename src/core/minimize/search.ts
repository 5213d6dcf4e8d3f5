import { type Said, settle, stand } from './confirm.ts';
import { find } from './find.ts';
import type { Assignment, Problem } from './problem.ts';
import { isProven } from './prove.ts';
import type { Ledger } from './resultCache.ts';
import { allDominated, excludeCheaper } from './smallest.ts';
import { type Asking, type SearchOptions, SearchState, Stopped } from './state.ts';

export type Guarantee = Said['guarantee'];

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
  /** Runs without a filter in all, those before the search included. */
  readonly baselines: number;
  /** `error`: of this program; what it was is in `why`. `flaky`: the command failed without a filter. */
  readonly stopped: 'budget' | 'interrupted' | 'flaky' | 'error' | undefined;
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
  if (error.why === 'flaky') return 'the command failed without a filter';
  return error.why === 'budget' ? 'the budget was used up' : 'it was interrupted';
}

/**
 * Searches for the cheapest assignment that passes: yields experiments, receives what they gave. The order of the
 * requests depends only on the problem and the answers, so an answer does not depend on timing.
 */
export function* search(problem: Problem, options: SearchOptions): Asking<Solution> {
  const state = new SearchState(problem, options);
  const said: Said = {
    guarantee: 'unproven',
    why: 'no change of the profile that was tried makes the command pass',
  };
  let stopped: Solution['stopped'];
  try {
    let open = yield* findWithin(state);
    while (open && (yield* settle(state, said))) {
      open = (yield* smallest(state, said)) && (yield* stand(state, said)) === 'changed';
    }
  } catch (error) {
    stopped = error instanceof Stopped ? error.why : 'error';
    // A better one found while looking for the smallest has not been proven itself.
    if (said.guarantee === 'unproven' || (said.guarantee === '1-minimal' && !isProven(state))) {
      said.guarantee = 'unproven';
      const missing = state.best ? 'the proof was complete' : 'a change that passes was found';
      said.why = `${whereOf(error)} before ${missing}`;
    }
  }
  return {
    best: state.best,
    ...said,
    smallestIfMonotone:
      said.guarantee === 'smallest' || (said.guarantee === '1-minimal' && allDominated(state)),
    runs: state.runs,
    baselines: state.baselines,
    stopped,
    ledger: state.ledger,
  };
}

/** Excludes every change that is cheaper than the proven best, or finds one that is proven. False when none is. */
function* smallest(state: SearchState, said: Said): Asking<boolean> {
  if (state.options.aim !== 'smallest') return true;
  for (;;) {
    state.turn();
    const coarse = [...state.ledger.candidates.values()].filter((candidate) => candidate.coarse);
    if (coarse.length > 0) {
      said.why = `${said.why}; not every value of ${coarse.map(({ name }) => name).join(', ')} could be tried`;
      return true;
    }
    const before = state.best;
    const complete = yield* excludeCheaper(state);
    if (state.best === before) {
      if (complete)
        Object.assign(said, { guarantee: 'smallest', why: 'every cheaper change was seen to fail' });
      return true;
    }
    // All that is below a cheaper one has been seen to fail, if nothing cheaper is left.
    said.guarantee = 'unproven';
    if (!(yield* settle(state, said, complete))) return false;
  }
}
