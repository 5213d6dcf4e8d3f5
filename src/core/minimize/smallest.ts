import { cheaperThan } from './enumerate.ts';
import { type Assignment, costOf } from './problem.ts';
import type { Ledger } from './resultCache.ts';
import type { Asking, SearchState } from './state.ts';

/** More enumerated changes than this are not looked through: the guarantee then stays what it is. */
const ENUMERATION_LIMIT = 20_000;
const DOMINATED_LIMIT = 2_000;

/** With traces, one run may exclude so many changes at the most. */
const MOST_PER_RUN = 20;

/** Runs show more calls than were known, so that each excludes less than was predicted. */
const MARGIN = 1.5;

/** After so many runs, what is left is predicted anew. */
const LOOK_AGAIN = 20;

/** True when every cheaper assignment has been shown to fail, by its own run or by one with the same calls. */
export function* excludeCheaper(state: SearchState): Asking<boolean> {
  const { ledger, options } = state;
  const spent = () => ledger.entries.reduce((sum, { observation }) => sum + observation.seconds, 0);
  const begun = spent();
  const each = begun / Math.max(1, ledger.entries.length);
  const left = () => (options.patience ?? Number.POSITIVE_INFINITY) - (spent() - begun);
  // The passes that the result still needs come first.
  const kept = Math.max(options.confirm, options.confident?.passes ?? 0);
  const affordable = () => Math.min(options.budget - kept - state.runs, Math.floor(left() / each));
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
      if (found.length > affordable() * (traced ? MOST_PER_RUN : 1)) return undefined;
    }
    const most = affordable() / MARGIN;
    return !traced || predictedRuns(ledger, found, most) <= most ? found : undefined;
  };
  let complete = true;
  let ran = 0;
  for (let queue = open(); ; ) {
    if (!queue) return false;
    const known = ledger.candidates.size;
    for (const [i, assignment] of queue.entries()) {
      if (ledger.excluded(assignment, options.deterministic)) continue;
      if (affordable() <= 0) return false;
      // What a run was thought to exclude it may not: better now than with the last one.
      if (traced && ++ran % LOOK_AGAIN === 0) {
        const open = queue.slice(i).filter((other) => !ledger.excluded(other, true));
        if (predictedRuns(ledger, open, affordable()) > affordable()) return false;
      }
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

/**
 * How many failed runs it takes to exclude all of these, if each calls what the failed run most like it called; not counted
 * beyond `most`. With traces one run excludes every change that gives the same answers to what it called.
 */
export function predictedRuns(ledger: Ledger, open: readonly Assignment[], most: number): number {
  const names = [...ledger.candidates.keys()];
  const levelsOf = (assignment: Assignment) => names.map((name) => assignment.get(name) ?? 0);
  const every = names.map((_, at) => at);
  const failed = ledger.entries.flatMap(({ assignment, observation: { outcome, called } }) =>
    outcome === 'fail' && called
      ? [{ levels: levelsOf(assignment), called: every.filter((at) => called.has(names[at]!)) }]
      : [],
  );
  const runs = new Set<string>();
  for (const assignment of open) {
    const levels = levelsOf(assignment);
    let least = Number.POSITIVE_INFINITY;
    let alike = every;
    for (const run of failed) {
      let other = 0;
      for (const at of run.called) if (run.levels[at] !== levels[at] && ++other >= least) break;
      if (other < least) [least, alike] = [other, run.called];
    }
    runs.add(alike.map((at) => `${at}=${levels[at]}`).join(' '));
    if (runs.size > most) break;
  }
  return runs.size;
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
