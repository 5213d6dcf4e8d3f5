import type { Assignment, Known, Observation } from './problem.ts';
import { NOTHING, withLevel } from './problem.ts';
import { Shrink } from './shrink.ts';
import type { Asking, SearchState } from './state.ts';

/** A level is predicted to do if it does so with this chance. */
const PREDICTED = 0.65;

/** A suspect is raised to the lowest level that does with this chance. */
const NEXT = 0.35;

/** A change that passes with at least this chance is tried although nothing else speaks for it. */
const WORTH_A_TRY = 0.4;

/**
 * Finds an assignment that passes, and lowers it as far as groups go: the predicted one; then, led by the traces, one
 * suspect after the other; then everything that can be allowed; and ENOSYS everywhere, before that if it is likely to do.
 */
export function* find(state: SearchState): Asking<boolean> {
  const { ledger, beliefs } = state;
  const enosys = () =>
    state.raised(({ name, ladder }) =>
      Math.max(ladder[0]?.kind === 'enosys' ? 1 : 0, beliefs.likely(name, PREDICTED)),
    );
  const bare = ledger.about(NOTHING);
  const first = bare && mostSuspicious(state, bare, NOTHING);
  let predicted = state.raised(({ name }) => beliefs.expected(name, PREDICTED));
  if (first && !predicted.has(first.name))
    predicted = withLevel(predicted, first.name, beliefs.likely(first.name, NEXT, 0));
  const led =
    (yield* passes(state, predicted)) ||
    (yield* followSuspects(state, predicted)) ||
    (hopeOf(state, enosys()) >= WORTH_A_TRY && (yield* passes(state, enosys())));
  // New refusals may show up behind the first ones: then the same again, with them.
  for (let known = -1; known !== ledger.candidates.size; ) {
    known = ledger.candidates.size;
    state.presumed = led ? NOTHING : state.raised(({ ladder }) => ladder.length);
    if (yield* new Shrink(state).run()) return true;
  }
  return (yield* passes(state, enosys())) && (yield* new Shrink(state).run());
}

/** Chance that it passes, given that something must be raised. */
function hopeOf({ ledger, beliefs }: SearchState, assignment: Assignment): number {
  const candidates = [...ledger.candidates.values()];
  const movesTo = (levelOf: (name: string) => number) =>
    candidates.map(({ name, ladder }) => ({ name, level: levelOf(name), floor: 0, from: ladder.length }));
  const nothing = beliefs.passing(movesTo(() => 0));
  return (beliefs.passing(movesTo((name) => assignment.get(name) ?? 0)) - nothing) / (1 - nothing + 1e-9);
}

function* passes(state: SearchState, assignment: Assignment): Asking<boolean> {
  const { outcome } = yield* state.ask(assignment, 'probe', [], 2 * state.ledger.candidates.size);
  if (outcome === 'pass') state.adopt(assignment);
  return outcome === 'pass';
}

/** Runs one after the other that came no farther; then the traces lead nowhere (parallel builds, late clean-up). */
const PATIENCE = 6;

/** A build stops soon after the refusal that it can't bear: raise the most suspicious one and look again. */
function* followSuspects(state: SearchState, start: Assignment): Asking<boolean> {
  const { ledger, beliefs } = state;
  /** Levels to go back to when raising a candidate farther changes nothing. */
  const held = new Map<string, number>();
  const heldAt = (name: string) => held.get(name) ?? beliefs.expected(name, PREDICTED);
  const credit = (name: string, level: number, higher: Assignment) => {
    held.set(name, higher.get(name)!);
    beliefs.convict(name, level);
    for (const shown of ledger.entries) {
      if (culpritOf(state, shown) === name && (shown.assignment.get(name) ?? 0) <= level)
        beliefs.excuse(name, shown);
    }
  };
  let assignment = start;
  let seen = ledger.about(start)!;
  const bare = ledger.about(NOTHING);
  const blamed = bare && culpritOf(state, { assignment: NOTHING, observation: bare });
  if (bare && blamed && (start.get(blamed) ?? 0) > heldAt(blamed) && wentOn(bare, seen, blamed))
    credit(blamed, 0, start);
  for (let stale = 0; stale < PATIENCE; ) {
    const suspect = mostSuspicious(state, seen, assignment);
    if (!suspect) return false;
    const { name, level } = suspect;
    const next = beliefs.likely(name, NEXT, level);
    const higher = withLevel(assignment, name, next);
    const passed = yield* passes(state, higher);
    const after = ledger.about(higher)!;
    if (passed || wentOn(seen, after, name)) {
      stale = 0;
      assignment = higher;
      credit(name, level, higher);
    } else {
      stale++;
      const isTop = next === state.candidate(name).ladder.length;
      if (isTop) beliefs.acquit(name, heldAt(name));
      // Back to where it was: a call of the clean-up comes last in every failed run, and is no need.
      assignment = isTop ? withLevel(assignment, name, heldAt(name)) : higher;
    }
    if (passed) return true;
    seen = after;
  }
  return false;
}

/** What the trace of a failed run points to first. */
function culpritOf({ beliefs }: SearchState, { observation }: Known): string | undefined {
  return observation.outcome === 'fail'
    ? observation.refused?.findLast((name) => !beliefs.isAcquitted(name))
    : undefined;
}

function mostSuspicious(
  { ledger, beliefs }: SearchState,
  { refused = [] }: Observation,
  assignment: Assignment,
): { name: string; level: number } | undefined {
  return refused
    .map((name, at) => ({ name, at, level: assignment.get(name) ?? 0 }))
    .filter(({ name, level }) => level < (ledger.candidates.get(name)?.ladder.length ?? 0))
    .map((suspect) => {
      const { name, level } = suspect;
      const from = ledger.candidates.get(name)!.ladder.length;
      return { ...suspect, innocence: beliefs.passing([{ name, level, floor: 0, from }]) };
    })
    .sort(
      (a, b) =>
        Number(beliefs.isAcquitted(a.name)) - Number(beliefs.isAcquitted(b.name)) ||
        a.innocence - b.innocence ||
        b.at - a.at,
    )[0];
}

/** Whether a run came farther than the one before, in which `name` was lower. Without traces it may have. */
function wentOn(before: Observation, after: Observation, name: string): boolean {
  if (!before.called || !after.called) return true;
  for (const called of after.called) if (!before.called.has(called)) return true;
  const rest = ({ refused = [] }: Observation) => refused.filter((other) => other !== name).join(' ');
  return rest(before) !== rest(after);
}
