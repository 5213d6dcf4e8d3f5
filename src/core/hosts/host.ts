import type { HostField, HostIdentity } from '../documents/host.ts';
import type { Policy } from '../seccomp/profile/policy.ts';
import type { Target } from '../seccomp/profile/target.ts';
import type { Verdict } from '../seccomp/profile/verdict.ts';
import type { Call } from '../strace/grammar/event.ts';

export type { HostField, HostIdentity };

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
