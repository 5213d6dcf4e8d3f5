import type { Denial } from '../documents/denial.ts';
import type { HostModel } from '../hosts/host.ts';
import { fallsBackOn } from '../linux/callers.ts';
import { danger } from '../linux/risk.ts';
import type { Condition } from '../seccomp/profile/policy.ts';
import type { Verdict } from '../seccomp/profile/verdict.ts';
import type { Call, DistinctCall } from '../strace/grammar/event.ts';
import { changeHost } from './changeHost.ts';
import { type Candidate, type Choice, syscallOf } from './problem.ts';

/**
 * Costs, so that sums compare as people would: any number of ENOSYS answers is cheaper than allowing one call, for they
 * grant nothing; allowing costs by how dangerous the call is; conditions on arguments take off more than half.
 */
const ENOSYS_COST = 1;
const ALLOW_COST = 10_000;
const ARGS_SHARE = 0.4;

/** More different sets of arguments than this are not worth a rule each. */
const MOST_ALTERNATIVES = 8;

/** Refusals by the filter. What the kernel lacks or refuses by itself no profile can cure. */
export function isByFilter({ cause }: Pick<Verdict, 'cause'>): boolean {
  return cause === 'rule' || cause === 'default' || cause === 'stub' || cause === 'bad-arch';
}

/** One candidate for each refused name; `calls` are those of the traces, for their arguments. */
export function candidatesOf(
  denials: readonly Denial[],
  calls: readonly DistinctCall[],
  host: HostModel,
): readonly Candidate[] {
  const names = [...new Set(denials.filter(isByFilter).map(({ syscall }) => syscall))].sort();
  return names.map((name) =>
    candidateOf(
      name,
      denials.filter(({ syscall }) => syscall === name),
      calls.filter(({ call }) => call.name === name),
      host,
    ),
  );
}

export function candidateOf(
  name: string,
  denials: readonly Denial[],
  calls: readonly DistinctCall[],
  host: HostModel,
): Candidate {
  const left = denials[0]?.errno ?? 'EPERM';
  const allow = ALLOW_COST * (1 + danger(name).weight);
  const ladder: Choice[] = [];
  const conditional = denials.some(({ nr, abi }) => isConditional(host, { nr, abi, name, args: [] }));
  // ENOSYS would also hit the calls that the profile lets through now. Above runc's stub the answer is ENOSYS already,
  // but another change can raise the stub: then the rule is needed.
  const stub = denials.some(({ cause }) => cause === 'stub');
  if (!conditional && (left !== 'ENOSYS' || stub)) ladder.push({ kind: 'enosys', cost: ENOSYS_COST });
  const when = conditional ? conditionsOf(calls, denials, host) : [];
  if (when.length > 0) ladder.push({ kind: 'allow-args', cost: Math.round(allow * ARGS_SHARE), when });
  ladder.push({ kind: 'allow', cost: allow });
  return { name, left, ladder, prior: priorOf(name, left, ladder) };
}

/**
 * Candidates for argument values that only show once others are allowed: `calls` are those of a run on `host`, which has
 * the change in it. A value costs so little that several are cheaper than allowing the call as a whole.
 */
export function furtherValues(
  denials: readonly Denial[],
  calls: readonly DistinctCall[],
  host: HostModel,
  known: readonly Candidate[],
): readonly Candidate[] {
  return [...new Set(denials.map(({ syscall }) => syscall))].flatMap((syscall) => {
    const before = known
      .filter((candidate) => syscallOf(candidate) === syscall)
      .flatMap(({ ladder }) => ladder.find(({ kind }) => kind === 'allow-args')?.when ?? []);
    if (before.length === 0) return [];
    const allowed = changeHost(host, new Map([[syscall, { kind: 'allow-args', cost: 0, when: before }]]));
    const found = conditionsOf(
      calls.filter(({ call }) => call.name === syscall),
      denials.filter((denial) => denial.syscall === syscall),
      allowed,
    );
    // Values that differ from run to run would never come to an end.
    if (before.length + found.length > MOST_ALTERNATIVES) return [];
    const cost = Math.round((ALLOW_COST * (1 + danger(syscall).weight) * ARGS_SHARE) / MOST_ALTERNATIVES);
    return found.map((conditions) => ({
      name: `${syscall}(${valuesOf(conditions)})`,
      syscall,
      left: denials.find((denial) => denial.syscall === syscall)!.errno,
      ladder: [{ kind: 'allow-args', cost, when: [conditions] }],
      prior: [0.5, 0.5],
    }));
  });
}

function valuesOf(conditions: readonly Condition[]): string {
  return conditions.map(({ index, value }) => `${index}=${value}`).join(' ');
}

function isConditional(host: HostModel, call: Call): boolean {
  return (host.policy?.abis ?? [])
    .filter(({ abi }) => abi === call.abi)
    .some(({ rules }) => (rules.get(call.nr) ?? []).some(({ conditions }) => conditions.length > 0));
}

/**
 * Exact values of the refused calls at the positions that the profile itself tests: registers that a filter can judge.
 * Empty when a value is not known, or when they are too many.
 */
function conditionsOf(
  calls: readonly DistinctCall[],
  denials: readonly Denial[],
  host: HostModel,
): readonly (readonly Condition[])[] {
  const found = new Map<string, readonly Condition[]>();
  for (const { nr, abi } of denials) {
    const rules = (host.policy?.abis ?? []).find((part) => part.abi === abi)?.rules.get(nr) ?? [];
    const positions = [
      ...new Set(rules.flatMap(({ conditions }) => conditions.map(({ index }) => index))),
    ].sort();
    for (const { call } of calls) {
      if (call.nr === nr && call.abi === abi && host.answer(call).action.kind === 'allow') continue;
      const conditions: Condition[] = [];
      for (const index of positions) {
        const value = call.args[index];
        if (value === undefined) return [];
        conditions.push({ index, op: 'EQ', value, valueTwo: 0n });
      }
      found.set(valuesOf(conditions), conditions);
    }
  }
  return found.size > MOST_ALTERNATIVES
    ? []
    : [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
}

/** How likely each level is to be the lowest that does, by the table of fall-backs. */
function priorOf(name: string, left: string, ladder: readonly Choice[]): readonly number[] {
  const now = fallsBackOn(name, left);
  const silent = fallsBackOn(name, 'ENOSYS');
  const leave = now === 'all' ? 0.95 : now === 'some' ? 0.75 : now === 'none' ? 0.2 : 0.7;
  const enosys = silent === 'all' ? 0.9 : silent === 'some' ? 0.6 : silent === 'none' ? 0.15 : 0.5;
  const rest = 1 - leave;
  const steps = ladder.map(({ kind }) => (kind === 'enosys' ? enosys : 1 - enosys));
  const total = steps.reduce((sum, step) => sum + step, 0);
  return [leave, ...steps.map((step) => (rest * step) / total)];
}
