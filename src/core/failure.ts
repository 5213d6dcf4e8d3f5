/**
 * Failures are data. Whatever can go wrong because of the user, the input or the machine is returned as a
 * `Failure`; exceptions are left for defects of this program. The words and exit statuses for each kind are
 * rendered in one place, `src/cli/exit.ts`.
 */
export type FailureKind =
  /** Wrong option, argument or host expression. */
  | 'usage'
  /** A file that can't be read, parsed or validated. */
  | 'input'
  /** Something this machine lacks or forbids: a program, a permission, a daemon. */
  | 'missing'
  /** An experiment that gave no answer: time-out, daemon gone, disk full. */
  | 'undecided'
  /** The user asked to stop. */
  | 'interrupted';

/** Where in the input something is wrong; `line` counts from 1. */
export interface Place {
  readonly file?: string;
  readonly line?: number;
}

export interface Failure {
  readonly kind: FailureKind;
  /** One sentence: what is wrong. No full stop at the end. */
  readonly what: string;
  readonly where?: Place;
  /** One sentence: what to do about it. */
  readonly hint?: string;
}

export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: Failure };

/** A success that carries `value`. */
export function ok<T>(value: T): Result<T> {
  return { ok: true, value };
}

/** A failure: one sentence, and where it is and what to do about it where that is known. */
export function fail(
  kind: FailureKind,
  what: string,
  more: Omit<Failure, 'kind' | 'what'> = {},
): Result<never> {
  return { ok: false, failure: { kind, what, ...more } };
}

/** Ends a switch over a union: a new member that is not handled does not compile. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
