/**
 * The library: traces, profiles, filters and hosts as pure functions, and the few effects that bind them to files and
 * this machine. Everything returns a `Result`; nothing here prints or exits.
 */

export { blockedOn, type Judged, judgeCalls } from './core/diagnosis/blocked.ts';
export { denialsOf } from './core/diagnosis/denials.ts';
// Judging.
export { type Inferred, inferHosts } from './core/diagnosis/infer/infer.ts';
export type { Denial, Fix } from './core/documents/denial.ts';
export { type Manifest, parseManifest } from './core/documents/manifest.ts';
export { manifestPath } from './core/documents/manifestPath.ts';
export type { Report } from './core/documents/report.ts';
// Failures.
export type { Failure, FailureKind, Place, Result } from './core/failure.ts';
export { type Emulation, emulate } from './core/hosts/emulation/emulate.ts';
// Hosts.
export type { HostField, HostIdentity, HostModel } from './core/hosts/host.ts';
export { knownHosts } from './core/hosts/known.ts';
export { resolveHost, type Surroundings } from './core/hosts/resolve/resolve.ts';
// Syscalls.
export { ABIS, type Abi } from './core/linux/abi.ts';
export { parseArch } from './core/linux/arch.ts';
export { callerClaims, fallsBackOn } from './core/linux/callers.ts';
export { kernelOf, syscallName, syscallNames, syscallNumber } from './core/linux/numbers.ts';
export { type PredictedFix, predictFix } from './core/minimize/predict.ts';
// Filters: classic BPF.
export { compile } from './core/seccomp/filter/compile.ts';
export { type SeccompData, seccompData } from './core/seccomp/filter/data.ts';
export { disassemble } from './core/seccomp/filter/disassemble.ts';
export { decodeProgram, encodeProgram } from './core/seccomp/filter/encode.ts';
export type { Instruction, Program } from './core/seccomp/filter/instruction.ts';
export { interpret } from './core/seccomp/filter/interpret.ts';
export { readStraceFilters } from './core/seccomp/filter/strace.ts';
export { verify } from './core/seccomp/filter/verify.ts';
// Profiles and policies.
export type { Action, Cause } from './core/seccomp/profile/action.ts';
export { evaluate } from './core/seccomp/profile/evaluate.ts';
export { lower } from './core/seccomp/profile/lower.ts';
export type { Policy, PolicyRule } from './core/seccomp/profile/policy.ts';
export { parseProfile } from './core/seccomp/profile/schema.ts';
export type { Target } from './core/seccomp/profile/target.ts';
export type { Verdict } from './core/seccomp/profile/verdict.ts';
export { TraceReader, type TraceReaderOptions } from './core/strace/fast/reader.ts';
// Traces.
export type { Call, DistinctCall, Outcome, TraceEvent, TraceSummary } from './core/strace/grammar/event.ts';
export { EventParser } from './core/strace/tracees/events.ts';
// Effects: files, and hosts as this machine sees them.
export { openHost } from './io/machine/hosts.ts';
export { type ReadTraceOptions, readTrace } from './io/traces/traceFile.ts';
