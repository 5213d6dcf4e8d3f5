import type { Reason } from '../../documents/reason.ts';
import { type Abi, abiInfo } from '../../linux/abi.ts';
import { ENOSYS } from '../../linux/errno.ts';
import { wordAt } from '../filter/data.ts';
import { type Action, actionText, type Cause, sameAction } from './action.ts';
import { conditionData, holds } from './condition.ts';
import { decided } from './decision.ts';
import type { AbiPolicy, Decision, Policy, PolicyRule } from './policy.ts';
import type { Verdict } from './verdict.ts';

/** Bit 30 tells x32's numbers from x86_64's under their common audit architecture. */
const X32_BIT = 0x40000000;
const NO_CALL = 0xffffffff;
const STUB: Action = { kind: 'errno', value: ENOSYS };

/** What a filter sees of a call (`Call` of a trace is one); arguments that are not known are undefined or left out. */
export interface FilteredCall {
  readonly abi: Abi;
  /** Including the ABI's base. */
  readonly nr: number;
  readonly name: string;
  readonly args: readonly (bigint | undefined)[];
}

interface Candidate {
  readonly action: Action;
  readonly cause: Cause;
  readonly rule?: PolicyRule;
}

/**
 * Which ABI's rules a number falls under. x86_64 and x32 share an audit architecture: libseccomp takes numbers from bit 30 on for
 * x32, runc's stub those with bit 30 set (measured with runc 1.1.5). Number -1, which a tracer sets to skip a call, stays
 * with x86_64 when x32 is not listed.
 */
function sectionOf(policy: Policy, abi: Abi, nr: number): AbiPolicy | 'bad-arch' | 'no-call' {
  if (abi !== 'x86_64' && abi !== 'x32') return policy.abis.find((each) => each.abi === abi) ?? 'bad-arch';
  const wide = policy.abis.find((each) => each.abi === 'x86_64');
  const upper = wide?.stubAbove === undefined ? nr >= X32_BIT : (nr & X32_BIT) !== 0;
  const found = upper ? policy.abis.find((each) => each.abi === 'x32') : wide;
  if (found) return found;
  return wide && nr === NO_CALL ? 'no-call' : 'bad-arch';
}

/** True, false, or undefined when an argument it looks at is not known. */
function matches(rule: PolicyRule, call: FilteredCall, bits: 32 | 64): boolean | undefined {
  let known: boolean | undefined = true;
  for (const condition of rule.conditions) {
    const argument = call.args[condition.index];
    if (argument === undefined) known = undefined;
    else if (!holds(condition, argument, bits)) return false;
  }
  return known;
}

/** Every answer that is possible, the likeliest first: more than one only where arguments are unknown. */
function candidates(policy: Policy, call: FilteredCall, nr: number): readonly Candidate[] {
  const section = sectionOf(policy, call.abi, nr);
  if (section === 'bad-arch') return [{ action: policy.badArchAction, cause: 'bad-arch' }];
  const byDefault: Candidate = { action: policy.defaultAction, cause: 'default' };
  if (section === 'no-call') return [byDefault];
  const { stubAbove, stubZero, rules } = section;
  // The stub of x32 looks at bit 30; what libseccomp takes for x32 without that bit passes it by.
  const stubbed = section.abi !== 'x32' || (nr & X32_BIT) !== 0;
  if ((stubZero && nr === 0) || (stubbed && stubAbove !== undefined && nr > stubAbove)) {
    return [{ action: STUB, cause: 'stub' }];
  }
  const list = rules.get(nr) ?? [];
  const decision = section.decisionOf?.(list);
  const found = decision ? decidedBy(decision, list, section.abi, call) : firstOf(list, section.abi, call);
  return found.map((rule) => (rule ? { action: rule.action, cause: 'rule', rule } : byDefault));
}

/** Of a list, the first rule that matches; all that may be it where an argument is not known. Undefined is the default action. */
function firstOf(
  list: readonly PolicyRule[],
  abi: Abi,
  call: FilteredCall,
): readonly (PolicyRule | undefined)[] {
  const { bits } = abiInfo(abi);
  const possible: PolicyRule[] = [];
  for (const rule of list) {
    const met = matches(rule, call, bits);
    if (met === false) continue;
    possible.push(rule);
    if (met) return possible;
  }
  return [...possible, undefined];
}

/** What the comparisons of the filter's code may come to, in the order of the list. */
function decidedBy(
  decision: Decision,
  list: readonly PolicyRule[],
  abi: Abi,
  { args }: FilteredCall,
): readonly (PolicyRule | undefined)[] {
  const found = decided(decision, (offset) => wordAt(args, abi, offset));
  const rest = [...found].filter((rule) => rule !== undefined && !list.includes(rule));
  return [...list.filter((rule) => found.has(rule)), ...rest, ...(found.has(undefined) ? [undefined] : [])];
}

function reasonOf(
  { action, cause, rule }: Candidate,
  policy: Policy,
  { abi, name }: FilteredCall,
  nr: number,
): Reason {
  const section = policy.abis.find((each) => each.abi === abi);
  switch (cause) {
    case 'stub': {
      const above = section?.stubAbove;
      return {
        kind: 'enosys-stub',
        abi,
        number: nr,
        ...(above !== undefined && nr > above ? { above } : {}),
      };
    }
    case 'bad-arch':
      return { kind: 'architecture-not-in-filter', abi, action: actionText(action) };
    case 'rule':
      return { kind: 'rule', origin: rule!.origin, conditions: rule!.conditions.map(conditionData) };
    default: {
      const conditional = (section?.rules.get(nr)?.length ?? 0) > 0;
      const because = section?.losesNumber
        ? 'number-not-loaded'
        : conditional
          ? 'no-condition-holds'
          : policy.skipped.includes(name)
            ? 'name-skipped'
            : 'no-rule';
      return { kind: 'default-action', action: actionText(action), because };
    }
  }
}

/**
 * What a policy returns for a call: stub, then bad architecture, then rules in order, then the default. Unknown arguments give several answers: the first in `action`, the others in `alternatives`.
 */
export function evaluate(policy: Policy, call: FilteredCall): Verdict {
  const nr = call.nr >>> 0;
  const [first, ...rest] = candidates(policy, call, nr);
  const chosen = first!;
  const alternatives: Action[] = [];
  for (const { action } of rest) {
    if (![chosen.action, ...alternatives].some((seen) => sameAction(seen, action))) alternatives.push(action);
  }
  const section = policy.abis.find(({ abi }) => abi === call.abi);
  const conditional =
    chosen.cause !== 'stub' &&
    (section?.rules.get(nr)?.some(({ conditions }) => conditions.length > 0) ?? false);
  return {
    action: chosen.action,
    cause: chosen.cause,
    conditional,
    alternatives,
    reason: reasonOf(chosen, policy, call, nr),
  };
}

/** Only the action, for calls whose arguments are all known: as `evaluate`, without the words. */
export function decide(policy: Policy, call: FilteredCall): Action {
  return candidates(policy, call, call.nr >>> 0)[0]!.action;
}
