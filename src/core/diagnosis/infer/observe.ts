import { compareKernels, type KernelVersion } from '../../linux/kernel.ts';
import { kernelErrnoOf, kernelNeverSaysEperm } from '../../linux/kernelErrnos.ts';
import { kernelOf } from '../../linux/numbers.ts';
import type { Call, FirstSeen, TraceSummary } from '../../strace/grammar/event.ts';
import { callKey } from '../group.ts';
import { passedTheFilter, seenIn } from '../seen.ts';

/** One thing that a trace shows of the host: a call got through, or was refused with an errno. */
export interface Observation {
  readonly call: Call;
  /** Undefined: it got past the filter and into the kernel. */
  readonly errno: string | undefined;
  readonly first: FirstSeen;
  readonly count: number;
  /** True when the kernel itself may have refused it (see the catalogue in judge/genuine). */
  readonly maybeGenuine: boolean;
}

export interface KernelBound {
  readonly version: KernelVersion;
  readonly syscall: string;
  readonly first: FirstSeen;
}

export interface Observed {
  readonly observations: readonly Observation[];
  /** The newest kernel that a successful call needs. */
  readonly kernelAtLeast: KernelBound | undefined;
}

/** What a trace says of its host, each distinct call once. Refusals that the trace itself shows to be genuine are left out. */
export function observe(traces: readonly TraceSummary[]): Observed {
  const found = new Map<string, Observation>();
  let kernelAtLeast: KernelBound | undefined;
  for (const trace of traces) {
    const seen = seenIn(trace);
    for (const distinct of trace.calls) {
      const { call, outcome } = distinct;
      const first =
        distinct.first.file === undefined ? { ...distinct.first, file: trace.file } : distinct.first;
      if (outcome === 'returned') {
        const born = kernelOf(call.name, call.abi);
        if (born && (!kernelAtLeast || compareKernels(born, kernelAtLeast.version) > 0)) {
          kernelAtLeast = { version: born, syscall: call.name, first };
        }
      }
      const errno = refusedAs(outcome);
      if (errno === undefined && !passedTheFilter(distinct)) continue;
      if (errno !== undefined && seen.wentThrough(distinct)) continue;
      const key = `${callKey(call)} ${errno ?? ''}`;
      const known = found.get(key);
      if (known) found.set(key, { ...known, count: known.count + distinct.count });
      else {
        found.set(key, {
          call,
          errno,
          first,
          count: distinct.count,
          maybeGenuine: errno !== undefined && kernelMayRefuse(call.name, errno),
        });
      }
    }
  }
  return { observations: [...found.values()], kernelAtLeast };
}

function refusedAs(outcome: TraceSummary['calls'][number]['outcome']): string | undefined {
  if (outcome === 'sigsys') return 'SIGSYS';
  if (typeof outcome !== 'object' || outcome.injected) return undefined;
  return outcome.errno === 'ENOSYS' || outcome.errno === 'EPERM' ? outcome.errno : undefined;
}

function kernelMayRefuse(name: string, errno: string): boolean {
  if (errno === 'EPERM') return !kernelNeverSaysEperm(name);
  return kernelErrnoOf(name, errno) !== undefined;
}
