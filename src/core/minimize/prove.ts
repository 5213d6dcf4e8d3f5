import { type Assignment, withLevel } from './problem.ts';
import type { Asking, SearchState } from './state.ts';

/** To leave a candidate altogether is tried before lowering it, if it is so likely to pass compared to that. */
const LOWEST = 0.3;

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

/**
 * Each element of the best taken back, one at a time, to every lower level; the most promising first, so that little
 * has to be shown twice. What passes becomes the best. True when all of them were seen to fail.
 */
export function* prove(state: SearchState): Asking<boolean> {
  const { ledger } = state;
  let resolved = true;
  for (;;) {
    const open = removalsOf(state.best!)
      .filter(({ assignment }) => !ledger.settled(assignment) && !isInferred(state, assignment))
      .map((removal) => ({ ...removal, hope: hopeOf(state, removal) }))
      .sort((a, b) => b.hope - a.hope);
    const [first] = open;
    if (!first) break;
    // To leave it altogether is as good a question as to lower it, if it is nearly as likely to pass: its failure stays a
    // proof however far that candidate is lowered.
    const next = open.findLast(({ name, hope }) => name === first.name && hope >= first.hope * LOWEST)!;
    const likely = open.filter((removal) => removal !== next);
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

/** Whether the best found fails with any single element taken back, by runs or by what runs exclude. */
export function isProven(state: SearchState): boolean {
  return removals(state.best!).every(
    (check) => state.ledger.about(check)?.outcome === 'fail' || isInferred(state, check),
  );
}

function isInferred({ ledger, options }: SearchState, assignment: Assignment): boolean {
  return options.inferProof === true && options.deterministic && ledger.excluded(assignment, true);
}

/** Chance that a removal passes: nearly none where granting more than it has been seen to fail. */
function hopeOf(state: SearchState, { name, level, assignment }: Removal): number {
  const { ledger, beliefs } = state;
  const best = state.best!;
  if (ledger.excluded(assignment, state.options.deterministic)) return 0;
  const failed = (at: number) => ledger.dominated(withLevel(best, name, at));
  let floor = 0;
  while (floor < level && failed(floor)) floor++;
  const chance = beliefs.passing([{ name, level, floor, from: best.get(name)! }]);
  return failed(level) ? chance / 100 : chance;
}
