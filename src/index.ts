/**
 * The library. Each command is a function from options to the document that its `--json` prints; below them are the pure
 * parts: traces, profiles, filters and hosts. Everything returns a `Result`; nothing here prints or exits.
 */

// Commands.
export { type BisectWishes, bisect } from './commands/bisect.ts';
export { checkFixtures } from './commands/check.ts';
export { doctor } from './commands/doctor.ts';
export { type ExplainOptions, explain } from './commands/explain.ts';
export { type InferOptions, infer } from './commands/infer.ts';
export { type MinimizePorts, minimize } from './commands/minimize.ts';
export type { MinimizeFlags } from './commands/minimizeFlags.ts';
export type { LogPorts, Ports } from './commands/ports.ts';
export {
  type CompiledProfile,
  compileProfile,
  type ProfileCompileOptions,
} from './commands/profileCompile.ts';
export { convertProfile, type ProfileConvertOptions } from './commands/profileConvert.ts';
export { diffProfiles } from './commands/profileDiff.ts';
export { disassembleFilters } from './commands/profileDisasm.ts';
export { evalProfile, type ProfileEvalOptions } from './commands/profileEval.ts';
export { type ProfileShowOptions, showProfile } from './commands/profileShow.ts';
export { type RedactOptions, redact } from './commands/redact.ts';
export { type ReplayOptions, replay } from './commands/replay.ts';
export { type ReportOptions, report } from './commands/report.ts';
export { run } from './commands/run.ts';
export type { RunPorts } from './commands/runAt.ts';
export type { RunFlags } from './commands/runFlags.ts';
export { type WhyLogOptions, whyLog } from './commands/whyLog.ts';
// Evaluating.
export { blockedOn, type Judged, judgeCalls } from './core/diagnosis/blocked.ts';
export { denialsOf } from './core/diagnosis/denials.ts';
export { type Inferred, inferHosts } from './core/diagnosis/infer/infer.ts';
// Documents.
export type { BisectDocument } from './core/documents/bisect.ts';
export type { CheckDocument } from './core/documents/check.ts';
export type { Denial, Fix } from './core/documents/denial.ts';
export type { DoctorResult } from './core/documents/doctor.ts';
export type { ExplainDocument } from './core/documents/explain.ts';
export type { InferDocument } from './core/documents/infer.ts';
export { type Manifest, parseManifest } from './core/documents/manifest.ts';
export { manifestPath } from './core/documents/manifestPath.ts';
export type { MinimizeDocument } from './core/documents/minimize.ts';
export type {
  ProfileDiffDocument,
  ProfileEvalDocument,
  ProfileShowDocument,
} from './core/documents/profile.ts';
export type { ReplayDocument } from './core/documents/replay.ts';
export type { Report } from './core/documents/report.ts';
export type { RunDocument } from './core/documents/run.ts';
export type { WhyDocument } from './core/documents/why.ts';
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
