import { compareKernels, type KernelVersion } from '../linux/kernel.ts';
import { kernelOf } from '../linux/numbers.ts';
import type { DistinctCall, FirstSeen, TraceSummary } from '../strace/grammar/event.ts';
import { relevantArguments } from '../strace/summary/relevant.ts';
import { callKey } from './group.ts';

/** What a trace testifies of the machine that it was made on. */
export interface Seen {
  /** Where the very same call (same relevant arguments) got past every filter, if a filter answers alike all the time. */
  wentThrough(call: DistinctCall): FirstSeen | undefined;
  /** The line on which the program loaded a filter of its own, the first of them. */
  readonly filterAt: number | undefined;
  /** The newest kernel that a successful call needs: the machine's is no older. */
  kernelAtLeast(): KernelVersion | undefined;
}

/** Did the kernel itself get the call? A value or an errno that no default filter answers with shows it. */
export function passedTheFilter(call: DistinctCall): boolean {
  if (call.outcome === 'returned') return true;
  if (typeof call.outcome !== 'object' || call.outcome.injected) return false;
  return !['EPERM', 'ENOSYS', 'EACCES'].includes(call.outcome.errno);
}

/** SECCOMP_SET_MODE_FILTER or PR_SET_SECCOMP that succeeded: from there on other answers are possible. */
function loadsFilter({ call, outcome, sample }: DistinctCall): boolean {
  if (outcome !== 'returned') return false;
  if (call.name === 'seccomp') return call.args[0] === 1n || /SECCOMP_SET_MODE_FILTER|^0x1,|^1,/.test(sample);
  return call.name === 'prctl' && (call.args[0] === 22n || /PR_SET_SECCOMP|^0x16,|^22,/.test(sample));
}

/** Calls of a trace that got through, each with its first line, and where the program loaded a filter of its own. */
export function seenIn(trace: TraceSummary): Seen {
  const through = new Map<string, FirstSeen>();
  let filterAt: number | undefined;
  for (const call of trace.calls) {
    if (loadsFilter(call) && (filterAt === undefined || call.first.line < filterAt))
      filterAt = call.first.line;
    if (!passedTheFilter(call)) continue;
    const key = callKey(call.call);
    const known = through.get(key);
    if (!known || call.first.line < known.line) through.set(key, call.first);
  }
  let newest: KernelVersion | undefined;
  let searched = false;
  return {
    filterAt,
    wentThrough(call) {
      // An argument that is not known may have differed.
      const { name, abi, args } = call.call;
      if (args.includes(undefined)) return undefined;
      if (relevantArguments(name, abi).some((index) => args[index] === undefined)) return undefined;
      const first = through.get(callKey(call.call));
      const between =
        first !== undefined && filterAt !== undefined && first.line < filterAt && filterAt < call.first.line;
      return between ? undefined : first;
    },
    kernelAtLeast() {
      if (!searched) {
        searched = true;
        for (const call of trace.calls) {
          if (call.outcome !== 'returned') continue;
          const born = kernelOf(call.call.name, call.call.abi);
          if (born && (!newest || compareKernels(born, newest) > 0)) newest = born;
        }
      }
      return newest;
    },
  };
}
