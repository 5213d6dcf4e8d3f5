import type { Assignment } from './problem.ts';
import { withLevel } from './problem.ts';
import type { Asking, SearchState } from './search.ts';

/** One candidate lowered to one level. */
interface Move {
  readonly name: string;
  readonly level: number;
  readonly chance: number;
}

/**
 * Lowers a passing assignment by groups: as many candidates at once as are likely to be lowered together without harm;
 * a group that fails is split until one need is found (generalized binary splitting, Hwang 1972), the rest goes back.
 * What it leaves is usually 1-minimal; `prove` in search.ts shows it.
 */
export class Shrink {
  readonly #state: SearchState;
  /** Levels below this were seen to fail, or said nothing, when tried alone. */
  readonly #floor = new Map<string, number>();

  constructor(state: SearchState) {
    this.#state = state;
  }

  *run(): Asking<void> {
    for (let moves = this.#moves(); moves.length > 0; moves = this.#moves()) {
      const group = chooseGroup(moves);
      // Needs that are found one by one at the end are the proof itself: leave those to `prove`.
      if (group.length === 1 && group[0]!.chance < 0.4) return;
      yield* this.#lower(group, moves.slice(group.length));
    }
  }

  /** What can still be lowered, the most promising first. */
  #moves(): Move[] {
    const { best, beliefs } = this.#state;
    const moves: Move[] = [];
    for (const [name, at] of best!) {
      const level = this.#floor.get(name) ?? 0;
      if (level >= at) continue;
      moves.push({ name, level, chance: beliefs.chance(this.#state.candidate(name), level, level, at) });
    }
    return moves.sort((a, b) => b.chance - a.chance || (a.name < b.name ? -1 : 1));
  }

  *#lower(group: readonly Move[], rest: readonly Move[]): Asking<void> {
    let suspects = group;
    let outcome = yield* this.#try(suspects, [this.#without(chooseGroup(rest))]);
    if (outcome === 'pass') {
      this.#accept(suspects);
      this.#state.beliefs.groupPassed(suspects.length);
      return;
    }
    this.#state.beliefs.groupFailed();
    // With an execution that says nothing there is no culprit to look for: the members are tried alone.
    if (outcome === 'unresolved') {
      for (const move of suspects.length > 1 ? suspects : []) yield* this.#lower([move], []);
      if (suspects.length === 1) this.#raiseFloor(suspects[0]!);
      return;
    }
    while (suspects.length > 1) {
      const [safer, riskier] = split(suspects);
      outcome = yield* this.#try(safer, [this.#without(split(safer)[0])]);
      if (outcome === 'pass') {
        this.#accept(safer);
        suspects = riskier;
      } else suspects = safer;
    }
    this.#raiseFloor(suspects[0]!);
  }

  *#try(moves: readonly Move[], likely: readonly Assignment[]): Asking<'pass' | 'fail' | 'unresolved'> {
    const { ledger, options } = this.#state;
    const assignment = this.#without(moves);
    // An expected failure is taken as one; if it matters for the result, the proof runs it.
    if (ledger.excluded(assignment, options.deterministic)) return 'fail';
    if (!ledger.about(assignment) && ledger.dominated(assignment)) return 'fail';
    return (yield* this.#state.ask(assignment, 'shrink', likely, this.#moves().length)).outcome;
  }

  #accept(moves: readonly Move[]): void {
    this.#state.adopt(this.#without(moves));
  }

  #raiseFloor({ name, level }: Move): void {
    this.#floor.set(name, level + 1);
  }

  #without(moves: readonly Move[]): Assignment {
    let assignment = this.#state.best!;
    for (const { name, level } of moves) assignment = withLevel(assignment, name, level);
    return assignment;
  }
}

/** The longest run of promising moves that still passes as a whole with a chance of about one half. */
function chooseGroup(moves: readonly Move[]): readonly Move[] {
  let chance = 1;
  let size = 0;
  for (const move of moves) {
    if (size > 0 && chance * move.chance < 0.45) break;
    chance *= move.chance;
    size++;
  }
  return moves.slice(0, size);
}

/** Two parts with about the same chance of holding the need; at least one move in each. */
function split(moves: readonly Move[]): readonly [readonly Move[], readonly Move[]] {
  const doubt = (move: Move) => 1 - move.chance + 1e-6;
  const half = moves.reduce((sum, move) => sum + doubt(move), 0) / 2;
  let sum = 0;
  let size = 0;
  while (size < moves.length - 1 && (size === 0 || sum + doubt(moves[size]!) <= half))
    sum += doubt(moves[size++]!);
  return [moves.slice(0, size), moves.slice(size)];
}
