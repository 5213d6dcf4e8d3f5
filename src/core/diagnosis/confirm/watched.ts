import { ABIS, type Abi } from '../../linux/abi.ts';
import { syscallName } from '../../linux/numbers.ts';
import type { DistinctCall, TraceSummary } from '../../strace/grammar/event.ts';
import { relevantArguments } from '../../strace/summary/relevant.ts';
import type { KernelRecord, KernelRecords, Refuser } from './kernelRecords.ts';
import type { Witness } from './witness.ts';

export interface WatchedBy {
  /** The machine's. */
  readonly arch: Abi;
  /** Short name of the program that a thread ran when watching began. */
  command(tid: number): string | undefined;
  /** Arguments that the host in question tests, besides those of known profiles. */
  readonly tested?: Readonly<Record<string, readonly number[]>>;
}

/**
 * What the kernel's tracepoints showed, in the form of a trace of the calls that were refused, and who refused each. `line`
 * is the place of a kind of call in the order of the first ones.
 */
export function watchedTrace(
  { records, calls, lost }: KernelRecords,
  by: WatchedBy,
): { readonly trace: TraceSummary; readonly witness: Witness } {
  const refusers = new Map<string, Refuser>();
  const distinct = new Map<string, DistinctCall>();
  for (const record of records) {
    const call = callOf(record, by);
    const key = [record.by, record.errno, call.abi, call.nr, ...call.args.map(String)].join(' ');
    refusers.set(key, record.by);
    const known = distinct.get(key);
    const command = record.command ?? by.command(record.tid);
    distinct.set(
      key,
      known
        ? { ...known, count: known.count + record.count }
        : {
            call,
            outcome: { errno: record.errno, injected: false },
            count: record.count,
            first: {
              pid: record.tid,
              line: distinct.size + 1,
              ...(command === undefined ? {} : { command }),
            },
            sample: record.args.map((arg) => (arg === undefined ? '?' : `0x${arg.toString(16)}`)).join(', '),
          },
    );
  }
  const all = [...distinct.values()];
  const seen = new Set(all.map(({ call }) => call.abi));
  const keys = new Map([...distinct].map(([key, call]) => [call, key]));
  const trace: TraceSummary = {
    file: 'kernel',
    lines: all.length,
    events: calls,
    unparsed: 0,
    unparsedSamples: [],
    unfinished: 0,
    complete: lost === 0,
    abis: ABIS.filter((abi) => seen.has(abi)),
    processes: new Set(records.map(({ tid }) => tid)).size,
    calls: all,
  };
  return { trace, witness: { refuserOf: (call) => refusers.get(keys.get(call) ?? '') } };
}

function callOf(record: KernelRecord, { arch, tested = {} }: WatchedBy): DistinctCall['call'] {
  const abi = record.abi ?? arch;
  const name = syscallName(record.nr, abi) ?? `syscall_0x${record.nr.toString(16)}`;
  const decisive = relevantArguments(name, abi, (one) => tested[one] ?? []);
  const args = record.args.map((arg, index) => (decisive.includes(index) ? arg : undefined));
  return { abi, nr: record.nr, name, args };
}
