import { type Abi, abiInfo } from '../../linux/abi.ts';
import type { Action } from './action.ts';
import type { Condition, Operator, PolicyRule } from './policy.ts';

const LOW = 0xffffffffn;
const ALL = 0xffffffffffffffffn;

/** Whether two actions are the same answer, with the same errno or value. */
export function sameAction(a: Action, b: Action): boolean {
  return a.kind === b.kind && ('value' in a ? a.value : 0) === ('value' in b ? b.value : 0);
}

/** Comparisons for equality are asked first, then upper bounds, then lower bounds. */
const RANK: Readonly<Record<Operator, number>> = {
  EQ: 3,
  NE: 3,
  MASKED_EQ: 3,
  LE: 2,
  LT: 2,
  GE: 1,
  GT: 1,
};

/** The comparison behind an operator: NE, LT and LE are EQ, GE and GT with the answer turned round. */
const TEST: Readonly<Record<Operator, string>> = {
  EQ: 'EQ',
  NE: 'EQ',
  MASKED_EQ: 'MASKED_EQ',
  GE: 'GE',
  LT: 'GE',
  GT: 'GT',
  LE: 'GT',
};

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

/**
 * The rules of one ABI as libseccomp keeps them (runtime-behaviour §e, measured from 2.3.3 to 2.6.1): an unconditional
 * rule swallows everything after it and drops the conditions before it; among conditional rules the order of the tree
 * decides which answers, not the order of the profile; what contradicts an earlier rule outright is refused.
 */
export class RuleTable {
  readonly rules = new Map<number, PolicyRule[]>();
  readonly #bits: 32 | 64;

  constructor(abi: Abi) {
    this.#bits = abiInfo(abi).bits;
  }

  /** False when libseccomp answers EEXIST, upon which the runtime gives up. */
  add(nr: number, given: PolicyRule): boolean {
    // Most rules have no conditions; hundreds of hosts share them without a copy.
    const rule =
      given.conditions.length === 0 ? given : { ...given, conditions: stored(given.conditions, this.#bits) };
    const present = this.rules.get(nr);
    if (!present) {
      this.rules.set(nr, [rule]);
      return true;
    }
    if (present[0]!.conditions.length === 0) return true;
    if (rule.conditions.length === 0) {
      this.rules.set(nr, [rule]);
      return true;
    }
    for (const other of present) {
      const relation = relationOf(rule.conditions, other.conditions, this.#bits);
      if (relation === 'equal') return sameAction(rule.action, other.action);
      if (relation === 'longer') return true;
      if (relation === 'shorter' && !sameAction(rule.action, other.action)) return false;
    }
    const at = present.findIndex((other) => {
      const relation = relationOf(rule.conditions, other.conditions, this.#bits);
      return relation === 'before' || relation === 'shorter';
    });
    present.splice(at === -1 ? present.length : at, 0, rule);
    return true;
  }
}
