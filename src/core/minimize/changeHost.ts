import type { HostModel } from '../hosts/host.ts';
import { certainly, kernelLacks } from '../hosts/model.ts';
import { ENOSYS } from '../linux/errno.ts';
import { syscallNumber } from '../linux/numbers.ts';
import type { Action } from '../seccomp/profile/action.ts';
import { evaluate } from '../seccomp/profile/evaluate.ts';
import type { AbiPolicy, Policy, PolicyRule } from '../seccomp/profile/policy.ts';
import { type Assignment, type Candidate, type Choice, syscallOf } from './problem.ts';

const ALLOW: Action = { kind: 'allow' };
const SILENT: Action = { kind: 'errno', value: ENOSYS };

/** What is done about each syscall, by name. */
export type Choices = ReadonlyMap<string, Choice>;

/**
 * What is done about each syscall of a raised candidate. Values of one that are allowed each by itself come together,
 * unless all are allowed.
 */
export function choicesOf(assignment: Assignment, candidates: ReadonlyMap<string, Candidate>): Choices {
  const choices = new Map<string, Choice>();
  for (const name of [...assignment.keys()].sort()) {
    const candidate = candidates.get(name);
    const choice = candidate?.ladder[assignment.get(name)! - 1];
    if (!candidate || !choice) continue;
    const syscall = syscallOf(candidate);
    const before = choices.get(syscall);
    if (!before) choices.set(syscall, choice);
    else {
      const cost = before.cost + choice.cost;
      const all = [before, choice].find(({ when }) => when === undefined);
      const when = [...(before.when ?? []), ...(choice.when ?? [])];
      choices.set(syscall, all ? { ...all, cost } : { ...choice, cost, when });
    }
  }
  return choices;
}

/**
 * The host with its profile changed. As on the real thing, a rule for a number above runc's ENOSYS stub raises the stub:
 * what lies between gets the profile's default answer from then on.
 */
export function changeHost(host: HostModel, choices: Choices): HostModel {
  const { policy } = host;
  if (!policy || choices.size === 0) return host;
  const changed: Policy = { ...policy, abis: policy.abis.map((part) => changeAbi(part, choices)) };
  const kernel = host.target?.kernel;
  return {
    ...host,
    policy: changed,
    answer(call) {
      const verdict = evaluate(changed, call);
      if (verdict.action.kind !== 'allow' || !kernel) return verdict;
      const lacks = kernelLacks(call, kernel);
      return lacks ? certainly(SILENT, lacks) : verdict;
    },
  };
}

function changeAbi(part: AbiPolicy, choices: Choices): AbiPolicy {
  const rules = new Map(part.rules);
  let { stubAbove } = part;
  for (const [name, choice] of choices) {
    const nr = syscallNumber(name, part.abi);
    if (nr === undefined) continue;
    const origin = { from: 'change', step: choice.kind } as const;
    const rule = (action: Action, conditions: PolicyRule['conditions'] = []): PolicyRule => ({
      conditions,
      action,
      origin,
    });
    if (choice.kind === 'enosys') rules.set(nr, [rule(SILENT)]);
    else if (choice.kind === 'allow') rules.set(nr, [rule(ALLOW)]);
    else {
      const more = (choice.when ?? []).map((conditions) => rule(ALLOW, conditions));
      rules.set(nr, [...more, ...(rules.get(nr) ?? [])]);
    }
    if (stubAbove !== undefined && nr > stubAbove) stubAbove = nr;
  }
  return { ...part, rules, ...(stubAbove === undefined ? {} : { stubAbove }) };
}
