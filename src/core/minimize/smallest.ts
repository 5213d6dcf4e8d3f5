import { cheaperThan } from './enumerate.ts';
import { type Assignment, costOf } from './problem.ts';
import type { Asking, SearchState } from './state.ts';

/** More enumerated changes than this are not looked through: the guarantee then stays what it is. */
const ENUMERATION_LIMIT = 20_000;
const DOMINATED_LIMIT = 2_000;

/** True when every cheaper assignment has been shown to fail, by its own run or by one with the same calls. */
export function* excludeCheaper(state: SearchState): Asking<boolean> {
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

/** Every cheaper assignment lies within one that was seen to fail. */
export function allDominated(state: SearchState): boolean {
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
