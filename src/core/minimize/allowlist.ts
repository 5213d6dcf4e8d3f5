import type { HostModel } from '../hosts/host.ts';
import type { Abi } from '../linux/abi.ts';
import { fallsBackOn } from '../linux/callers.ts';
import { ENOSYS } from '../linux/errno.ts';
import { syscallNumber } from '../linux/numbers.ts';
import { danger } from '../linux/risk.ts';
import type { Action } from '../seccomp/profile/action.ts';
import { evaluate } from '../seccomp/profile/evaluate.ts';
import type { AbiPolicy, Condition, Policy, PolicyRule } from '../seccomp/profile/policy.ts';
import { cloneFlagsIndex } from '../strace/grammar/arguments.ts';
import type { TraceSummary } from '../strace/grammar/event.ts';
import type { Candidate, Choice } from './problem.ts';

const SILENT: Action = { kind: 'errno', value: ENOSYS };

/** Where an entry of an allowlist came from. */
export interface Used {
  readonly name: string;
  readonly abis: readonly Abi[];
  readonly count: number;
  /** Names of the traces that hold it. */
  readonly origins: readonly string[];
  /** Sound conditions on the arguments, alternatives of ANDed tests; empty: none can be given. */
  readonly when: readonly (readonly Condition[])[];
}

/** Every syscall that the traces hold and that the kernel has (what it answered ENOSYS to is not used). */
export function usedIn(traces: readonly TraceSummary[]): readonly Used[] {
  const found = new Map<string, { abis: Set<Abi>; count: number; origins: Set<string> }>();
  for (const trace of traces) {
    for (const { call, outcome, count } of trace.calls) {
      if (typeof outcome === 'object' && outcome.errno === 'ENOSYS') continue;
      const entry = found.get(call.name) ?? { abis: new Set(), count: 0, origins: new Set() };
      entry.abis.add(call.abi);
      entry.count += count;
      entry.origins.add(trace.file);
      found.set(call.name, entry);
    }
  }
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { abis, count, origins }]) => ({
      name,
      abis: [...abis].sort(),
      count,
      origins: [...origins].sort(),
      when: soundConditions(name, traces),
    }));
}

/**
 * Only registers can be tested, and only where a program's values mean the same in every run: the flags of clone (no bit
 * beyond those seen), families of socket, values of personality. clone3 and everything behind pointers can't be.
 */
function soundConditions(name: string, traces: readonly TraceSummary[]): readonly (readonly Condition[])[] {
  if (name !== 'clone' && name !== 'socket' && name !== 'personality') return [];
  const values = new Set<bigint>();
  for (const { calls } of traces) {
    for (const { call } of calls) {
      if (call.name !== name) continue;
      const value = call.args[name === 'clone' ? cloneFlagsIndex(call.abi) : 0];
      if (value === undefined) return [];
      values.add(value & 0xffffffffn);
    }
  }
  if (values.size === 0) return [];
  const sorted = [...values].sort((a, b) => (a < b ? -1 : 1));
  if (name !== 'clone') return sorted.map((value) => [{ index: 0, op: 'EQ', value, valueTwo: 0n }]);
  // The lowest byte is the signal at the end, no privilege.
  const seen = sorted.reduce((all, value) => all | value, 0xffn);
  return [[{ index: 0, op: 'MASKED_EQ', value: ~seen & 0xffffffffn, valueTwo: 0n }]];
}

/** Calls whose failure programs often do not look at, or bear: cleaning up, limits, hints, names. It only orders the runs. */
const OFTEN_BORNE: ReadonlySet<string> = new Set(
  (
    'alarm brk connect exit_group fadvise64 fchmod fchown fsync getpgrp getrandom getrusage ioctl madvise munmap ' +
    'pipe prctl prlimit64 readlink recvmsg rename sched_setaffinity sendmsg set_robust_list set_tid_address ' +
    'setpriority shmctl shmdt shutdown sigaltstack statfs sync_file_range sysinfo times umask uname unlink unlinkat utimensat'
  ).split(' '),
);

/**
 * One candidate for each used name: allowed under conditions where that is sound, else allowed. Of several values of an
 * argument each is one by itself: a server may ask for a family of sockets that it can do without.
 */
export function allowlistCandidates(used: readonly Used[]): readonly Candidate[] {
  return used.flatMap(({ name, when }): Candidate[] => {
    const cost = 1000 * (1 + danger(name).weight);
    const args = (alternatives: Used['when']): Choice => ({
      kind: 'allow-args',
      cost: Math.round((0.4 * cost) / when.length) * alternatives.length,
      when: alternatives,
    });
    if (when.length > 1) {
      return when.map((conditions) => ({
        name: `${name}(${conditions.map(({ value }) => valueName(name, value)).join(', ')})`,
        syscall: name,
        left: 'ENOSYS',
        ladder: [args([conditions])],
        prior: [0.5, 0.5],
      }));
    }
    const ladder: Choice[] = [...(when.length > 0 ? [args(when)] : []), { kind: 'allow', cost }];
    const back = fallsBackOn(name, 'ENOSYS');
    const leave = back === 'all' ? 0.85 : back === 'some' ? 0.6 : OFTEN_BORNE.has(name) ? 0.7 : 0.1;
    const prior = ladder.length === 1 ? [leave, 1 - leave] : [leave, 0.95 * (1 - leave), 0.05 * (1 - leave)];
    return [{ name, left: 'ENOSYS', ladder, prior }];
  });
}

/** Of linux/socket.h; others are shown as numbers. */
const FAMILIES: ReadonlyMap<bigint, string> = new Map([
  [1n, 'AF_UNIX'],
  [2n, 'AF_INET'],
  [10n, 'AF_INET6'],
  [16n, 'AF_NETLINK'],
  [17n, 'AF_PACKET'],
]);

function valueName(name: string, value: bigint): string {
  return (name === 'socket' ? FAMILIES.get(value) : undefined) ?? `${value}`;
}

/** A host that answers ENOSYS to everything but `names`; the policy covers `abis`, the native one first. */
export function allowlistHost(base: HostModel, abis: readonly Abi[], names: readonly string[]): HostModel {
  const allow: PolicyRule = { conditions: [], action: { kind: 'allow' }, origin: { from: 'trace-build' } };
  const policy: Policy = {
    abis: abis.map((abi): AbiPolicy => {
      const rules = new Map<number, readonly PolicyRule[]>();
      for (const name of names) {
        const nr = syscallNumber(name, abi);
        if (nr !== undefined) rules.set(nr, [allow]);
      }
      return { abi, rules };
    }),
    defaultAction: SILENT,
    badArchAction: SILENT,
    skipped: [],
  };
  return {
    ...base,
    identity: { ...base.identity, expression: 'least-privilege allowlist' },
    policy,
    answer: (call) => evaluate(policy, call),
  };
}
