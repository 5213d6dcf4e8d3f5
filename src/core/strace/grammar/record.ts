import type { TraceSource } from '../../documents/trace.ts';
import type { Abi } from '../../linux/abi.ts';
import type { Outcome } from './event.ts';

/** A call as something else than strace recorded it. What that can't know is absent. */
export interface SourceRecord {
  readonly tool: TraceSource['tool'];
  readonly pid: number | undefined;
  /** What the process runs, as far as the record says. */
  readonly command?: string;
  /** Undefined: that of the machine. */
  readonly abi: Abi | undefined;
  /** As the record names it; for a number alone `syscall_0x…`. */
  readonly name: string;
  readonly nr?: number;
  readonly args: string;
  readonly outcome: Outcome;
  /** The record shows the beginning of the call, or its end alone. */
  readonly half?: 'begin' | 'end';
}
