import type { Abi } from '../linux/abi.ts';
import type { Policy } from '../seccomp/profile/policy.ts';
import type { Target } from '../seccomp/profile/target.ts';
import type { Verdict } from '../seccomp/profile/verdict.ts';
import type { Call } from '../strace/grammar/event.ts';

/** Field of a host that was not given by the user but taken from what that engine version shipped with. */
export type HostField = 'version' | 'runtime' | 'runtimeVersion' | 'libseccomp' | 'kernel' | 'arch' | 'caps';

/** A resolved HOST expression, as it stands in JSON output (design §7). */
export interface HostIdentity {
  /** As the user wrote it. */
  readonly expression: string;
  readonly engine: string;
  readonly version: string;
  readonly runtime: string;
  readonly runtimeVersion: string;
  readonly libseccomp: string;
  readonly kernel: string;
  readonly arch: Abi;
  readonly assumed: readonly HostField[];
  /** Sentences about what was modelled in a special way (a vendor's libseccomp port, a profile file …). */
  readonly notes: readonly string[];
}

/** A host that can be asked. Made by `resolveHost` in hosts/; asking is synchronous and pure. */
export interface HostModel {
  readonly identity: HostIdentity;
  /** The filter, lowered; undefined where there is none (unconfined, kernel@…, gVisor). */
  readonly policy: Policy | undefined;
  /** What the profile was lowered with; undefined where there is no filter. */
  readonly target: Target | undefined;
  /** The filter's answer, then the kernel's: ENOSYS with cause `kernel` for what that kernel lacks. */
  answer(call: Call): Verdict;
}
