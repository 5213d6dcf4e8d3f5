import type { DistinctCall } from '../../strace/grammar/event.ts';
import type { KernelRecord, KernelRecords, Refuser } from './kernelRecords.ts';

/** What the kernel's own tracepoints testify of a traced run. */
export interface Witness {
  /** Who refused this call with that errno; undefined where no record, or records of both kinds, fit it. */
  refuserOf(call: DistinctCall, errno: string): Refuser | undefined;
}

/**
 * Joins the records of a run with the calls of its trace: by number, ABI, errno and the arguments that both know; where
 * both kinds fit, by the thread too. `samePids`: the trace numbers threads as the records do.
 */
export function witnessOf({ records }: KernelRecords, samePids: boolean): Witness {
  const byNumber = new Map<number, KernelRecord[]>();
  for (const record of records) {
    const alike = byNumber.get(record.nr);
    if (alike) alike.push(record);
    else byNumber.set(record.nr, [record]);
  }
  return {
    refuserOf: (call, errno) => {
      const fitting = (byNumber.get(call.call.nr) ?? []).filter((record) => fits(record, call, errno));
      const all = agreed(fitting);
      if (all !== undefined || !samePids) return all;
      return agreed(fitting.filter(({ tid }) => tid === call.first.pid));
    },
  };
}

function agreed(records: readonly KernelRecord[]): Refuser | undefined {
  const [first] = records;
  return first && records.every(({ by }) => by === first.by) ? first.by : undefined;
}

function fits(record: KernelRecord, { call }: DistinctCall, errno: string): boolean {
  if (record.errno !== errno || (record.abi !== undefined && record.abi !== call.abi)) return false;
  return call.args.every((value, index) => {
    const seen = record.args[index];
    // strace prints an `int` as such, the register may hold anything above it.
    return (
      value === undefined || seen === undefined || BigInt.asUintN(32, value) === BigInt.asUintN(32, seen)
    );
  });
}
