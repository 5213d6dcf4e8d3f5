/**
 * The library: traces, profiles, filters and hosts as pure functions, and the few effects that bind them to files and
 * this machine. Everything returns a `Result`; nothing here prints or exits.
 */

// Filters: classic BPF.
export { compile } from './core/bpf/compile.ts';
export { type SeccompData, seccompData } from './core/bpf/data.ts';
export { disassemble } from './core/bpf/disassemble.ts';
export { decodeProgram, encodeProgram } from './core/bpf/encode.ts';
export type { Instruction, Program } from './core/bpf/instruction.ts';
export { interpret } from './core/bpf/interpret.ts';
export { readStraceFilters } from './core/bpf/strace.ts';
export { verify } from './core/bpf/verify.ts';
export { type Emulation, emulate } from './core/emulate.ts';
// Failures.
export type { Failure, FailureKind, Place, Result } from './core/failure.ts';
// Hosts.
export type { HostField, HostIdentity, HostModel } from './core/hosts/host.ts';
export { knownHosts } from './core/hosts/known.ts';
export { resolveHost, type Surroundings } from './core/hosts/resolve.ts';
// Judging.
export { type Inferred, inferHosts } from './core/infer.ts';
export { blockedOn, denialsOf, type Judged, judgeCalls } from './core/judge.ts';
export { type Manifest, parseManifest } from './core/manifest.ts';
export { manifestPath } from './core/manifestPath.ts';
export { type PredictedFix, predictFix } from './core/predict.ts';
// Profiles and policies.
export type { Action, Cause } from './core/profile/action.ts';
export { evaluate } from './core/profile/evaluate.ts';
export { lower } from './core/profile/lower.ts';
export type { Policy, PolicyRule } from './core/profile/policy.ts';
export { parseProfile } from './core/profile/schema.ts';
export type { Target } from './core/profile/target.ts';
export type { Verdict } from './core/profile/verdict.ts';
export type { Denial, Fix, Report } from './core/report.ts';
// Syscalls.
export { ABIS, type Abi } from './core/syscalls/abi.ts';
export { parseArch } from './core/syscalls/arch.ts';
export { fallbackSentence, fallsBackOn } from './core/syscalls/fallbacks.ts';
export { kernelOf, syscallName, syscallNames, syscallNumber } from './core/syscalls/numbers.ts';
// Traces.
export type { Call, DistinctCall, Outcome, TraceEvent, TraceSummary } from './core/trace/event.ts';
export { EventParser } from './core/trace/events.ts';
export { TraceReader, type TraceReaderOptions } from './core/trace/reader.ts';
// Effects: files, and hosts as this machine sees them.
export { openHost } from './shell/hosts.ts';
export { type ReadTraceOptions, readTrace } from './shell/traceFile.ts';
