import type { Denial } from '../documents/denial.ts';
import type { Reason } from '../documents/reason.ts';
import { bySeverity, isFinding } from '../documents/severity.ts';
import type { TraceSummary } from '../strace/grammar/event.ts';
import { denialsOf } from './denials.ts';
import type { HostVerdicts } from './matrix.ts';

/** Refusals that the traces show and that no host explains by refusing the call with that errno. */
export function unexplainedIn(
  traces: readonly TraceSummary[],
  verdicts: readonly HostVerdicts[],
): readonly Denial[] {
  const key = ({ syscall, abi, errno }: Denial): string => `${syscall} ${abi} ${errno}`;
  const explained = new Set(verdicts.flatMap(({ blocked }) => blocked.map(key)));
  return traces
    .flatMap((trace) => denialsOf(trace, undefined))
    .filter((denial) => denial.cause !== 'kernel' && !explained.has(key(denial)))
    .filter(({ matters, reason }) => matters || reason.kind === 'not-known' || reason.kind === 'injected')
    .sort(bySeverity);
}

/** Another host has another filter and another kernel; what else may have refused a call may be there as well. */
function isOfFilter(reason: Reason): boolean {
  if (reason.kind === 'not-known') return reason.candidates.every(isOfFilter);
  return (
    reason.kind === 'some-filter' || reason.kind === 'kernel-too-old' || reason.kind === 'kernel-without'
  );
}

/** An unexplained refusal that matters on another host as well. */
export function wouldStay(denial: Denial): boolean {
  return isFinding(denial) && (denial.errno === 'SIGSYS' || denial.nr === -1 || !isOfFilter(denial.reason));
}
