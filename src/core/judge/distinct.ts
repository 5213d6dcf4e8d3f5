import type { DistinctCall, TraceSummary } from '../trace/event.ts';
import { callKey, earlier } from './group.ts';

/** A call as all traces together made it; how it ended does not split it, because a filter does not see that. */
export interface MergedCall extends DistinctCall {
  /** The errno with which it failed every single time in traces made without a filter: the kernel itself refuses it. */
  readonly failsAnyway?: string;
}

/**
 * The distinct calls of all traces, each once. `unfiltered` names the files of traces that are known to be recorded
 * without a filter.
 */
export function mergeCalls(
  traces: readonly TraceSummary[],
  unfiltered: ReadonlySet<string> = new Set(),
): readonly MergedCall[] {
  const merged = new Map<string, { call: DistinctCall; count: number; anyway: string | undefined }>();
  for (const trace of traces) {
    const bare = unfiltered.has(trace.file);
    // What followed a call where it was traced says nothing of another host.
    for (const { after: _, ...call } of trace.calls) {
      const anyway =
        bare && typeof call.outcome === 'object' && !call.outcome.injected ? call.outcome.errno : '';
      const key = callKey(call.call);
      const first = call.first.file === undefined ? { ...call.first, file: trace.file } : call.first;
      const known = merged.get(key);
      if (!known) {
        merged.set(key, { call: { ...call, first }, count: call.count, anyway });
        continue;
      }
      known.count += call.count;
      if (known.anyway !== anyway) known.anyway = '';
      if (earlier(first, known.call.first)) known.call = { ...call, first };
    }
  }
  return [...merged.values()].map(({ call, count, anyway }) => ({
    ...call,
    count,
    ...(anyway ? { failsAnyway: anyway } : {}),
  }));
}
