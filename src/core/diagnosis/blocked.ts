import type { Consequence, Denial } from '../documents/denial.ts';
import type { Remark } from '../documents/reason.ts';
import type { HostModel } from '../hosts/host.ts';
import type { Verdict } from '../seccomp/profile/verdict.ts';
import type { DistinctCall, TraceSummary } from '../strace/grammar/event.ts';
import { decideConsequences } from './consequence.ts';
import { type MergedCall, mergeCalls } from './distinct.ts';
import { refusal } from './errno.ts';
import { groupRefused, type Refused } from './group.ts';
import { callOn } from './translate.ts';

export interface Judged {
  /** As a machine of the host's architecture would see it (see `callOn`). */
  readonly call: DistinctCall;
  readonly verdict: Verdict;
}

const ANYWAY: Consequence = { effect: 'harmless', basis: 'seen', because: 'fails-without-filter-too' };
const UNCERTAIN: Consequence = { effect: 'unknown', basis: 'assumed', because: 'argument-not-in-trace' };

/** What the host answers to each call; calls that its architecture does not have are left out. */
export function judgeCalls(calls: readonly DistinctCall[], host: HostModel): readonly Judged[] {
  const judged: Judged[] = [];
  for (const call of calls) {
    const there = callOn(call.call, host.identity.arch);
    if (!there) continue;
    judged.push({
      call: there === call.call ? call : { ...call, call: there },
      verdict: host.answer(there),
    });
  }
  return judged;
}

/** What would be refused on `host` of calls that are merged already: so many hosts share one merge. */
export function blockedCalls(calls: readonly MergedCall[], host: HostModel): readonly Denial[] {
  const refused: Refused[] = [];
  for (const call of calls) {
    const there = callOn(call.call, host.identity.arch);
    if (!there) continue;
    const verdict = host.answer(there);
    const errno = refusal(verdict.action);
    const certain = verdict.alternatives.length === 0;
    if (errno === undefined && certain) continue;
    const other = verdict.alternatives.map(refusal);
    const shown = errno ?? other.find((one) => one !== undefined);
    if (shown === undefined) continue;
    // An errno that is certain stays certain whatever the other answers are only if they all refuse too.
    const uncertain = errno === undefined || other.includes(undefined);
    const anyway = call.failsAnyway === shown;
    const remarks: Remark[] = [];
    if (there !== call.call) remarks.push({ kind: 'evaluated-by-name', abi: call.call.abi });
    if (uncertain) remarks.push({ kind: 'argument-unknown' });
    if (anyway) remarks.push({ kind: 'fails-anyway', errno: shown });
    const after = anyway ? undefined : call.followed?.get(shown);
    refused.push({
      call: there === call.call && !after ? call : { ...call, call: there, ...(after ? { after } : {}) },
      errno: shown,
      reason: verdict.reason,
      basis: 'computed',
      remarks,
      ...(anyway ? { given: ANYWAY } : uncertain && errno === undefined ? { given: UNCERTAIN } : {}),
      ...(uncertain ? { uncertain } : {}),
    });
  }
  return decideConsequences(groupRefused(refused), { ordered: true });
}

/**
 * What would be refused on `host`: every distinct call of the traces that it refuses, also those that succeeded where the
 * trace was made. Calls that a program makes only after another one failed are in the trace only if that one failed there;
 * so on a host that answers otherwise the program may take another way (see `untriedWays`).
 */
export function blockedOn(
  traces: readonly TraceSummary[],
  host: HostModel,
  unfiltered?: ReadonlySet<string>,
): readonly Denial[] {
  return blockedCalls(mergeCalls(traces, unfiltered, true), host);
}

/**
 * Names that failed with ENOSYS in the trace although `host` would allow them: there the program takes its newer way and
 * may make calls that this trace does not hold.
 */
export function untriedWays(traces: readonly TraceSummary[], host: HostModel): readonly string[] {
  const names = new Set<string>();
  for (const { calls } of traces) {
    for (const { call, outcome } of calls) {
      if (typeof outcome !== 'object' || outcome.errno !== 'ENOSYS') continue;
      const there = callOn(call, host.identity.arch);
      if (there && refusal(host.answer(there).action) === undefined) names.add(there.name);
    }
  }
  return [...names].sort();
}
