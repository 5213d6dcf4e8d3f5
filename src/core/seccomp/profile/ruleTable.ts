import { type Abi, abiInfo } from '../../linux/abi.ts';
import { RANK, TEST } from '../libseccomp/operators.ts';
import type { Release } from '../libseccomp/releases.ts';
import { RuleTree } from '../libseccomp/ruleTree.ts';
import { sameAction } from './action.ts';
import type { Condition, PolicyRule } from './policy.ts';

const LOW = 0xffffffffn;
const ALL = 0xffffffffffffffffn;

interface Half {
  readonly datum: bigint;
  readonly mask: bigint;
}

/** The 32-bit words that libseccomp compares, upper first. */
function halvesOf({ op, value, valueTwo }: Condition, bits: 32 | 64): readonly Half[] {
  const [datum, mask] = op === 'MASKED_EQ' ? [valueTwo & value, value] : [value, ALL];
  const lower = { datum: datum & LOW, mask: mask & LOW };
  return bits === 32 ? [lower] : [{ datum: datum >> 32n, mask: mask >> 32n }, lower];
}

/** Equal, or which of the two is asked first; `apart` where they stay in the order they came. */
type Order = 'equal' | 'before' | 'after' | 'apart';

function orderOf(a: Condition, b: Condition, bits: 32 | 64): Order {
  if (a.index !== b.index) return a.index > b.index ? 'before' : 'after';
  if (RANK[a.op] !== RANK[b.op]) return RANK[a.op] > RANK[b.op] ? 'before' : 'after';
  const [first, second] = [halvesOf(a, bits), halvesOf(b, bits)];
  for (let i = 0; i < first.length; i++) {
    const [x, y] = [first[i]!, second[i]!];
    if (x.datum !== y.datum) return x.datum > y.datum === (RANK[a.op] !== 2) ? 'before' : 'after';
    if (x.mask !== y.mask || TEST[a.op] !== TEST[b.op]) return 'apart';
  }
  return a.op === b.op ? 'equal' : 'apart';
}

/** What one chain of conditions is to another. */
type Relation = Order | 'shorter' | 'longer';

function relationOf(a: readonly Condition[], b: readonly Condition[], bits: 32 | 64): Relation {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = orderOf(a[i]!, b[i]!, bits);
    if (order !== 'equal') return order;
  }
  return a.length === b.length ? 'equal' : a.length < b.length ? 'shorter' : 'longer';
}

/**
 * Conditions in the form that libseccomp stores: by argument; the wanted value of a masked comparison masked too; a mask of
 * zero says nothing.
 */
function stored(conditions: readonly Condition[], bits: 32 | 64): readonly Condition[] {
  const word = bits === 32 ? LOW : ALL;
  return [...conditions]
    .sort((a, b) => a.index - b.index)
    .filter(({ op, value }) => op !== 'MASKED_EQ' || (value & word) !== 0n)
    .map((condition) =>
      condition.op === 'MASKED_EQ'
        ? { ...condition, valueTwo: condition.valueTwo & condition.value }
        : condition,
    );
}

/** Why a container does not start: libseccomp answers EEXIST, or it never returns. */
export type Refusal = 'refused' | 'endless';

/**
 * The rules of one ABI as libseccomp keeps them: an unconditional rule swallows everything after it and drops the conditions before
 * it; conditional rules are kept twice, as a list in the order in which they are tested, and from 2.4.0 on as the tree that decides,
 * and that refuses contradictions. Older releases are taken to decide by the list.
 */
export class RuleTable {
  readonly abi: Abi;
  readonly rules = new Map<number, PolicyRule[]>();
  readonly trees = new Map<number, RuleTree>();
  readonly withoutNumber = new Map<string, RuleTree | undefined>();
  readonly #bits: 32 | 64;
  readonly #release: Release;

  constructor(abi: Abi, release: Release) {
    this.abi = abi;
    this.#bits = abiInfo(abi).bits;
    this.#release = release;
  }

  /** Adds a rule, as far as libseccomp takes it. */
  add(nr: number, given: PolicyRule): Refusal | undefined {
    // Most rules have no conditions; hundreds of hosts share them without a copy.
    const rule =
      given.conditions.length === 0 ? given : { ...given, conditions: stored(given.conditions, this.#bits) };
    const present = this.rules.get(nr);
    if (present && present[0]!.conditions.length === 0) return undefined;
    const conditional = rule.conditions.length > 0;
    const refusal = conditional || present ? this.#grow(this.trees, nr, rule) : undefined;
    if (refusal) return refusal;
    if (present && conditional) return this.#insert(present, rule) ? undefined : 'refused';
    this.rules.set(nr, [rule]);
    return undefined;
  }

  /** A rule for a name that this ABI has no number for: it counts for contradictions, and in the order of the syscalls. */
  addWithoutNumber(name: string, given: PolicyRule): Refusal | undefined {
    const tree = this.withoutNumber.get(name);
    if (!tree && this.withoutNumber.has(name)) return undefined;
    const rule = { ...given, conditions: stored(given.conditions, this.#bits) };
    if (tree || rule.conditions.length > 0) return this.#grow(this.withoutNumber, name, rule);
    this.withoutNumber.set(name, undefined);
    return undefined;
  }

  /** Whether this list decides as it stands: the first rule that matches. */
  isPlain(list: readonly PolicyRule[]): boolean {
    for (const [nr, tree] of this.trees) if (this.rules.get(nr) === list) return tree.isPlain;
    return true;
  }

  #grow<Key>(trees: Map<Key, RuleTree | undefined>, key: Key, rule: PolicyRule): Refusal | undefined {
    if (!this.#release.hasTree) return undefined;
    let tree = trees.get(key);
    if (!tree) {
      tree = new RuleTree(this.abi, this.#release.losesUpperBounds);
      trees.set(key, tree);
    }
    const added = tree.add(rule);
    return added === 'refused' || added === 'endless' ? added : undefined;
  }

  /** Puts a rule in its place in the list. False where the list alone shows a contradiction, of releases without the tree. */
  #insert(present: PolicyRule[], rule: PolicyRule): boolean {
    const strict = !this.#release.hasTree;
    for (const other of present) {
      const relation = relationOf(rule.conditions, other.conditions, this.#bits);
      if (relation === 'equal') return !strict || sameAction(rule.action, other.action);
      if (relation === 'longer') return true;
      if (relation === 'shorter' && strict && !sameAction(rule.action, other.action)) return false;
    }
    const at = present.findIndex((other) => {
      const relation = relationOf(rule.conditions, other.conditions, this.#bits);
      return relation === 'before' || relation === 'shorter';
    });
    present.splice(at === -1 ? present.length : at, 0, rule);
    return true;
  }
}
