import type { CertainReason } from '../../../src/core/documents/reason.ts';
import type { HostModel } from '../../../src/core/hosts/host.ts';
import { certainly } from '../../../src/core/hosts/model.ts';
import type { Abi } from '../../../src/core/linux/abi.ts';
import { syscallNumber } from '../../../src/core/linux/numbers.ts';
import type { Action, Cause } from '../../../src/core/seccomp/profile/action.ts';
import type { Verdict } from '../../../src/core/seccomp/profile/verdict.ts';
import type { Call, DistinctCall, TraceSummary } from '../../../src/core/strace/grammar/event.ts';

/** Small stand-ins, so that judging is tested apart from profiles. */
export function call(name: string, args: readonly (bigint | undefined)[] = [], abi: Abi = 'x86_64'): Call {
  return { abi, nr: syscallNumber(name, abi) ?? -1, name, args };
}

export function distinct(
  name: string,
  outcome: DistinctCall['outcome'] | string,
  more: {
    line?: number;
    count?: number;
    args?: readonly (bigint | undefined)[];
    abi?: Abi;
    sample?: string;
  } = {},
): DistinctCall {
  const known = outcome === 'returned' || outcome === 'unknown' || outcome === 'sigsys';
  return {
    call: call(name, more.args ?? [], more.abi),
    outcome: known || typeof outcome === 'object' ? outcome : { errno: outcome, injected: false },
    count: more.count ?? 1,
    first: { line: more.line ?? 1, pid: 7 },
    sample: more.sample ?? '',
  } as DistinctCall;
}

export function trace(calls: readonly DistinctCall[], more: Partial<TraceSummary> = {}): TraceSummary {
  return {
    file: 'a.strace',
    lines: 100,
    events: calls.reduce((sum, { count }) => sum + count, 0),
    unparsed: 0,
    unparsedSamples: [],
    unfinished: 0,
    complete: true,
    abis: ['x86_64'],
    processes: 1,
    calls,
    ...more,
  };
}

export type Answer = readonly [errno: number | Action['kind'], cause: Cause] | Verdict;

/** A host that refuses what `answers` names and allows the rest. */
export function host(
  expression: string,
  answers: Readonly<Record<string, Answer>>,
  more: { arch?: Abi; filter?: boolean } = {},
): HostModel {
  return {
    identity: {
      expression,
      engine: 'docker',
      version: '1',
      runtime: 'runc',
      runtimeVersion: '1',
      libseccomp: '2.5.1',
      kernel: '6.1',
      arch: more.arch ?? 'x86_64',
      assumed: [],
      notes: [],
    },
    policy:
      more.filter === false
        ? undefined
        : {
            abis: [],
            defaultAction: { kind: 'errno', value: 1 },
            badArchAction: { kind: 'kill_thread' },
            skipped: [],
          },
    target: undefined,
    answer({ name }) {
      const found = answers[name];
      if (found === undefined) return certainly({ kind: 'allow' }, reasonOf('rule', name));
      if (!Array.isArray(found)) return found as Verdict;
      const [kind, cause] = found as [number | Action['kind'], Cause];
      const action = (typeof kind === 'number' ? { kind: 'errno', value: kind } : { kind }) as Action;
      return { ...certainly(action, reasonOf(cause, name)), cause };
    },
  };
}

/** A reason of that cause. */
export function reasonOf(cause: Cause, syscall: string): CertainReason {
  switch (cause) {
    case 'rule':
      return { kind: 'rule', origin: { from: 'trace-build' }, conditions: [] };
    case 'default':
      return { kind: 'default-action', action: 'EPERM', because: 'no-rule' };
    case 'stub':
      return { kind: 'enosys-stub', abi: 'x86_64', number: 435, above: 434 };
    case 'bad-arch':
      return { kind: 'architecture-not-in-filter', abi: 'x86', action: 'kill thread' };
    case 'kernel':
      return { kind: 'kernel-too-old', syscall, abi: 'x86_64', since: '6.6', kernel: '5.4' };
    case 'genuine':
      return { kind: 'kernel-errno-unlisted', errno: 'EPERM' };
    case 'unknown':
      return { kind: 'no-number', syscall, abi: 'x86_64' };
  }
}
