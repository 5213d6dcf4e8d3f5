import { refusal } from '../diagnosis/errno.ts';
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
import type { Call, DistinctCall } from '../strace/grammar/event.ts';
import { learntConditions, runtimeConditions } from './allowlistConditions.ts';
import { grantOf } from './grant.ts';
import type { Candidate, Choice } from './problem.ts';

const ALLOW: Action = { kind: 'allow' };
const SILENT: Action = { kind: 'errno', value: ENOSYS };

/** What any process calls, seen or not: it ends, and returns from signals; a sleeping call that was stopped goes on by restart_syscall. */
export const ALWAYS: readonly string[] = [
  'exit',
  'exit_group',
  'restart_syscall',
  'rt_sigreturn',
  'sigreturn',
];

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

interface Traced {
  readonly file: string;
  readonly calls: readonly Pick<DistinctCall, 'call' | 'outcome' | 'count'>[];
}

export interface Usage {
  readonly used: readonly Used[];
  /** Calls that were made, and that the host refuses: an allowlist grants no more than it. Sorted by name. */
  readonly refused: readonly { readonly name: string; readonly count: number }[];
}

/** Every syscall that the traces hold and that the kernel has (what it answered ENOSYS to is not used), as far as `limit` lets it through. */
export function usedIn(traces: readonly Traced[], limit: HostModel): Usage {
  const found = new Map<string, { calls: Call[]; count: number; origins: Set<string> }>();
  const refused = new Map<string, number>();
  for (const trace of traces) {
    for (const { call, outcome, count } of trace.calls) {
      if (typeof outcome === 'object' && outcome.errno === 'ENOSYS') continue;
      if (refusal(limit.answer(call).action) !== undefined) {
        refused.set(call.name, (refused.get(call.name) ?? 0) + count);
        continue;
      }
      const entry = found.get(call.name) ?? { calls: [], count: 0, origins: new Set() };
      entry.calls.push(call);
      entry.count += count;
      entry.origins.add(trace.file);
      found.set(call.name, entry);
    }
  }
  const sorted = <T>(map: ReadonlyMap<string, T>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    used: sorted(found).map(([name, { calls, count, origins }]) => ({
      name,
      abis: [...new Set(calls.map(({ abi }) => abi))].sort(),
      count,
      origins: [...origins].sort(),
      when: learntConditions(name, calls),
    })),
    refused: sorted(refused).map(([name, count]) => ({ name, count })),
  };
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
 * One candidate for each used name: let through under the conditions that were learnt, else as far as the host does. Of several
 * families of sockets and personalities each is one by itself: a server may ask for a family that it can do without.
 */
export function allowlistCandidates(used: readonly Used[], limit: HostModel): readonly Candidate[] {
  return used.flatMap(({ name, abis, when }): Candidate[] => {
    const cost = 1000 * (1 + danger(name).weight);
    const args = (alternatives: Used['when'], share: number): Choice => ({
      kind: 'allow-args',
      cost: Math.round(share * cost),
      when: alternatives,
    });
    if (when.length > 1 && (name === 'socket' || name === 'personality')) {
      return when.map((conditions) => ({
        name: `${name}(${conditions.map(({ value }) => valueName(name, value)).join(', ')})`,
        syscall: name,
        left: 'ENOSYS',
        ladder: [args([conditions], 0.4 / when.length)],
        prior: [0.5, 0.5],
      }));
    }
    const grant = grantOf(limit, name, abis[0]!);
    const ladder: Choice[] = when.length > 0 ? [args(when, 0.4)] : [];
    if (grant.kind === 'all') ladder.push({ kind: 'allow', cost });
    else if (grant.kind === 'all-but') ladder.push({ kind: 'allow', cost, silent: grant.except });
    else if (grant.kind === 'some') ladder.push(args(grant.when, 0.7));
    if (ladder.length === 0) return [];
    const back = fallsBackOn(name, 'ENOSYS');
    const leave = back === 'all' ? 0.85 : back === 'some' ? 0.6 : OFTEN_BORNE.has(name) ? 0.7 : 0.1;
    const prior = ladder.length === 1 ? [leave, 1 - leave] : [leave, 0.95 * (1 - leave), 0.05 * (1 - leave)];
    return [{ name, left: 'ENOSYS', ladder, prior }];
  });
}

/** Candidates for calls that only show in a run under the list, where something else was refused before. */
export function furtherEntries(
  refused: readonly Call[],
  limit: HostModel,
  known: readonly Candidate[],
): readonly Candidate[] {
  const calls = refused.map((call) => ({ call, outcome: 'returned' as const, count: 1 }));
  const { used } = usedIn([{ file: '', calls }], limit);
  const names = new Set(known.map(({ name }) => name));
  return allowlistCandidates(used, limit).filter(({ name }) => !names.has(name));
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

/**
 * A host that answers ENOSYS to everything but what any process calls, and but what the runtime calls, as far as `base` lets it through;
 * the policy covers `abis`, the native one first.
 */
export function allowlistHost(base: HostModel, abis: readonly Abi[], runtime: readonly string[]): HostModel {
  const policy: Policy = {
    abis: abis.map((abi): AbiPolicy => {
      const rules = new Map<number, readonly PolicyRule[]>();
      for (const name of [...ALWAYS, ...runtime]) {
        const nr = syscallNumber(name, abi);
        const list = ALWAYS.includes(name) ? [rule(ALLOW)] : runtimeRules(base, name, abi);
        if (nr !== undefined && list.length > 0) rules.set(nr, list);
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

function rule(action: Action, conditions: readonly Condition[] = []): PolicyRule {
  return { conditions, action, origin: { from: 'trace-build' } };
}

/** It starts under the profile of the host, so it needs no more than that lets through; and no namespaces. */
function runtimeRules(base: HostModel, name: string, abi: Abi): readonly PolicyRule[] {
  const grant = grantOf(base, name, abi);
  const own = runtimeConditions(name, cloneFlagsIndex(abi));
  if (grant.kind === 'none') return [];
  if (grant.kind === 'some') return grant.when.map((conditions) => rule(ALLOW, conditions));
  const except = grant.kind === 'all-but' ? grant.except : [];
  return [...except.map((conditions) => rule(SILENT, conditions)), rule(ALLOW, own)];
}
