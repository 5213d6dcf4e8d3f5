import type { Reason } from '../../documents/reason.ts';
import type { Action, Cause } from './action.ts';

/** What a host answers to one call. */
export interface Verdict {
  readonly action: Action;
  /** The kind of `reason`, coarser: what groups and exit statuses look at. */
  readonly cause: Cause;
  /** True when the answer depends on an argument: on a rule with conditions for this syscall. */
  readonly conditional: boolean;
  /** The other answers that are possible because an argument's value is not known; empty when the answer is certain. */
  readonly alternatives: readonly Action[];
  /** Which rule, stub limit, default or kernel version decides. */
  readonly reason: Reason;
  /** The kernel has the call only where it is built with this option: that it has it is assumed. */
  readonly kernelOption?: string;
}
