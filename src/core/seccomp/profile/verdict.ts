import type { Action, Cause } from './action.ts';

/** What a host answers to one call. */
export interface Verdict {
  readonly action: Action;
  /** Present unless the call is simply allowed by a rule without doubt. */
  readonly cause: Cause;
  /** True when the answer depends on an argument: on a rule with conditions for this syscall. */
  readonly conditional: boolean;
  /** The other answers that are possible because an argument's value is not known; empty when the answer is certain. */
  readonly alternatives: readonly Action[];
  /** One sentence in words: which rule, stub limit, default or kernel version decides. */
  readonly evidence: string;
}
