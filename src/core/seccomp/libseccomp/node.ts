import type { Operator, PolicyRule } from '../profile/policy.ts';
import { RANK, type Test } from './operators.ts';

/**
 * One 32-bit comparison in libseccomp's tree of a syscall's conditions. Nodes of one level are linked in the order in which they are
 * tested; `before` and `after` belong to the node, not to the level, so a node that two places lead to brings its whole level along.
 */
export interface Node {
  readonly index: number;
  /** The upper half of a 64-bit argument. */
  readonly upper: boolean;
  /** Byte offset of the word in `struct seccomp_data`. */
  readonly offset: number;
  readonly test: Test;
  /** The operator of the condition: it decides the order within a level. */
  readonly operator: Operator;
  readonly mask: number;
  readonly datum: number;
  /** All 64 bits of the compared value. */
  readonly full: bigint;
  before: Node | undefined;
  after: Node | undefined;
  readonly yes: Branch;
  readonly no: Branch;
  /** References, as libseccomp counts them: a node at zero leaves its level. */
  holders: number;
}

/** Where a comparison leads: to the level below, to a rule that decides, or to the next node of the level. */
export interface Branch {
  next: Node | undefined;
  rule: PolicyRule | undefined;
}

/** Somewhere that points to a node and may be made to point to another. */
export interface Slot {
  get(): Node | undefined;
  set(node: Node | undefined): void;
}

export function slotOf(branch: Branch): Slot {
  return {
    get: () => branch.next,
    set: (node) => {
      branch.next = node;
    },
  };
}

/** libseccomp itself never returns: it follows the nodes of a level in a circle. */
export class Endless extends Error {}

/** Undefined where libseccomp goes round in circles: along a level, or down until the stack ends. */
export function unlessEndless<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof Endless || error instanceof RangeError) return undefined;
    throw error;
  }
}

/** No level of a rule tree is longer; libseccomp's rules would be millions. */
const LONGEST = 10_000;

/** The nodes of a level from this one on. */
export function* levelFrom(node: Node | undefined): Generator<Node, void, undefined> {
  let steps = 0;
  for (let each = node; each; ) {
    if (++steps > LONGEST) throw new Endless();
    const { after }: Node = each;
    yield each;
    each = after;
  }
}

export function firstOfLevel(node: Node): Node {
  let first = node;
  for (let steps = 0; first.before; steps++) {
    if (steps > LONGEST) throw new Endless();
    first = first.before;
  }
  return first;
}

export function isLeaf({ yes, no }: Node): boolean {
  return !yes.next && !no.next;
}

/** A leaf that decides nothing. */
export function isEmpty(node: Node): boolean {
  return isLeaf(node) && !node.yes.rule && !node.no.rule;
}

const position = ({ index, upper }: Node): number => 2 * index + (upper ? 1 : 0);

/** The same comparison of the same word. */
export function sameTest(a: Node, b: Node): boolean {
  return position(a) === position(b) && a.test === b.test && a.datum === b.datum && a.mask === b.mask;
}

/** Whether `a` is tested later than `b` on one level; neither is before the other where only masks or comparisons differ. */
export function isLater(a: Node, b: Node): boolean {
  if (position(a) !== position(b)) return position(a) < position(b);
  if (RANK[a.operator] !== RANK[b.operator]) return RANK[a.operator] < RANK[b.operator];
  return RANK[a.operator] === 2 ? a.datum > b.datum : a.datum < b.datum;
}

/** Takes one reference more. */
export function hold<T extends Node | undefined>(node: T): T {
  if (node) node.holders++;
  return node;
}

/** Gives a reference back. `left` is what the reference means afterwards: a neighbour where the node is gone. */
export function release(node: Node | undefined): {
  readonly freed: number;
  readonly left: Node | undefined;
} {
  if (!node || --node.holders > 0) return { freed: 0, left: node };
  const { before, after } = node;
  if (before) before.after = undefined;
  if (after) after.before = undefined;
  const one = release(before);
  const other = release(after);
  if (one.left) one.left.after = hold(other.left);
  if (other.left) other.left.before = hold(one.left);
  let freed = 1 + one.freed + other.freed;
  for (const branch of [node.yes, node.no]) freed += releaseTree(branch.next);
  return { freed, left: one.left ?? other.left };
}

/** Gives back a reference to a level, and the level itself when nothing else leads there. Returns the number of nodes gone. */
export function releaseTree(node: Node | undefined): number {
  const { freed, left } = release(node);
  return left ? freed + releaseLevel(left) : freed;
}

function releaseLevel(node: Node): number {
  const first = firstOfLevel(node);
  for (const each of levelFrom(first)) {
    const neighbours = (each.before ? 1 : 0) + (each.after ? 1 : 0);
    if (each.holders > neighbours) return 0;
  }
  let freed = 0;
  for (let each: Node | undefined = first; each; ) {
    const released = release(each);
    freed += released.freed;
    each = released.left;
  }
  return freed;
}
