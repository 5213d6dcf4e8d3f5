import type { TraceEvent, TraceStats } from '../grammar/event.ts';
import { isOwnNumber } from '../grammar/identity.ts';
import { decodeText } from '../sources/bytes.ts';
import { Head } from '../sources/head.ts';
import { LineCutter } from '../sources/lines.ts';
import { survey } from '../sources/survey.ts';
import type { Process } from './process.ts';
import { Processes, type ProcessesOptions } from './processes.ts';

/**
 * Every event of a trace, in any of strace's dialects. Events come in the order in which they are certain: an event is
 * held back until its process says something else, because the next line may tell that a filter killed it there. Sort by
 * `line` or `endLine` where the order of the file matters.
 */
export class EventParser {
  readonly #options: ProcessesOptions;
  readonly #cutter = new LineCutter();
  readonly #processes: Processes;
  readonly #head = new Head((lines, core) =>
    this.#processes.begin({ ...survey(lines), ...(core ? { core } : {}) }),
  );
  readonly #held = new Map<Process, TraceEvent>();
  #ready: TraceEvent[] = [];
  #lines = 0;
  #complete = false;

  constructor(options: ProcessesOptions = {}) {
    this.#options = options;
    this.#processes = new Processes(options, {
      event: (event, _, process) => {
        const held = this.#held.get(process);
        if (held) this.#ready.push(held);
        this.#held.set(process, event);
      },
      sigsys: (process, as) => {
        const held = this.#held.get(process);
        if (!held) return;
        const other = as ? { abi: as.abi, name: as.name, nr: as.nr } : {};
        this.#held.set(process, { ...held, ...other, outcome: { kind: 'sigsys' } });
      },
      last: (process) => {
        const held = this.#held.get(process);
        return held && { name: held.name, own: isOwn(held) };
      },
      ended: (process) => {
        const held = this.#held.get(process);
        if (held) this.#ready.push(held);
        this.#held.delete(process);
      },
    });
  }

  /** Events come once the beginning of the trace was surveyed: 64 KiB, or all of it. */
  push(chunk: Uint8Array): TraceEvent[] {
    const ready = this.#head.push(chunk);
    if (ready) this.#read(ready);
    return this.#take();
  }

  #read(chunk: Uint8Array): void {
    this.#cutter.push(chunk, (bytes, from, to) => {
      this.#processes.line(decodeText(bytes, from, to), ++this.#lines);
    });
  }

  end(): TraceEvent[] {
    const rest = this.#head.end();
    if (rest) this.#read(rest);
    const last = this.#cutter.end();
    if (last) this.#processes.line(decodeText(last, 0, last.length), ++this.#lines);
    this.#complete = this.#processes.end(last !== undefined).complete;
    for (const event of this.#held.values()) this.#ready.push(event);
    this.#held.clear();
    return this.#take();
  }

  /** Complete only after `end()`. */
  get stats(): TraceStats {
    return statsOf(
      this.#processes,
      this.#options.file ?? '',
      this.#lines,
      this.#processes.calls.events,
      this.#complete,
    );
  }

  #take(): TraceEvent[] {
    const ready = this.#ready;
    this.#ready = [];
    return ready;
  }
}

function isOwn({ abi, nr, outcome }: TraceEvent): boolean {
  return abi !== undefined && isOwnNumber({ abi, nr }, outcome);
}

/** What a trace is made of, counted: lines, events, processes, what could not be read. */
export function statsOf(
  processes: Processes,
  file: string,
  lines: number,
  events: number,
  complete: boolean,
): TraceStats {
  return {
    file,
    lines,
    events,
    unparsed: processes.unparsed.count,
    unparsedSamples: processes.unparsed.samples,
    unfinished: processes.calls.unfinished,
    complete,
    abis: [...processes.calls.abis].sort(),
    arch: processes.arch,
    processes: processes.threads.started + processes.records.size,
    ...(processes.records.sources.length > 0 ? { sources: processes.records.sources } : {}),
    ...(processes.table ? { table: true } : {}),
    ...(processes.killed.length > 0 ? { killed: processes.killed } : {}),
  };
}
