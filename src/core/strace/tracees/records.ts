import type { TraceSource } from '../../documents/trace.ts';
import type { SourceRecord } from '../grammar/record.ts';
import { LACKS } from '../sources/record.ts';
import type { Calls } from './calls.ts';
import { Image } from './image.ts';
import { Process } from './process.ts';
import type { Sink } from './sink.ts';
import type { ThreadTable } from './threadTable.ts';

/** Calls that something else than strace recorded. Such records show no thread's beginning or end, so these are kept apart. */
export class Records {
  readonly #calls: Calls;
  readonly #threads: ThreadTable;
  readonly #known = new Map<number | undefined, Process>();
  readonly #counts = new Map<TraceSource['tool'], number>();
  readonly #killed = new Set<number | undefined>();

  constructor(calls: Calls, threads: ThreadTable) {
    this.#calls = calls;
    this.#threads = threads;
  }

  take(record: SourceRecord, line: number): void {
    const process = this.#processOf(record);
    const { command } = record;
    if (command !== undefined && command !== process.command) process.image = new Image(command, true);
    if (record.abi) process.abi = record.abi;
    if (record.outcome.kind === 'sigsys') this.#killed.add(record.pid);
    if (record.half !== 'begin') this.count(record.tool);
    const prefix = { pid: record.pid, number: record.nr, time: undefined, at: 0 };
    if (record.half === 'end') {
      this.#calls.resume(process, record, prefix, line);
      return;
    }
    this.#calls.drop(process);
    if (record.half === 'begin') this.#calls.begin(process, record, prefix, line);
    else {
      const { name, args, outcome } = record;
      this.#calls.finish(process, { name, args, outcome, number: record.nr, time: undefined, line }, line);
    }
  }

  /** Whether a record shows the call that SIGSYS ended this thread in. */
  killed(pid: number | undefined): boolean {
    return this.#killed.has(pid);
  }

  /** One more event of this tool. */
  count(tool: TraceSource['tool']): void {
    this.#counts.set(tool, (this.#counts.get(tool) ?? 0) + 1);
  }

  get sources(): readonly TraceSource[] {
    return [...this.#counts].map(([tool, events]) => ({ tool, events, lacks: LACKS[tool] }));
  }

  /** How many threads they speak of. */
  get size(): number {
    return this.#known.size;
  }

  /** After the last line. */
  end(sink: Sink): void {
    for (const process of this.#known.values()) {
      this.#calls.drop(process);
      sink.ended(process);
    }
  }

  #processOf({ tool, pid, abi }: SourceRecord): Process {
    // It stands among lines that are read as strace's are.
    if (tool === 'qemu-user') return this.#threads.of(pid);
    const known = this.#known.get(pid);
    if (known) return known;
    const process = new Process(pid, abi ?? this.#threads.native);
    process.recorded = true;
    process.unfollowed = LACKS[tool].includes('consequence');
    this.#known.set(pid, process);
    return process;
  }
}
