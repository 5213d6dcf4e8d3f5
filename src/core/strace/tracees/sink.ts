import type { ThreadEnd, TraceEvent } from '../grammar/event.ts';
import type { Identity } from '../grammar/identity.ts';
import type { Process } from './process.ts';
import type { ThreadTableOptions } from './threadTable.ts';

/** What becomes of the events. */
export interface Sink {
  event(event: TraceEvent, identity: Identity, process: Process): void;
  /** The last event of this process was refused by a filter that kills or traps. */
  sigsys(process: Process): void;
  /** No line of this process follows. */
  ended(process: Process, end?: ThreadEnd): void;
}

export interface ProcessesOptions extends ThreadTableOptions {
  readonly file?: string;
}
