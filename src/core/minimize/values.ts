import type { HostModel } from '../hosts/host.ts';
import { type Abi, abiInfo } from '../linux/abi.ts';
import { syscallName } from '../linux/numbers.ts';
import { holds } from '../seccomp/profile/condition.ts';
import type { Condition, PolicyRule } from '../seccomp/profile/policy.ts';
import type { Call } from '../strace/grammar/event.ts';
import { type Candidate, syscallOf } from './problem.ts';

/** The rules of a profile for one number, those with conditions first of all. */
function rulesFor(host: HostModel, nr: number, abi: Abi): readonly PolicyRule[] {
  return (host.policy?.abis ?? []).find((part) => part.abi === abi)?.rules.get(nr) ?? [];
}

/** Whether the profile of that host looks at the arguments of a call. */
export function testsArguments(host: HostModel, { nr, abi }: Pick<Call, 'nr' | 'abi'>): boolean {
  return rulesFor(host, nr, abi).some(({ conditions }) => conditions.length > 0);
}

/** Indices of the arguments that the profile of that host tests, by the name of the call. */
export function testedArguments(host: HostModel): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, Set<number>>();
  for (const { abi, rules } of host.policy?.abis ?? []) {
    for (const [nr, list] of rules) {
      const name = syscallName(nr, abi);
      const indices = list.flatMap(({ conditions }) => conditions.map(({ index }) => index));
      if (name === undefined || indices.length === 0) continue;
      found.set(name, new Set([...(found.get(name) ?? []), ...indices]));
    }
  }
  return new Map([...found].map(([name, indices]) => [name, [...indices].sort((a, b) => a - b)]));
}

/**
 * What tells a refused call from those that the profile lets through: the conditions of the rule that refuses it, where
 * they name values; else its values at the positions that the rules for its number test, under their masks where they
 * test nothing but masks. Undefined where a value is not known.
 */
export function conditionsOf(call: Call, host: HostModel): readonly Condition[] | undefined {
  const { bits } = abiInfo(call.abi);
  const rules = rulesFor(host, call.nr, call.abi);
  const positions = [...new Set(rules.flatMap(({ conditions }) => conditions.map(({ index }) => index)))];
  if (positions.some((index) => call.args[index] === undefined)) return undefined;
  const refusing = rules.find((rule) => matches(rule.conditions, call));
  if (
    refusing &&
    refusing.action.kind !== 'allow' &&
    refusing.conditions.length > 0 &&
    refusing.conditions.every(({ op }) => op === 'EQ' || op === 'MASKED_EQ')
  ) {
    return refusing.conditions;
  }
  return positions
    .sort((a, b) => a - b)
    .map((index): Condition => {
      const value = BigInt.asUintN(bits, call.args[index]!);
      const tests = rules.flatMap(({ conditions }) => conditions.filter((one) => one.index === index));
      if (tests.some(({ op }) => op !== 'MASKED_EQ')) return { index, op: 'EQ', value, valueTwo: 0n };
      const mask = tests.reduce((all, one) => all | one.value, 0n);
      return { index, op: 'MASKED_EQ', value: mask, valueTwo: value & mask };
    });
}

/** Whether a call meets all conditions; undefined where that depends on an argument that is not known. */
export function matches(conditions: readonly Condition[], { abi, args }: Call): boolean | undefined {
  const { bits } = abiInfo(abi);
  let known: true | undefined = true;
  for (const condition of conditions) {
    const argument = args[condition.index];
    if (argument === undefined) known = undefined;
    else if (!holds(condition, argument, bits)) return false;
  }
  return known;
}

/** `0=38`, `0&0x7e020000=0x10000000`: part of a candidate's name. */
export function valuesText(conditions: readonly Condition[]): string {
  return conditions
    .map(({ index, op, value, valueTwo }) =>
      op === 'MASKED_EQ'
        ? `${index}&0x${value.toString(16)}=0x${valueTwo.toString(16)}`
        : `${index}=${value}`,
    )
    .join(' ');
}

/** Names of the candidates that a call belongs to: those for its syscall, and of those for values each that it may have. */
export function candidatesByCall(candidates: readonly Candidate[]): (call: Call) => readonly string[] {
  const bySyscall = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const syscall = syscallOf(candidate);
    bySyscall.set(syscall, [...(bySyscall.get(syscall) ?? []), candidate]);
  }
  return (call) =>
    (bySyscall.get(call.name) ?? [])
      .filter(({ ladder: [{ when } = {}] }) => !when || when.some((one) => matches(one, call) !== false))
      .map(({ name }) => name);
}
