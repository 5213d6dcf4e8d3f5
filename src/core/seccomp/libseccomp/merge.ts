import { sameAction } from '../profile/action.ts';
import type { PolicyRule } from '../profile/policy.ts';
import {
  type Branch,
  firstOfLevel,
  hold,
  isLater,
  isLeaf,
  levelFrom,
  type Node,
  release,
  type Slot,
  sameTest,
  slotOf,
} from './node.ts';

/** What differs between releases, and what is counted. */
export interface Merging {
  /** Up to 2.6.0: where two upper halves meet, the tighter of two upper bounds is forgotten (GHSA-4q85-33p6-j5g6). */
  readonly losesUpperBounds: boolean;
  removed(nodes: number): void;
}

/** Whether everything that a level and those below it decide is this rule's action. */
export function agrees(tree: Node | undefined, rule: PolicyRule): boolean {
  for (const node of levelFrom(tree && firstOfLevel(tree))) {
    for (const { next, rule: other } of [node.yes, node.no]) {
      if (other && !sameAction(other.action, rule.action)) return false;
      if (!agrees(next, rule)) return false;
    }
  }
  return true;
}

/** The rule on a branch of a new node joins the same branch of a node that stands there already. */
function mergeRule(old: Node, added: Node, side: 'yes' | 'no', merging: Merging): boolean {
  const { rule } = added[side];
  if (!rule) return true;
  const branch = old[side];
  if (!branch.rule) {
    if (!agrees(branch.next, rule)) return false;
    merging.removed(release(branch.next).freed);
    branch.next = undefined;
    branch.rule = rule;
    return true;
  }
  if (sameAction(branch.rule.action, rule.action)) return true;
  const further = side === 'yes' ? added.full > old.full : added.full < old.full && !merging.losesUpperBounds;
  if (added.upper && further) branch.rule = rule;
  return !isLeaf(old) && !isLeaf(added);
}

/** False: the trees contradict each other (EEXIST). Undefined: the old one is shorter, nothing is added any more. */
function mergeBelow(branch: Branch, added: Node | undefined, merging: Merging): boolean | undefined {
  if (!added) return true;
  if (branch.next) return mergeInto(slotOf(branch), added, merging);
  if (branch.rule) return undefined;
  branch.next = hold(added);
  return true;
}

function putBefore(slot: Slot, there: Node, added: Node): void {
  const { before } = there;
  if (before) {
    before.after = hold(added);
    added.before = before;
    there.before = hold(added);
    added.after = there;
  } else {
    there.before = hold(added);
    added.after = hold(there);
  }
  if (slot.get() === there) {
    slot.set(hold(added));
    release(there);
  }
}

/** Adds a rule's nodes to the level that the slot leads to. False: they contradict what stands there (EEXIST). */
export function mergeInto(slot: Slot, added: Node, merging: Merging): boolean {
  for (const there of levelFrom(slot.get())) {
    if (sameTest(there, added)) {
      if (!mergeRule(there, added, 'yes', merging) || !mergeRule(there, added, 'no', merging)) return false;
      const below = mergeBelow(there.yes, added.yes.next, merging);
      return below === true ? mergeBelow(there.no, added.no.next, merging) !== false : below !== false;
    }
    if (isLater(there, added)) {
      putBefore(slot, there, added);
      return true;
    }
    if (!there.after) {
      added.before = hold(there);
      there.after = hold(added);
      return true;
    }
  }
  return true;
}
