import type { HostIdentity } from '../hosts/host.ts';
import type { Abi } from '../linux/abi.ts';
import type { Cause } from '../seccomp/profile/action.ts';
import type { Aftermath, FirstSeen, TraceSummary } from '../strace/grammar/event.ts';

/** `suspect`: an error followed it. `harmless`: another way was taken, or the command succeeded. */
export type Role = 'suspect' | 'harmless' | 'unknown';

/** One group of refused calls: same syscall, ABI, errno and cause (design §3). */
export interface Denial {
  readonly syscall: string;
  readonly abi: Abi;
  readonly nr: number;
  /** `ENOSYS`, `EPERM`, or `SIGSYS` where the filter killed the process. */
  readonly errno: string;
  readonly cause: Cause;
  readonly evidence: string;
  readonly count: number;
  readonly first: FirstSeen;
  /** Argument text of the first such call. */
  readonly sample: string;
  /** What libc and tools do on this errno, in one sentence; undefined when our table does not know. */
  readonly fallback?: string;
  /**
   * True for what breaks builds: what followed shows it, or, where that shows nothing, no caller in our tables falls back
   * on this errno.
   */
  readonly matters: boolean;
  /** What the trace shows of the harm; absent where it shows nothing, then `matters` is by the tables alone. */
  readonly role?: Role;
  /** What the threads did then, counted, with the occurrence that tells most. */
  readonly after?: Aftermath;
  /** The same in a sentence. */
  readonly followed?: string;
  /** True when the answer depends on an argument that the trace does not tell: it may be refused. */
  readonly uncertain?: boolean;
}

/** The smallest change to a profile. `enosys` grants nothing: it lets libc fall back. */
export interface Fix {
  readonly allow: readonly (string | { readonly name: string; readonly args: readonly unknown[] })[];
  readonly enosys: readonly string[];
}

export interface TraceInfo extends Omit<TraceSummary, 'calls'> {}

/** How a command ended. Exactly one of status and signal, unless it never started or was lost with its engine. */
export interface ExitInfo {
  readonly status?: number;
  readonly signal?: string;
  readonly timedOut?: boolean;
}

/** Blocked on one host, as `replay` prints it. */
export interface HostBlocked {
  readonly host: HostIdentity;
  readonly blocked: readonly Denial[];
  /** How many known hosts answer alike, this one included; absent for one. */
  readonly alike?: number;
}

/** One process (thread group or thread, as strace numbers them) of the trace. */
export interface ProcessInfo {
  readonly pid: number;
  /** Who made it, when the trace shows the clone. */
  readonly parent?: number;
  /** Its last successful execve, as a command line; a process that never ran one has its parent's. */
  readonly command?: string;
  /** Name of the input it came from, when there are several. */
  readonly file?: string;
  /** First and last event, in the timeline's unit. */
  readonly from: number;
  readonly to: number;
  readonly events: number;
  readonly failed: number;
  readonly exit?: ExitInfo;
}

/** When what happened. Without time stamps in the trace the line number stands for the time. */
export interface Timeline {
  readonly unit: 'seconds' | 'lines';
  readonly from: number;
  readonly to: number;
  /** In the order of their first event. */
  readonly processes: readonly ProcessInfo[];
  /** Processes that are not listed because there are too many. */
  readonly omitted: number;
  /** Where calls were refused; `denial` indexes `Report.denials`. */
  readonly marks: readonly { readonly at: number; readonly pid: number; readonly denial: number }[];
}

/** The one value that every reporter renders. Sections that do not apply are absent. */
export interface Report {
  readonly command?: readonly string[];
  /** The host the command ran on (or was emulated as). */
  readonly host?: HostIdentity;
  readonly engine?: { readonly name: string; readonly version?: string; readonly why?: string };
  readonly exit?: ExitInfo;
  readonly traces: readonly TraceInfo[];
  /** Every distinct syscall with counts: the histogram. */
  readonly syscalls: readonly {
    readonly name: string;
    readonly abi: Abi;
    readonly count: number;
    readonly failed: number;
  }[];
  readonly denials: readonly Denial[];
  readonly hosts: readonly HostBlocked[];
  readonly fix?: {
    readonly fix: Fix;
    readonly basis: 'predicted' | 'proven';
    readonly guarantee?: 'smallest' | '1-minimal' | 'unproven';
    /** What was run to prove it, and how each run ended. */
    readonly proof?: readonly {
      readonly change: string;
      readonly outcome: 'pass' | 'fail' | 'unresolved';
      readonly seconds: number;
    }[];
    /** Why allowing a syscall is not for nothing. */
    readonly danger?: readonly { readonly syscall: string; readonly why: string }[];
  };
  /** What maintainers ask for in issues: label and value. */
  readonly environment: readonly { readonly name: string; readonly value: string }[];
  /** The command that reproduces this report. */
  readonly reproduce?: string;
  /** Lines of the trace around each denial. */
  readonly excerpts: readonly {
    readonly file: string;
    readonly from: number;
    readonly lines: readonly string[];
  }[];
  readonly notes: readonly string[];
  readonly timeline?: Timeline;
  /** What redaction did; absent in a report that is not redacted. */
  readonly redacted?: { readonly paths: 'keep' | 'relative' | 'hash' };
}
