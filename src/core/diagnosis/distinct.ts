import type { Aftermath, CallerImage, DistinctCall, TraceSummary } from '../strace/grammar/event.ts';
import { mergeAftermaths } from '../strace/summary/consequence.ts';
import { distinctImages } from '../strace/summary/tally.ts';
import { callKey, earlier } from './group.ts';

/** A call as all traces together made it; how it ended does not split it, because a filter does not see that. */
export interface MergedCall extends DistinctCall {
  /** The errno with which it failed every single time in traces made without a filter: the kernel itself refuses it. */
  readonly failsAnyway?: string;
  /** What followed in traces where it was refused, by errno. */
  readonly followed?: ReadonlyMap<string, Aftermath>;
}

interface Merging {
  call: DistinctCall;
  count: number;
  anyway: string | undefined;
  followed: Map<string, Aftermath> | undefined;
}

/**
 * The distinct calls of all traces, each once. `unfiltered` names the files of traces that are known to be recorded
 * without a filter. `follow` keeps what followed refused calls: so a host that refuses them alike is judged by it.
 */
export function mergeCalls(
  traces: readonly TraceSummary[],
  unfiltered: ReadonlySet<string> = new Set(),
  follow = false,
): readonly MergedCall[] {
  const merged = new Map<string, Merging>();
  for (const trace of traces) {
    const bare = unfiltered.has(trace.file);
    const ordered = follow && tellsOrder(trace);
    for (const { after, ...call } of trace.calls) {
      const anyway =
        bare && typeof call.outcome === 'object' && !call.outcome.injected ? call.outcome.errno : '';
      const key = callKey(call.call);
      const first = call.first.file === undefined ? { ...call.first, file: trace.file } : call.first;
      const known = merged.get(key);
      if (!known) {
        const made: Merging = { call: { ...call, first }, count: call.count, anyway, followed: undefined };
        merged.set(key, made);
        if (ordered) remember(made, call.outcome, after);
        continue;
      }
      if (ordered) remember(known, call.outcome, after);
      known.count += call.count;
      if (known.anyway !== anyway) known.anyway = '';
      const images = togetherOf(known.call, call);
      if (earlier(first, known.call.first)) known.call = { ...call, first };
      known.call = withImages(known.call, images);
    }
  }
  return [...merged.values()].map(({ call, count, anyway, followed }) => ({
    ...call,
    count,
    ...(anyway ? { failsAnyway: anyway } : {}),
    ...(followed ? { followed } : {}),
  }));
}

/** The programs of both; one whose programs are not known leaves both unknown. */
function togetherOf(a: DistinctCall, b: DistinctCall): readonly CallerImage[] | undefined {
  return a.images && b.images ? distinctImages([...a.images, ...b.images]) : undefined;
}

function withImages(call: DistinctCall, images: readonly CallerImage[] | undefined): DistinctCall {
  const { images: _, ...rest } = call;
  return images ? { ...rest, images } : rest;
}

function remember(merging: Merging, outcome: DistinctCall['outcome'], after: Aftermath | undefined): void {
  if (!after || typeof outcome !== 'object') return;
  merging.followed ??= new Map();
  const all = mergeAftermaths(merging.followed.get(outcome.errno), after);
  if (all) merging.followed.set(outcome.errno, all);
}

/** What a compacted trace begins a program with, as often as it needs. */
const BEGINS = /^(?:execve|openat)$/;
/** A program that makes more calls than this makes one of them twice. */
const MOST_ONCE = 30;

/** A trace that holds every call once (`check --record --compact`) does not tell what followed what. */
export function tellsOrder({ calls }: TraceSummary): boolean {
  const again = calls.some(
    ({ call, count, images = [] }) => count > Math.max(1, images.length) && !BEGINS.test(call.name),
  );
  return again || calls.length <= MOST_ONCE;
}
