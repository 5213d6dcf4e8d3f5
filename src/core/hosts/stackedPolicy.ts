import type { Abi } from '../linux/abi.ts';
import { ENOSYS } from '../linux/errno.ts';
import { syscallNames, syscallNumber } from '../linux/numbers.ts';
import type { Action } from '../seccomp/profile/action.ts';
import { sameAction } from '../seccomp/profile/action.ts';
import type { AbiPolicy, Policy, PolicyRule } from '../seccomp/profile/policy.ts';
import { stricterAction } from './stacked.ts';

const STUB: Action = { kind: 'errno', value: ENOSYS };
const ORIGIN = { from: 'trace-build' } as const;
const always = (action: Action): PolicyRule => ({ conditions: [], action, origin: ORIGIN });

/** The rules by which a policy answers one number, the last of which always applies. */
function rulesFor(policy: Policy, abi: Abi, nr: number): readonly PolicyRule[] {
  const section = policy.abis.find((each) => each.abi === abi);
  if (!section) return [always(policy.badArchAction)];
  const { stubAbove, stubZero, rules } = section;
  if ((stubAbove !== undefined && nr > stubAbove) || (stubZero && nr === 0)) return [always(STUB)];
  return [...(rules.get(nr) ?? []), always(policy.defaultAction)];
}

/** Each pair of rules, in order, with the stricter action: the first pair that matches is what both filters come to. */
function pairs(outer: readonly PolicyRule[], inner: readonly PolicyRule[]): readonly PolicyRule[] {
  return outer.flatMap((first) =>
    inner.map((second): PolicyRule => {
      const action = stricterAction(first.action, second.action);
      return {
        conditions: [...first.conditions, ...second.conditions],
        action,
        origin: sameAction(action, second.action) ? second.origin : first.origin,
      };
    }),
  );
}

/**
 * One policy for two filters, for every number that has a name: what one filter would have to say to come to what both
 * do. Numbers without a name have the stricter default.
 */
export function stackedPolicy(outer: Policy, inner: Policy): Policy {
  const abis = [...new Set([...outer.abis, ...inner.abis].map(({ abi }) => abi))];
  const sections = abis.map((abi): AbiPolicy => {
    const rules = new Map<number, readonly PolicyRule[]>();
    for (const name of syscallNames()) {
      const nr = syscallNumber(name, abi);
      if (nr !== undefined) rules.set(nr, pairs(rulesFor(outer, abi, nr), rulesFor(inner, abi, nr)));
    }
    return { abi, rules };
  });
  return {
    abis: sections,
    defaultAction: stricterAction(outer.defaultAction, inner.defaultAction),
    badArchAction: stricterAction(outer.badArchAction, inner.badArchAction),
    skipped: [...new Set([...outer.skipped, ...inner.skipped])].sort(),
  };
}
