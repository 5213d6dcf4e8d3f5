import type { ThreadEnd, TraceEvent } from '../grammar/event.ts';
import type { Identity } from '../grammar/identity.ts';
import type { Process } from './process.ts';
import type { ThreadTableOptions } from './threadTable.ts';

/** What becomes of the events. */
export interface Sink {
  event(event: TraceEvent, identity: Identity, process: Process): void;
  /** The last event of this process was refused by a filter that kills or traps; `as`: on another ABI than it was given. */
  sigsys(process: Process, as?: Identity): void;
  /** The last event of this process: its name, and whether its result is its own number. */
  last(process: Process): { readonly name: string; readonly own: boolean } | undefined;
  /** No line of this process follows. */
  ended(process: Process, end?: ThreadEnd): void;
}

export interface ProcessesOptions extends ThreadTableOptions {
  readonly file?: string;
}
