import type { TraceEvent } from '../grammar/event.ts';
import { type Body, readLine } from '../grammar/line.ts';
import type { Prefix } from '../grammar/prefix.ts';
import { copyOf, decodeText } from '../sources/bytes.ts';
import type { Process } from './process.ts';

/**
 * Lines that the byte scanner passed and that may be needed later: a call that has not ended, an event that may turn out to be
 * deadly. They are copied only when the chunk goes away or somebody could look at them.
 */
export class PendingLines {
  /** Processes with such a line in the chunk at hand; `process.held` is set. */
  readonly processes: Process[] = [];

  copy(bytes: Uint8Array): void {
    if (this.processes.length === 0) return;
    for (const process of this.processes) {
      process.held = false;
      if (process.lazyFrom !== -1) process.lazy = copyOf(bytes, process.lazyFrom, process.lazyTo);
      if (process.lastFrom !== -1 && process.recent) {
        process.lastBytes = copyOf(bytes, process.lastFrom, process.lastTo);
      }
      process.lazyFrom = -1;
      process.lastFrom = -1;
    }
    this.processes.length = 0;
  }
}

function read(bytes: Uint8Array): { readonly body: Body; readonly prefix: Prefix } {
  return readLine(decodeText(bytes, 0, bytes.length));
}

/** A pending call that the scanner kept as bytes becomes one that the grammar knows. */
export function wake(process: Process): void {
  const bytes = process.lazy;
  if (!bytes || process.lazyLine === 0) return;
  const { body, prefix } = read(bytes);
  if (body.kind === 'unfinished') {
    process.pending = {
      name: body.name,
      args: body.args,
      line: process.lazyLine,
      number: prefix.number,
      time: prefix.time,
    };
  }
  process.lazy = undefined;
  process.lazyLine = 0;
}

/** The last event of a process once more, as far as the tally needs it. */
export function lastEvent(
  process: Process,
): Pick<TraceEvent, 'line' | 'pid' | 'args' | 'outcome'> | undefined {
  const bytes = process.lastBytes;
  if (!bytes) return undefined;
  const { body } = read(bytes);
  if (body.kind !== 'call') return undefined;
  return { line: process.lastLine, pid: process.pid, args: body.args, outcome: body.outcome };
}
