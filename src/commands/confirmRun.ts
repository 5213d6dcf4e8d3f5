import type { KernelRecords, Refuser } from '../core/diagnosis/confirm/kernelRecords.ts';
import { type Witness, witnessOf } from '../core/diagnosis/confirm/witness.ts';
import type { KernelEvents, RunDocument } from '../core/documents/run.ts';
import type { KernelWatch } from '../io/recording/kernelWatch.ts';

/** What the kernel's own events testified of a run; `why` where it could not be asked. */
export interface Confirmation {
  readonly witness?: Witness;
  readonly seen?: KernelEvents;
  readonly records?: KernelRecords;
  readonly why?: string;
}

/** The same for a document. */
export function kernelSaid({ seen, why = '' }: Confirmation): NonNullable<RunDocument['kernel']> {
  return seen ?? { why };
}

/** Counts of what was seen. */
export function kernelEventsOf({ records, calls, lost }: KernelRecords): KernelEvents {
  const sum = (by: Refuser): number =>
    records.reduce((total, record) => (record.by === by ? total + record.count : total), 0);
  return { calls, byFilter: sum('filter'), byKernel: sum('kernel'), lost };
}

/** Asks the kernel itself, by its tracepoints, who refuses the calls of a traced command. */
export interface Confirming {
  /** For a job. */
  onHeld(tid: number, samePids: boolean): Promise<void>;
  /** Once the command has ended. */
  finish(): Promise<Confirmation>;
}

/**
 * `asked`: the user's wish, undefined where he has none: then it is done where our own capabilities allow it, and
 * nothing is said where they do not. Undefined: it is not done.
 */
export async function confirming(asked: boolean | undefined): Promise<Confirming | undefined> {
  if (asked === false) return undefined;
  const { mayWatchKernel, watchKernel } = await import('../io/recording/kernelWatch.ts');
  if (!asked && !mayWatchKernel()) return undefined;
  let watch: KernelWatch | undefined;
  let why: string | undefined;
  let same = false;
  return {
    async onHeld(tid, samePids) {
      // A recording that is tried again has another thread.
      await watch?.stop();
      const begun = await watchKernel([tid]);
      watch = begun.ok ? begun.value : undefined;
      why = begun.ok ? undefined : begun.failure.what;
      same = samePids;
    },
    async finish() {
      if (!watch) return { why: why ?? 'this engine does not hold a command before it starts' };
      const records = await watch.stop();
      return { records, seen: kernelEventsOf(records), witness: witnessOf(records, same) };
    },
  };
}
