import { sameAction } from '../profile/action.ts';
import type { PolicyRule } from '../profile/policy.ts';
import { agrees } from './merge.ts';
import {
  type Branch,
  firstOfLevel,
  hold,
  isEmpty,
  isLater,
  isLeaf,
  levelFrom,
  type Node,
  release,
  type Slot,
  sameTest,
  slotOf,
} from './node.ts';

/** What a comparison of an old tree with a new chain has found so far. */
interface Found {
  /** The chains are equal down to here. */
  match: boolean;
  /** …and were so somewhere above. */
  matchedOnce: boolean;
  oldEnds: boolean;
  newEnds: boolean;
  /** One of the two has conditions that the other has not, in front of what they share. */
  oldPrefix: boolean;
  newPrefix: boolean;
}

const NOTHING: Found = {
  match: false,
  matchedOnce: false,
  oldEnds: false,
  newEnds: false,
  oldPrefix: false,
  newPrefix: false,
};
const MATCHED = { match: true, matchedOnce: true };

function join(into: Found, other: Found): void {
  for (const key of Object.keys(into) as (keyof Found)[]) into[key] ||= other[key];
}

/** What pruning a syscall's tree by a new chain did. */
export interface Pruned {
  readonly removed: number;
  /** The old tree decides all that the new chain decides: it need not be added. */
  readonly redundant: boolean;
}

const isUsed = ({ rule, next }: Branch): boolean => rule !== undefined || next !== undefined;

function sameRule(a: Branch, b: Branch): boolean {
  if (!a.rule || !b.rule) return a.rule === b.rule;
  return sameAction(a.rule.action, b.rule.action);
}

/** Takes a node out of the tree that the slot leads to, with everything below it, and leaves that decide nothing on the way. */
function remove(slot: Slot, node: Node): number {
  const start = slot.get();
  if (!start) return 0;
  let removed = 0;
  for (const each of levelFrom(firstOfLevel(start))) {
    if (each !== node) {
      removed += remove(slotOf(each.yes), node) + remove(slotOf(each.no), node);
      if (!isEmpty(each)) {
        if (removed > 0) break;
        continue;
      }
    }
    if (slot.get() === each) slot.set(each.before ?? each.after);
    if (each.before) each.before.after = each.after;
    if (each.after) each.after.before = each.before;
    each.before = undefined;
    each.after = undefined;
    return removed + release(each).freed;
  }
  return removed;
}

/** One pass over a syscall's tree: removes what a shorter new chain with the same action makes superfluous. */
class Pruning {
  readonly #root: Slot;
  readonly #rule: PolicyRule;

  constructor(root: Slot, rule: PolicyRule) {
    this.#root = root;
    this.#rule = rule;
  }

  /** Walks a level of the old tree beside a node of the new chain; `state` is what was found above, and what was found here. */
  walk(old: Node | undefined, added: Node | undefined, state: Found): number {
    const now = { ...state };
    const done = (removed: number): number => {
      if (now.match) join(state, now);
      else state.match = false;
      return removed;
    };
    if (!added || !old || (state.matchedOnce && !state.match)) return done(0);
    let removed = 0;
    for (const each of levelFrom(firstOfLevel(old))) {
      const step = sameTest(each, added)
        ? this.#same(each, added, state, now)
        : isLater(each, added)
          ? this.#inFront(each, added, state, now, 'oldPrefix')
          : this.#inFront(each, added, state, now, 'newPrefix');
      removed += step.removed;
      if (step.stop) return done(removed);
    }
    now.match = false;
    return done(removed);
  }

  #same(each: Node, added: Node, state: Found, now: Found): { removed: number; stop: boolean } {
    let removed = 0;
    Object.assign(now, MATCHED);
    if (isLeaf(added)) now.newEnds = true;
    if (isLeaf(each)) now.oldEnds = true;
    if (isUsed(each.yes) && !isUsed(added.yes)) return { removed, stop: true };
    if (isUsed(each.no) && !isUsed(added.no)) return { removed, stop: true };
    if (now.newEnds && now.oldEnds && !(sameRule(each.yes, added.yes) && sameRule(each.no, added.no)))
      return { removed, stop: true };
    let here: Node | undefined = each;
    for (const side of ['yes', 'no'] as const) {
      const next = added[side].next;
      if (!next) continue;
      hold(here);
      const below: Found = { ...state, ...MATCHED };
      removed += this.walk(here[side].next, next, below);
      const released = release(here);
      removed += released.freed;
      here = released.left;
      if (below.match) join(now, below);
      if (!here) return { removed, stop: false };
    }
    if (!agrees(here, this.#rule) || !now.match) return { removed, stop: false };
    if (now.newEnds && now.oldPrefix) {
      removed += remove(this.#root, here);
      if (!this.#root.get()) return { removed, stop: true };
    } else if (now.oldEnds && now.newPrefix) return { removed, stop: true };
    return { removed, stop: false };
  }

  /** The levels below the one whose condition the other lacks. */
  #inFront(
    each: Node,
    added: Node,
    state: Found,
    now: Found,
    prefix: 'oldPrefix' | 'newPrefix',
  ): { removed: number; stop: boolean } {
    if (state[prefix === 'oldPrefix' ? 'newPrefix' : 'oldPrefix']) return { removed: 0, stop: true };
    let removed = 0;
    let here: Node | undefined = each;
    for (const side of ['yes', 'no'] as const) {
      if (!(prefix === 'oldPrefix' ? here[side].next : added[side].next)) continue;
      hold(here);
      const below: Found = { ...state, match: false, [prefix]: true };
      removed +=
        prefix === 'oldPrefix'
          ? this.walk(here[side].next, added, below)
          : this.walk(here, added[side].next, below);
      const released = release(here);
      removed += released.freed;
      here = released.left;
      if (below.match) {
        join(now, below);
        return { removed, stop: true };
      }
      if (!here) break;
    }
    return { removed, stop: false };
  }
}

/** Prunes the tree that the slot leads to before a rule's chain is added. */
export function prune(root: Slot, added: Node, rule: PolicyRule): Pruned {
  const state = { ...NOTHING };
  const removed = new Pruning(root, rule).walk(root.get(), added, state);
  return { removed, redundant: state.match && state.oldEnds && state.newPrefix };
}
