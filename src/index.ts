/** The library: pure functions over traces, profiles and hosts, and the engines that run a command. */
export type { Failure, FailureKind, Place, Result } from './core/failure.ts';
export type { HostIdentity, HostModel } from './core/hosts/host.ts';
export type { Denial, Fix, Report } from './core/report.ts';
export type { Abi } from './core/syscalls/abi.ts';
export type { DistinctCall, TraceEvent, TraceSummary } from './core/trace/event.ts';
