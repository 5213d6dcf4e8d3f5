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

/** One ABI's part of a policy. */
export interface AbiPolicy {
  readonly abi: Abi;
  /** By number including the ABI's base. Rules of a number are alternatives; the first that matches answers. */
  readonly rules: ReadonlyMap<number, readonly PolicyRule[]>;
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
