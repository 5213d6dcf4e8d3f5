import type { HostIdentity } from './hosts/host.ts';
import type { Cause } from './profile/action.ts';
import type { Abi } from './syscalls/abi.ts';
import type { FirstSeen, TraceSummary } from './trace/event.ts';

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
  /** True when, by our tables, nothing falls back on this errno: the call that breaks builds. */
  readonly matters: boolean;
}

/** The smallest change to a profile. `enosys` grants nothing: it lets libc fall back. */
export interface Fix {
  readonly allow: readonly (string | { readonly name: string; readonly args: readonly unknown[] })[];
  readonly enosys: readonly string[];
}

export interface TraceInfo extends Omit<TraceSummary, 'calls'> {}

/** How a command ended. Exactly one of status and signal, unless it never started. */
export interface ExitInfo {
  readonly status?: number;
  readonly signal?: string;
  readonly timedOut?: boolean;
}

/** Blocked on one host, as `replay` prints it. */
export interface HostBlocked {
  readonly host: HostIdentity;
  readonly blocked: readonly Denial[];
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
}
