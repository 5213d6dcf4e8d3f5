import type { RuleOrigin } from '../../documents/reason.ts';
import type { Abi } from '../../linux/abi.ts';
import type { Action } from './action.ts';

export type Operator = 'NE' | 'LT' | 'LE' | 'EQ' | 'GE' | 'GT' | 'MASKED_EQ';

/** `args[index] OP value`; for MASKED_EQ `(args[index] & value) == valueTwo`. Values are unsigned 64-bit. */
export interface Condition {
  readonly index: number;
  readonly op: Operator;
  readonly value: bigint;
  readonly valueTwo: bigint;
}

/** One rule for one syscall number; its conditions are ANDed. */
export interface PolicyRule {
  readonly conditions: readonly Condition[];
  readonly action: Action;
  /** Which part of the profile it came from. */
  readonly origin: RuleOrigin;
}

/**
 * How the code of a filter decides one call, a comparison of a 32-bit word at a time. What is compared is what was loaded last, which
 * is not always what the rule says: libseccomp leaves a load out where it takes the word for loaded.
 */
export interface Step {
  /** Byte offset in `struct seccomp_data` of the word to load; undefined where the last one is still used. */
  readonly load: number | undefined;
  /** ANDed with the word, which stays so for the steps that do not load. */
  readonly mask: number | undefined;
  readonly test: 'EQ' | 'GT' | 'GE';
  readonly datum: number;
  readonly yes: Decision;
  readonly no: Decision;
}

/** A step, the rule that decides, or undefined for the default action. */
export type Decision = Step | PolicyRule | undefined;

/** One ABI's part of a policy. */
export interface AbiPolicy {
  readonly abi: Abi;
  /** By number including the ABI's base. Rules of a number are alternatives; the first that matches decides. */
  readonly rules: ReadonlyMap<number, readonly PolicyRule[]>;
  /**
   * What libseccomp makes of one of these lists where that can differ from "the first that matches"; undefined where it can't, and for
   * lists that are not of this policy.
   */
  decisionOf?(list: readonly PolicyRule[]): Decision;
  /** libseccomp never loads the number of a call here, so no rule of the profile matches and none is in `rules`. */
  readonly losesNumber?: boolean;
  /** runc's ENOSYS stub: numbers above this are answered ENOSYS before any rule (PR opencontainers/runc#2750). */
  readonly stubAbove?: number;
  /** runc >= 1.1.3 on s390 and s390x: number 0 is answered ENOSYS (opencontainers/runc#3478). */
  readonly stubZero?: boolean;
}

/** A profile lowered for one host: no names, no conditions on capabilities or kernels are left. */
export interface Policy {
  /** Order is the order of evaluation and of the compiled program. */
  readonly abis: readonly AbiPolicy[];
  readonly defaultAction: Action;
  /** For an audit architecture (or half of x86_64/x32) that is not listed: libseccomp's bad-arch action. */
  readonly badArchAction: Action;
  /** Names of the profile that this libseccomp does not know and that were skipped in silence. */
  readonly skipped: readonly string[];
}
