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

/** What is done about each syscall of a raised candidate. What is done about single values of an argument comes together. */
export function choicesOf(assignment: Assignment, candidates: ReadonlyMap<string, Candidate>): Choices {
  const choices = new Map<string, Choice>();
  for (const name of [...assignment.keys()].sort()) {
    const candidate = candidates.get(name);
    const choice = candidate?.ladder[assignment.get(name)! - 1];
    if (!candidate || !choice) continue;
    const syscall = syscallOf(candidate);
    const before = choices.get(syscall);
    choices.set(syscall, before ? together(before, choice) : choice);
  }
  return choices;
}

/** Two choices about one syscall: of a whole one and one for some values, the values keep what is said of them. */
function together(a: Choice, b: Choice): Choice {
  const both = [a, b];
  const cost = a.cost + b.cost;
  const silent = both.flatMap((one) => [
    ...(one.silent ?? []),
    ...(one.kind === 'enosys-args' ? one.when! : []),
  ]);
  const when = both.flatMap((one) => (one.kind === 'allow-args' ? one.when! : []));
  const whole = both.find(({ kind }) => kind === 'allow' || kind === 'enosys');
  if (whole) return { kind: whole.kind, cost, ...(silent.length > 0 ? { silent } : {}) };
  if (when.length === 0) return { kind: 'enosys-args', cost, when: silent };
  return { kind: 'allow-args', cost, when, ...(silent.length > 0 ? { silent } : {}) };
}

/** Whether a choice answers ENOSYS to anything. */
export function answersEnosys({ kind, silent }: Choice): boolean {
  return kind === 'enosys' || kind === 'enosys-args' || silent !== undefined;
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
    const { kind, when = [], silent = [] } = choice;
    const special = [
      ...silent.map((conditions) => rule(SILENT, conditions)),
      ...when.map((conditions) => rule(kind === 'enosys-args' ? SILENT : ALLOW, conditions)),
    ];
    if (kind === 'enosys') rules.set(nr, [rule(SILENT)]);
    else if (kind === 'allow') rules.set(nr, [...special, rule(ALLOW)]);
    else {
      // A rule for the very same arguments would never be reached; a profile that is written has no use for it.
      const rest = (rules.get(nr) ?? []).filter(
        (old) => !special.some((one) => sameConditions(one.conditions, old.conditions)),
      );
      rules.set(nr, [...special, ...rest]);
    }
    if (stubAbove !== undefined && nr > stubAbove) stubAbove = nr;
  }
  return { ...part, rules, ...(stubAbove === undefined ? {} : { stubAbove }) };
}

function sameConditions(a: PolicyRule['conditions'], b: PolicyRule['conditions']): boolean {
  const text = (conditions: PolicyRule['conditions']) =>
    conditions
      .map(({ index, op, value, valueTwo }) => `${index} ${op} ${value} ${valueTwo}`)
      .sort()
      .join();
  return text(a) === text(b);
}
