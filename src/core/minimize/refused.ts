import { judgeCalls } from '../diagnosis/blocked.ts';
import { decideConsequences } from '../diagnosis/consequence.ts';
import { refusal } from '../diagnosis/errno.ts';
import { groupRefused, type Refused } from '../diagnosis/group.ts';
import type { Denial } from '../documents/denial.ts';
import type { HostModel } from '../hosts/host.ts';
import { certainly } from '../hosts/model.ts';
import type { Call, DistinctCall, TraceSummary } from '../strace/grammar/event.ts';
import { isByFilter } from './lattice.ts';

function errnoOf({ outcome }: DistinctCall): string | undefined {
  if (outcome === 'sigsys') return 'SIGSYS';
  return typeof outcome === 'object' && !outcome.injected ? outcome.errno : undefined;
}

function refusedIn(trace: TraceSummary, host: HostModel): readonly Refused[] {
  const refused: Refused[] = [];
  for (const { call, verdict } of judgeCalls(trace.calls, host)) {
    const errno = errnoOf(call);
    if (errno === undefined || !isByFilter(verdict)) continue;
    const answers = [verdict.action, ...verdict.alternatives].map(refusal);
    if (!answers.includes(errno)) continue;
    refused.push({ call, errno, reason: verdict.reason, basis: 'computed' });
  }
  return refused.sort((a, b) => a.call.first.line - b.call.first.line);
}

/**
 * What the filter of `host` refused in a run that was emulated here, first refusals first. By name, so it also holds
 * where the host is of another architecture than the machine that ran it.
 */
export function refusalsIn(trace: TraceSummary, host: HostModel): readonly Denial[] {
  return decideConsequences(groupRefused(refusedIn(trace, host)), { ordered: false }).toSorted(
    (a, b) => a.first.line - b.first.line,
  );
}

/** The calls themselves, first refusals first. */
export function refusedCalls(trace: TraceSummary, host: HostModel): readonly Call[] {
  return refusedIn(trace, host).map(({ call }) => call.call);
}

/** Calls of a run without a filter that the filter of `host` would refuse. */
export function wouldRefuse(trace: TraceSummary, host: HostModel): readonly Call[] {
  return judgeCalls(trace.calls, host)
    .filter(
      ({ verdict }) =>
        isByFilter(verdict) && [verdict.action, ...verdict.alternatives].some((action) => refusal(action)),
    )
    .map(({ call }) => call.call);
}

/**
 * A call that the filter of `host` refuses for certain and that succeeded in a run under it all the same: then it was not
 * in force. Undefined where there is none.
 */
export function grantedIn(trace: TraceSummary, host: HostModel): string | undefined {
  const granted = judgeCalls(trace.calls, host).find(
    ({ call, verdict }) =>
      call.outcome === 'returned' &&
      isByFilter(verdict) &&
      !verdict.conditional &&
      [verdict.action, ...verdict.alternatives].every((action) => refusal(action) !== undefined),
  );
  return granted?.call.call.name;
}

/** The same host without its filter, with its capabilities: what the change is measured against. */
export function withoutFilter(host: HostModel): HostModel {
  return {
    ...host,
    identity: { ...host.identity, expression: 'unconfined', engine: 'unconfined' },
    policy: undefined,
    answer: () => certainly({ kind: 'allow' }, { kind: 'no-filter' }),
  };
}
