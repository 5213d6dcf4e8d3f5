import { type Abi, abiInfo } from '../syscalls/abi.ts';
import type { Action } from './action.ts';
import type { Condition, PolicyRule } from './policy.ts';

const LOW = 0xffffffffn;
const ALL = 0xffffffffffffffffn;

export function sameAction(a: Action, b: Action): boolean {
  return a.kind === b.kind && ('value' in a ? a.value : 0) === ('value' in b ? b.value : 0);
}

/** What tells two conditions apart on an ABI: 32-bit ABIs compare the lower halves only. */
function keyOf({ index, op, value, valueTwo }: Condition, mask: bigint): string {
  if (op !== 'MASKED_EQ') return `${index} ${op} ${value & mask}`;
  return (value & mask) === mask
    ? `${index} EQ ${valueTwo & mask}`
    : `${index} & ${value & mask} ${valueTwo & mask}`;
}

/**
 * The rules of one ABI as libseccomp keeps them (runtime-behaviour §e, measured from 2.3.3 to 2.6.1): an unconditional
 * rule swallows everything after it and drops the conditions before it; the same conditions with another action are
 * refused.
 */
export class RuleTable {
  readonly rules = new Map<number, PolicyRule[]>();
  readonly #mask: bigint;

  constructor(abi: Abi) {
    this.#mask = abiInfo(abi).bits === 32 ? LOW : ALL;
  }

  /** False when libseccomp answers EEXIST, upon which the runtime gives up. */
  add(nr: number, rule: PolicyRule): boolean {
    const present = this.rules.get(nr);
    if (!present || rule.conditions.length === 0) {
      if (present?.[0]?.conditions.length !== 0) this.rules.set(nr, [rule]);
      return true;
    }
    if (present[0]?.conditions.length === 0) return true;
    const key = this.#key(rule);
    const twin = present.find((other) => this.#key(other) === key);
    if (twin) return sameAction(twin.action, rule.action);
    present.push(rule);
    return true;
  }

  #key({ conditions }: PolicyRule): string {
    return conditions
      .map((condition) => keyOf(condition, this.#mask))
      .sort()
      .join(', ');
  }
}
