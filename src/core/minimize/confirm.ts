import { type Assignment, keyOf, withLevel } from './problem.ts';
import { prove } from './prove.ts';
import { Shrink } from './shrink.ts';
import type { Asking, SearchState } from './state.ts';

/** What the search may say by now. */
export interface Said {
  guarantee: 'smallest' | '1-minimal' | 'unproven';
  why: string;
}

/** One more pass is enough to call it proven; how often it passed is told beside the guarantee. */
const FEW = 2;

/** How many traced runs of a result that failed without a trace are made, until one fails again. */
const LEAST_TRACED = 30;
const MOST_TRACED = 60;

/**
 * Proves the best, until something that is proven has passed twice. True when there is such a thing. `proven`: the best
 * needs no further proof.
 */
export function* settle(state: SearchState, said: Said, proven = false): Asking<boolean> {
  for (let first = proven; ; first = false) {
    state.turn();
    if (!first) {
      say(said, 'unproven', 'not every single removal gave an answer');
      if (!(yield* prove(state))) return false;
    }
    const gave = yield* confirmed(state, Math.min(FEW, state.options.confirm));
    if (gave === 'pass') {
      say(
        said,
        '1-minimal',
        state.options.inferProof
          ? 'every single element taken back makes it fail, by its own run or by one with the same calls'
          : 'every single element taken back makes it fail; cheaper combinations were not all tried',
      );
      return true;
    }
    if (!(yield* goOn(state, said, gave))) return false;
  }
}

/**
 * Confirms the result as often as asked. A result that fails now and then is none, if the command does not fail without a
 * filter: then what was the best before is taken up again. `settled`: the search is over, whatever came of it.
 */
export function* stand(state: SearchState, said: Said): Asking<'settled' | 'changed'> {
  const { confirm, confident } = state.options;
  const gave = yield* confirmed(state, confirm, confident);
  if (gave !== 'pass') return (yield* goOn(state, said, gave)) ? 'changed' : 'settled';
  if (!(yield* doubt(state))) return 'settled';
  say(said, 'unproven', 'an element was needed in one run and not in another');
  return 'changed';
}

/** After the best did not pass: whether there is another one. */
function* goOn(state: SearchState, said: Said, gave: 'fail' | 'unresolved'): Asking<boolean> {
  say(said, 'unproven', 'the result did not pass every time');
  return gave === 'fail' && (yield* recover(state));
}

function say(said: Said, guarantee: Said['guarantee'], why: string): void {
  Object.assign(said, { guarantee, why });
}

/** The best, until it has passed `least` times in all, and `most.passes` times if `most.seconds` allow. */
function* confirmed(
  state: SearchState,
  least: number,
  most: { readonly passes: number; readonly seconds: number } = { passes: least, seconds: 0 },
): Asking<'pass' | 'fail' | 'unresolved'> {
  const best = state.best!;
  const again = state.ledger.entries.filter(
    ({ phase, assignment, observation }) =>
      phase === 'confirm' && keyOf(assignment) === keyOf(best) && observation.outcome === 'pass',
  ).length;
  let spent = 0;
  for (let times = again + 1; times < least || (times < most.passes && spent < most.seconds); times++) {
    const { outcome, seconds } = yield* state.again(best, Math.max(least, most.passes) - times - 1);
    if (outcome !== 'pass') return outcome;
    spent += seconds;
  }
  return 'pass';
}

/**
 * What to go on with when the best failed after it had passed. With as many runs without a filter as would show a
 * command that fails that often by itself, it is the filter's doing; a traced run that fails shows what was refused.
 * Throws when the command is flaky. False when there is nothing to go on with.
 */
function* recover(state: SearchState): Asking<boolean> {
  const failed = state.best!;
  const { cast } = state.ledger.executions(failed);
  const known = state.ledger.candidates.size;
  const further = state.fallBack();
  if (state.options.deterministic) {
    // With 95 % confidence: what fails once in n runs passes 3 n runs with a chance of 5 %.
    yield* state.baseline(3 * cast);
    yield* seeFailure(state, failed, Math.min(MOST_TRACED, Math.max(LEAST_TRACED, 3 * cast)));
  }
  if (further) return true;
  // Nothing that was seen to pass is left: all that can be allowed by now, if that is more than before.
  const all = state.raised(({ ladder }) => ladder.length);
  if (state.ledger.candidates.size === known && state.ledger.about(all)) return false;
  const { outcome } = yield* state.ask(all, 'probe', [], 1);
  if (outcome !== 'pass') return false;
  state.adopt(all);
  return yield* new Shrink(state).run();
}

function* seeFailure(state: SearchState, failed: Assignment, most: number): Asking<void> {
  if (!state.ledger.entries.some(({ observation }) => observation.called)) return;
  for (let i = 0; i < most; i++) {
    const { outcome } = yield* state.run(state.ledger.experiment(failed, 'probe'), [], most - i);
    if (outcome === 'fail') return;
  }
}

/** From this chance on an element is no need, by what is known of its callers. */
const NO_NEED = 0.9;

/**
 * Takes elements of the proven result back once more, if a result has to pass more than once: a build that failed by
 * chance would make them needs. Where time is short, only those that nobody is known to need. True when the best is
 * another one now.
 */
function* doubt(state: SearchState): Asking<boolean> {
  const { confirm, confident = { seconds: 0 } } = state.options;
  if (confirm < 2) return false;
  let spent = 0;
  const best = state.best!;
  for (const name of [...best.keys()].sort()) {
    const without = withLevel(best, name, 0);
    const likely = state.candidate(name).prior[0]! >= NO_NEED;
    if (state.doubted(without) || !(likely || spent < confident.seconds)) continue;
    const { outcome, seconds } = yield* state.run(state.ledger.experiment(without, 'prove'), [], 1);
    spent += seconds;
    if (outcome !== 'pass') continue;
    state.adopt(without);
    return true;
  }
  return false;
}
