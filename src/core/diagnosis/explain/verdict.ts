import type { Basis, Reason, ReasonCondition } from '../../documents/reason.ts';
import type { Abi } from '../../linux/abi.ts';
import { errnoName } from '../../linux/errno.ts';
import type { Action } from '../../seccomp/profile/action.ts';
import { conditionData } from '../../seccomp/profile/condition.ts';
import type { Policy } from '../../seccomp/profile/policy.ts';
import type { Verdict } from '../../seccomp/profile/verdict.ts';

/** A verdict as JSON shows it. */
export interface VerdictView {
  readonly action: Action['kind'];
  /** Name of the errno; a number in text where it has none. */
  readonly errno?: string;
  readonly cause: Verdict['cause'];
  readonly conditional: boolean;
  readonly reason: Reason;
  /** `assumed` where the kernel's configuration decides. */
  readonly basis: Basis;
  readonly kernelOption?: string;
  /** Other answers, depending on arguments that were not given. */
  readonly alternatives: readonly { readonly action: Action['kind']; readonly errno?: string }[];
  /** Where arguments decide: every rule of the call, in order. */
  readonly rules?: readonly RuleView[];
}

/** A rule with its conditions, all of which must hold. */
export interface RuleView {
  readonly action: Action['kind'];
  readonly errno?: string;
  readonly conditions: readonly ReasonCondition[];
}

/** The rules by which a policy decides a call on its arguments; empty where they do not matter. */
export function viewRules(policy: Policy | undefined, abi: Abi, nr: number): readonly RuleView[] {
  const rules = policy?.abis.find((section) => section.abi === abi)?.rules.get(nr) ?? [];
  return rules
    .filter(({ conditions }) => conditions.length > 0)
    .map(({ action, conditions }) => ({
      ...viewAction(action),
      conditions: conditions.map(conditionData),
    }));
}

/** An action by name, and its errno by name. */
export function viewAction(action: Action): { action: Action['kind']; errno?: string } {
  return action.kind === 'errno'
    ? { action: 'errno', errno: errnoName(action.value) ?? String(action.value) }
    : { action: action.kind };
}

/** A verdict as data for JSON and text: actions and errnos by name. */
export function viewVerdict(verdict: Verdict): VerdictView {
  const { action, cause, conditional, reason, alternatives, kernelOption } = verdict;
  return {
    ...viewAction(action),
    cause,
    conditional,
    reason,
    basis: kernelOption === undefined ? 'computed' : 'assumed',
    ...(kernelOption === undefined ? {} : { kernelOption }),
    alternatives: alternatives.map(viewAction),
  };
}

/** True when the program gets its call through, at least with some arguments. */
export function letsThrough({ action }: Pick<VerdictView, 'action'>): boolean {
  return action === 'allow' || action === 'log';
}
