/** One call on a time axis. */
export interface TimedCall {
  /** Thread id; 0 in a trace of one process without pids. */
  readonly pid: number;
  readonly name: string;
  /** Seconds since the first call of the trace. */
  readonly at: number;
  /** Seconds that it took; absent without strace's -T. */
  readonly seconds?: number;
  /** `ok`, an errno name, `SIGSYS`, or `?`. */
  readonly result: string;
  readonly line: number;
  /** File name of what the thread ran then; absent where the trace does not show it. */
  readonly program?: string;
}

/** A trace on a time axis, for viewers of time; it is no document of `--json`. */
export interface TimedTrace {
  readonly name: string;
  /** In the order of time. */
  readonly calls: readonly TimedCall[];
  /** What was refused, as `syscall errno`. */
  readonly refused: ReadonlySet<string>;
}
