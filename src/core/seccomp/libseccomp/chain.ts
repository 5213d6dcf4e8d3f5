import { type Abi, abiInfo } from '../../linux/abi.ts';
import { argumentOffsets } from '../filter/data.ts';
import type { Condition, Operator, PolicyRule } from '../profile/policy.ts';
import { type Branch, hold, type Node } from './node.ts';
import { TEST } from './operators.ts';

const ALL = 0xffffffffffffffffn;

const turned = (operator: Operator): boolean => operator === 'NE' || operator === 'LT' || operator === 'LE';
const ordering = (operator: Operator): boolean => 'LT LE GE GT'.split(' ').includes(operator);

/** A rule's conditions as nodes, before it joins the tree. */
export interface Chain {
  /** Undefined where nothing is compared: the rule decides at once. */
  readonly head: Node | undefined;
  readonly nodes: number;
}

/** The nodes of one condition and the branches that are taken where it holds. */
interface Link {
  readonly nodes: readonly [Node, ...Node[]];
  readonly met: readonly Branch[];
}

function nodeOf(condition: Condition, abi: Abi, upper: boolean, test: Node['test']): Node {
  const { index, op } = condition;
  const [full, wideMask] =
    op === 'MASKED_EQ' ? [condition.valueTwo, condition.value] : [condition.value, ALL];
  const half = (value: bigint): number => Number((upper ? value >> 32n : value) & 0xffffffffn);
  const mask = half(wideMask);
  const offsets = argumentOffsets(index, abi);
  return {
    index,
    upper,
    offset: upper ? offsets.high : offsets.low,
    test,
    operator: op,
    mask,
    datum: (half(full) & mask) >>> 0,
    full,
    before: undefined,
    after: undefined,
    yes: { next: undefined, rule: undefined },
    no: { next: undefined, rule: undefined },
    holders: 0,
  };
}

/** 32-bit ABIs look at the lower half alone. */
function narrowLink(condition: Condition, abi: Abi): Link {
  const node = nodeOf(condition, abi, false, TEST[condition.op]);
  return { nodes: [node], met: [turned(condition.op) ? node.no : node.yes] };
}

/** Upper halves first. An order needs them twice: greater decides, equal goes on to the lower halves. */
function wideLink(condition: Condition, abi: Abi): Link {
  const { op } = condition;
  const lower = nodeOf(condition, abi, false, TEST[op]);
  if (!ordering(op)) {
    const first = nodeOf(condition, abi, true, TEST[op]);
    first.yes.next = hold(lower);
    return { nodes: [first, lower], met: turned(op) ? [first.no, lower.no] : [lower.yes] };
  }
  const greater = nodeOf(condition, abi, true, 'GT');
  const equal = nodeOf(condition, abi, true, 'EQ');
  greater.no.next = hold(equal);
  equal.yes.next = hold(lower);
  const met = turned(op) ? [equal.no, lower.no] : [greater.yes, lower.yes];
  return { nodes: [greater, equal, lower], met };
}

/** A masked comparison with an empty mask says nothing. */
function isVoid({ op, value }: Condition, bits: 32 | 64): boolean {
  return op === 'MASKED_EQ' && BigInt.asUintN(bits, value) === 0n;
}

/**
 * The conditions of a rule in the order of the arguments, each leading to the next where it holds. On 64-bit several branches lead to
 * one node: what is later added below one of them is added below all.
 */
export function chainOf(conditions: readonly Condition[], rule: PolicyRule, abi: Abi): Chain {
  const { bits } = abiInfo(abi);
  const links = [...conditions]
    .sort((a, b) => a.index - b.index)
    .filter((condition) => !isVoid(condition, bits))
    .map((condition) => (bits === 64 ? wideLink(condition, abi) : narrowLink(condition, abi)));
  links.forEach(({ met }, i) => {
    for (const branch of met) {
      const next = links[i + 1];
      if (next) branch.next = hold(next.nodes[0]);
      else branch.rule = rule;
    }
  });
  return {
    head: hold(links[0]?.nodes[0]),
    nodes: links.reduce((sum, { nodes }) => sum + nodes.length, 0),
  };
}
