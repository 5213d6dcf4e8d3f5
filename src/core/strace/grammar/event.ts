import type { Aftermath, NextCall, Occurrence, ThreadEnd } from '../../documents/denial.ts';
import type { FirstSeen, TraceArch, TraceSource } from '../../documents/trace.ts';
import type { Abi } from '../../linux/abi.ts';

export type { Aftermath, FirstSeen, NextCall, Occurrence, ThreadEnd };

/** How a call ended, as strace printed it. */
export type Outcome =
  /** A value came back (decimal, hex or pointer text as printed). */
  | { readonly kind: 'returned'; readonly value: string }
  /** An errno name, such as `ENOSYS`; `injected` when strace itself faked it. */
  | { readonly kind: 'failed'; readonly errno: string; readonly injected?: boolean }
  /** `= ?`: exit, execve superseded, restarted (`restart` names the ERESTART code), or the process was killed. */
  | { readonly kind: 'unknown'; readonly restart?: string }
  /** The call never came back: the process died of SIGSYS in it (a seccomp kill or trap). */
  | { readonly kind: 'sigsys' }
  /** A filter refused it with an errno that the record does not say (audit records). */
  | { readonly kind: 'refused' };

/** One syscall of one process, `<unfinished ...>` and `resumed` already joined. */
export interface TraceEvent {
  /** Thread id as strace printed it; undefined in a trace of a single process without prefixes. */
  readonly pid: number | undefined;
  /** Undefined only when neither mode lines, numbers nor the name tell it. */
  readonly abi: Abi | undefined;
  /** The name in our tables (`fchmodat2` also where strace printed `syscall_0x1c4`). */
  readonly name: string;
  /** Syscall number including the ABI's base; undefined when the name has none on that ABI. */
  readonly nr: number | undefined;
  /** The text between the outer parentheses, as printed, both halves joined. */
  readonly args: string;
  readonly outcome: Outcome;
  /** Seconds: since 1970 with -ttt, of the day with -t and -tt; absent without time stamps. */
  readonly time?: number;
  /** First and last line of the input that make up the event, from 1. */
  readonly line: number;
  readonly endLine: number;
  /** Name of the input it came from, when there are several (`strace -ff`). */
  readonly file?: string;
}

/**
 * A call as a filter sees it. `args[i]` is the raw value, or undefined where the trace does not tell it.
 * The tuple is shorter than six when the trailing arguments are unknown.
 */
export interface Call {
  readonly abi: Abi;
  /** Including the ABI's base; -1 where the name has no number on this ABI. */
  readonly nr: number;
  readonly name: string;
  readonly args: readonly (bigint | undefined)[];
}

/** A program that made a call, as far as the trace shows it (see tracees/image.ts). */
export interface CallerImage {
  /** Its command line. */
  readonly command?: string;
  /** File names of the shared objects that it opened. */
  readonly libraries: readonly string[];
  /** Names of its first calls. */
  readonly start: readonly string[];
  /** Its beginning is not in what was read. */
  readonly partial?: true;
}

/**
 * All events that are alike for every filter: same ABI, number, values of the arguments that some profile tests
 * (see `RELEVANT_ARGUMENTS`), and outcome. Judging works on these, so its cost does not depend on the number of events.
 */
export interface DistinctCall {
  readonly call: Call;
  /** `returned` values are not told apart. */
  readonly outcome:
    | 'returned'
    | 'unknown'
    | 'sigsys'
    | 'refused'
    | { readonly errno: string; readonly injected: boolean };
  readonly count: number;
  readonly first: FirstSeen;
  /** The argument text of the first such event, as printed. */
  readonly sample: string;
  /** Of calls that failed with ENOSYS or EPERM: what their threads did then. */
  readonly after?: Aftermath;
  /**
   * Who made it, of calls whose callers the tables know (linux/callers.ts); absent for others and where there are too
   * many to tell.
   */
  readonly images?: readonly CallerImage[];
}

/** What a parser learned besides the events. */
export type TraceStats = Omit<TraceSummary, 'calls'>;

/** What a reader learns of a whole trace. */
export interface TraceSummary {
  readonly file: string;
  readonly lines: number;
  readonly events: number;
  readonly unparsed: number;
  /** The first few lines that could not be read. */
  readonly unparsedSamples: readonly { readonly line: number; readonly text: string }[];
  /** Calls that never ended. */
  readonly unfinished: number;
  /** False when the trace was cut: last line torn, tracer killed, processes without an end. */
  readonly complete: boolean;
  readonly abis: readonly Abi[];
  /** The machine's, as far as the trace shows it. */
  readonly arch?: TraceArch;
  readonly processes: number;
  readonly calls: readonly DistinctCall[];
  /**
   * Threads that SIGSYS ended in a call that no line shows (the recording left it out): a filter refused something, what it
   * was is not known. Absent when there is none; threads that ended together with one whose call is known are left out.
   */
  readonly killed?: readonly FirstSeen[];
  /** What else than strace recorded calls of it; absent for a trace of strace alone. */
  readonly sources?: readonly TraceSource[];
  /** The input holds a table of `strace -c`, which counts calls and shows none. */
  readonly table?: boolean;
}
