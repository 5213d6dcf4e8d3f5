import type { Result } from '../../failure.ts';
import type { Abi } from '../../linux/abi.ts';
import type { KernelVersion } from '../../linux/kernel.ts';
import type { Action } from './action.ts';

export type { KernelVersion };

/** What one libseccomp release knows; facts/libseccomp.json behind an interface. */
export interface LibseccompRules {
  readonly version: string;
  /** Known on any architecture (seccomp_syscall_resolve_name does not fail). */
  knows(name: string): boolean;
  /** Direct number including the ABI's base, or undefined: the name is a pseudo number there, or unknown. */
  number(name: string, abi: Abi): number | undefined;
  supports(abi: Abi): boolean;
  /** `socketcall`/`ipc` sub-call that a rule for this name also covers on this ABI. */
  multiplexed(
    name: string,
    abi: Abi,
  ): { readonly via: 'socketcall' | 'ipc'; readonly call: number } | undefined;
}

/** How an engine version turns its profile into the OCI object (runtime-behaviour §0.1, c). */
export interface EngineRules {
  readonly name: string;
  readonly version: string;
  readonly passesErrnoRet: boolean;
  readonly passesDefaultErrnoRet: boolean;
  readonly testsMinKernel: boolean;
  /**
   * What `includes.arches`/`excludes.arches` are compared with on such a host: Go-libseccomp's name or GOARCH, by
   * version. Empty where that version knows no name for its own architecture: then no arch condition holds.
   */
  conditionArch(native: Abi): string;
  /** The ABIs it puts in `architectures`; an empty list means the runtime is told none. */
  architectures(declared: ProfileArchitectures, native: Abi): Result<readonly Abi[]>;
}

/** What the profile itself says about architectures. */
export interface ProfileArchitectures {
  readonly archMap: readonly { readonly native: Abi; readonly sub: readonly Abi[] }[] | undefined;
  readonly list: readonly Abi[] | undefined;
}

/** How a runtime version turns the OCI object into a filter (runtime-behaviour §a, b, c). */
export interface RuntimeRules {
  readonly name: 'runc' | 'crun' | 'none';
  readonly version: string;
  readonly stub: boolean;
  /** runc >= 1.1.15 and >= 1.2.0-rc.1: the native ABI always takes part in the stub. */
  readonly stubAddsNative: boolean;
  /** runc >= 1.1.3: number 0 on s390 and s390x. */
  readonly stubZero: boolean;
  /** ABIs the stub code of this version knows. */
  stubKnows(abi: Abi): boolean;
  readonly honoursErrnoRet: boolean;
  readonly honoursDefaultErrnoRet: boolean;
  /** False: each condition of a rule is a rule of its own (runc before 1.0.0-rc4, CVE-2017-18367). */
  readonly allMustHold: boolean;
  readonly unknownName: 'skip' | 'error';
  /** A rule whose action is the default action: libseccomp refuses it. */
  readonly redundantRule: 'skip' | 'error';
  /** `errnoRet` or `defaultErrnoRet` on an action that takes none; the specification wants an error. */
  readonly strayErrno: 'ignore' | 'error';
  /** runc >= 1.2.0-rc.1: with more names than this it asks libseccomp for a binary search over the numbers. */
  readonly binaryTreeAbove?: number;
  acceptsAction(kind: Action['kind']): boolean;
  /** A `flags` entry of the profile, spelled as in the document. */
  acceptsFlag(flag: string): boolean;
}

/** Everything about a host that decides how a profile becomes a policy. */
export interface Target {
  readonly arch: Abi;
  readonly kernel: KernelVersion;
  /** `CAP_SYS_ADMIN` … that the engine's conditions are tested against. */
  readonly caps: ReadonlySet<string>;
  readonly engine: EngineRules;
  readonly runtime: RuntimeRules;
  readonly libseccomp: LibseccompRules;
}
