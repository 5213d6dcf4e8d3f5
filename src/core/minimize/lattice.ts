import { refusal } from '../diagnosis/errno.ts';
import type { Denial } from '../documents/denial.ts';
import type { HostModel } from '../hosts/host.ts';
import { fallsBackOn } from '../linux/callers.ts';
import { danger } from '../linux/risk.ts';
import type { Condition } from '../seccomp/profile/policy.ts';
import type { Verdict } from '../seccomp/profile/verdict.ts';
import type { Call } from '../strace/grammar/event.ts';
import { type Candidate, type Choice, syscallOf } from './problem.ts';
import { conditionsOf, testsArguments, valuesText } from './values.ts';

/**
 * Costs, so that sums compare as people would: any number of ENOSYS answers is cheaper than allowing one call, for they
 * grant nothing; allowing costs by how dangerous the call is; one value of an argument costs a tenth of that, so that
 * all values that can be listed cost less than the whole call.
 */
const ENOSYS_COST = 1;
const ALLOW_COST = 10_000;
const VALUE_SHARE = 0.1;

/** More values of one call than this are not worth a rule each. */
const MOST_VALUES = 8;

/** Refusals by the filter. What the kernel lacks or refuses by itself no profile can cure. */
export function isByFilter({ cause }: Pick<Verdict, 'cause'>): boolean {
  return cause === 'rule' || cause === 'default' || cause === 'stub' || cause === 'bad-arch';
}

/**
 * What can be changed about the refused calls, besides what is `known` already: a candidate for each name, or, where the
 * profile of `host` tests arguments, one for each refused value. `calls` are the refused ones, of any run.
 */
export function candidatesOf(
  denials: readonly Denial[],
  calls: readonly Call[],
  host: HostModel,
  known: Iterable<Candidate> = [],
): readonly Candidate[] {
  const before = [...known];
  const names = [...new Set(denials.filter(isByFilter).map(({ syscall }) => syscall))].sort();
  return names.flatMap((name) => {
    const own = denials.filter(({ syscall }) => syscall === name);
    const siblings = before.filter((candidate) => syscallOf(candidate) === name);
    if (siblings.some((sibling) => sibling.name === name)) return [];
    const tested = own.some((denial) => testsArguments(host, denial));
    if (!tested) return siblings.length > 0 ? [] : [wholeOf(name, own)];
    return valuesOf(
      name,
      own,
      calls.filter((call) => call.name === name),
      host,
      siblings,
    );
  });
}

/** One candidate for all of a call. */
function wholeOf(name: string, denials: readonly Denial[]): Candidate {
  const left = denials[0]?.errno ?? 'EPERM';
  const ladder: Choice[] = [];
  // Above runc's stub the answer is ENOSYS already, but another change can raise the stub: then the rule is needed.
  const stub = denials.some(({ cause }) => cause === 'stub');
  if (left !== 'ENOSYS' || stub) ladder.push({ kind: 'enosys', cost: ENOSYS_COST });
  ladder.push({ kind: 'allow', cost: allowCost(name) });
  return { name, left, ladder, prior: priorOf(name, left, ladder) };
}

/** One candidate for each refused value. Where values are not known, or too many, the call can only be allowed as a whole. */
function valuesOf(
  syscall: string,
  denials: readonly Denial[],
  calls: readonly Call[],
  host: HostModel,
  siblings: readonly Candidate[],
): readonly Candidate[] {
  const names = new Set(siblings.map(({ name }) => name));
  const found = new Map<string, { readonly conditions: readonly Condition[]; readonly left: string }>();
  let all = calls.length > 0;
  for (const call of calls) {
    const conditions = conditionsOf(call, host);
    if (conditions === undefined || conditions.length === 0) all = false;
    else {
      const name = `${syscall}(${valuesText(conditions)})`;
      const left = refusal(host.answer(call).action) ?? denials[0]!.errno;
      if (!names.has(name)) found.set(name, { conditions, left });
    }
  }
  // Values that differ from run to run would never come to an end.
  if (names.size + found.size > MOST_VALUES) all = false;
  if (!all) {
    const ladder: Choice[] = [{ kind: 'allow', cost: allowCost(syscall) }];
    const left = denials[0]!.errno;
    return [{ name: syscall, left, ladder, prior: priorOf(syscall, left, ladder), coarse: true }];
  }
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { conditions, left }]) => {
      const when = [conditions];
      const ladder: Choice[] = [
        ...(left === 'ENOSYS' ? [] : [{ kind: 'enosys-args', cost: ENOSYS_COST, when } as const]),
        { kind: 'allow-args', cost: Math.round(allowCost(syscall) * VALUE_SHARE), when },
      ];
      return { name, syscall, left, ladder, prior: priorOf(syscall, left, ladder) };
    });
}

function allowCost(name: string): number {
  return ALLOW_COST * (1 + danger(name).weight);
}

/** How likely each level is to be the lowest that does, by the table of fall-backs. */
function priorOf(name: string, left: string, ladder: readonly Choice[]): readonly number[] {
  const now = fallsBackOn(name, left);
  const silent = fallsBackOn(name, 'ENOSYS');
  const leave = now === 'all' ? 0.95 : now === 'some' ? 0.75 : now === 'none' ? 0.2 : 0.7;
  const enosys = silent === 'all' ? 0.9 : silent === 'some' ? 0.6 : silent === 'none' ? 0.15 : 0.5;
  const rest = 1 - leave;
  const steps = ladder.map(({ kind }) => (kind.startsWith('enosys') ? enosys : 1 - enosys));
  const total = steps.reduce((sum, step) => sum + step, 0);
  return [leave, ...steps.map((step) => (rest * step) / total)];
}
