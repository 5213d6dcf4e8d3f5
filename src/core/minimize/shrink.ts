import type { Beliefs, Move } from './priors.ts';
import type { Assignment } from './problem.ts';
import { withLevel } from './problem.ts';
import type { Asking, SearchState } from './state.ts';

/** So many failures, and not one pass, make it doubtful that anything passes. */
const DOUBTFUL = 3;

/** Below this chance a single candidate is left to the proof. */
const SINGLE = 0.35;

/**
 * Leaves what is not needed, by groups: as many candidates at once as pay; a group that fails is split until one need is
 * found (generalized binary splitting, Hwang 1972), the rest goes back. Begins with what passed or, when nothing did,
 * with what is presumed to. Whether a need is content with less is asked last, by `prove`: what fails while others are
 * still to be lowered would have to be shown again.
 */
export class Shrink {
  readonly #state: SearchState;
  /** Seen to fail, or to say nothing, when left alone. */
  readonly #kept = new Set<string>();
  #failures = 0;

  constructor(state: SearchState) {
    this.#state = state;
  }

  /** False when nothing passed, not even what was presumed to. */
  *run(): Asking<boolean> {
    for (let moves = this.#moves(); moves.length > 0; moves = this.#moves()) {
      const group = chooseGroup(moves, this.#state.beliefs);
      // Needs that are found one by one at the end are the proof itself: leave those to `prove`.
      if (group.length === 1 && this.#state.beliefs.passing(group) < SINGLE) break;
      yield* this.#lower(group, moves.slice(group.length));
      if (yield* this.#hopeless()) return false;
    }
    return yield* this.#confirmed();
  }

  /** What was presumed to pass is run as soon as that is doubtful. */
  *#hopeless(): Asking<boolean> {
    return this.#failures >= DOUBTFUL && !(yield* this.#confirmed());
  }

  *#confirmed(): Asking<boolean> {
    const { best, base } = this.#state;
    if (best) return true;
    const { outcome } = yield* this.#state.ask(base, 'probe', [], this.#moves().length);
    if (outcome === 'pass') this.#state.adopt(base);
    return outcome === 'pass';
  }

  /** What may still be left altogether, the most promising first. */
  #moves(): Move[] {
    const { base, beliefs } = this.#state;
    return [...base]
      .filter(([name]) => !this.#kept.has(name))
      .map(([name, from]): Move => ({ name, level: 0, floor: 0, from }))
      .map((move) => ({ move, chance: beliefs.passing([move]) }))
      .sort((a, b) => b.chance - a.chance || (a.move.name < b.move.name ? -1 : 1))
      .map(({ move }) => move);
  }

  *#lower(group: readonly Move[], rest: readonly Move[]): Asking<void> {
    const { beliefs } = this.#state;
    let suspects = group;
    let outcome = yield* this.#try(suspects, [this.#without(chooseGroup(rest, beliefs))]);
    if (outcome === 'pass') {
      this.#accept(suspects);
      return;
    }
    // With an execution that says nothing there is no culprit to look for: the members are tried alone.
    if (outcome === 'unresolved') {
      for (const move of suspects.length > 1 ? suspects : []) yield* this.#lower([move], []);
      if (suspects.length === 1) this.#kept.add(suspects[0]!.name);
      return;
    }
    while (suspects.length > 1) {
      if (yield* this.#hopeless()) return;
      const [safer, riskier] = split(suspects, beliefs);
      outcome = yield* this.#try(safer, [this.#without(split(safer, beliefs)[0])]);
      if (outcome === 'pass') {
        this.#accept(safer);
        suspects = riskier;
      } else suspects = safer;
    }
    this.#kept.add(suspects[0]!.name);
    beliefs.settle(suspects[0]!.name, true);
  }

  *#try(moves: readonly Move[], likely: readonly Assignment[]): Asking<'pass' | 'fail' | 'unresolved'> {
    const { ledger, options } = this.#state;
    const assignment = this.#without(moves);
    // An expected failure is taken as one; if it matters for the result, the proof runs it.
    if (ledger.excluded(assignment, options.deterministic)) return 'fail';
    if (!ledger.about(assignment) && ledger.dominated(assignment)) return 'fail';
    const { outcome } = yield* this.#state.ask(assignment, 'shrink', likely, this.#moves().length);
    if (outcome !== 'pass') this.#failures++;
    return outcome;
  }

  #accept(moves: readonly Move[]): void {
    this.#state.adopt(this.#without(moves));
  }

  #without(moves: readonly Move[]): Assignment {
    return moves.reduce((lower, { name, level }) => withLevel(lower, name, level), this.#state.base);
  }
}

/**
 * The first so many of the most promising moves. If all can be lowered, one run did for all; if not, the need is to be
 * searched for: one run for each halving, in which some others are settled too. The factors were measured with
 * bench/search.ts: larger groups lose where much is needed, smaller ones where one call is.
 */
function chooseGroup(moves: readonly Move[], beliefs: Beliefs): readonly Move[] {
  let best = { size: 1, gain: 0 };
  for (let size = 2; size <= moves.length; size++) {
    const chance = beliefs.passing(moves.slice(0, size));
    const gain = chance * (size - 1) - 1.3 * (1 - chance) * (Math.log2(size) - 0.5);
    if (gain > best.gain) best = { size, gain };
    if (chance < 0.1) break;
  }
  return moves.slice(0, best.size);
}

/** Two parts with about the same chance of holding the need; at least one move in each. */
function split(moves: readonly Move[], beliefs: Beliefs): readonly [readonly Move[], readonly Move[]] {
  let size = 1;
  while (
    size < moves.length - 1 &&
    beliefs.passingAfterFailure(moves.slice(0, size + 1), moves.slice(size + 1)) >= 0.5
  )
    size++;
  return [moves.slice(0, size), moves.slice(size)];
}
