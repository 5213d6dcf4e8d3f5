import type { DistinctCall, TraceSummary } from '../grammar/event.ts';
import { mergeAftermaths } from './consequence.ts';
import { distinctKey } from './tally.ts';

const SAMPLES = 5;

/** Several inputs of one recording (`strace -ff`) as one trace; what was seen first is that of the earlier input. */
export function mergeSummaries(parts: readonly TraceSummary[], file: string): TraceSummary {
  const calls = new Map<string, DistinctCall>();
  for (const part of parts) {
    for (const call of part.calls) {
      const key = distinctKey(call.call, call.outcome);
      const known = calls.get(key);
      const after = mergeAftermaths(known?.after, call.after);
      calls.set(
        key,
        known ? { ...known, count: known.count + call.count, ...(after ? { after } : {}) } : call,
      );
    }
  }
  const sum = (pick: (part: TraceSummary) => number): number =>
    parts.reduce((total, part) => total + pick(part), 0);
  const arches = parts.flatMap((part) => part.arch ?? []);
  const arch = arches.find(({ basis }) => basis !== 'assumed') ?? arches[0];
  const sources = parts.flatMap((part) => part.sources ?? []);
  const killed = parts.flatMap((part) => part.killed ?? []);
  return {
    file,
    lines: sum((part) => part.lines),
    events: sum((part) => part.events),
    unparsed: sum((part) => part.unparsed),
    unparsedSamples: parts.flatMap((part) => part.unparsedSamples).slice(0, SAMPLES),
    unfinished: sum((part) => part.unfinished),
    complete: parts.length > 0 && parts.every((part) => part.complete),
    ...(arch ? { arch } : {}),
    abis: [...new Set(parts.flatMap((part) => part.abis))].sort(),
    processes: sum((part) => part.processes),
    calls: [...calls.values()],
    ...(sources.length > 0 ? { sources } : {}),
    ...(killed.length > 0 ? { killed } : {}),
    ...(parts.some((part) => part.table === true) ? { table: true } : {}),
  };
}
