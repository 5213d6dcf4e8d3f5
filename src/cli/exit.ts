import type { Failure, FailureKind } from '../core/failure.ts';

/** Exit statuses of every command (README, "Exit status"). */
export const EXIT = { none: 0, findings: 1, wrongUse: 2, undecided: 3 } as const;
export type ExitStatus = number;

/** The traced command was killed by this signal, and whoever called us is to see the same. */
export interface SignalDeath {
  readonly exitSignal: string;
}

const STATUS: Readonly<Record<FailureKind, ExitStatus>> = {
  usage: EXIT.wrongUse,
  input: EXIT.wrongUse,
  missing: EXIT.undecided,
  undecided: EXIT.undecided,
  interrupted: 130,
};

/** The exit status that a failure ends the program with. */
export function exitStatusOf(failure: Failure): ExitStatus {
  return STATUS[failure.kind];
}

/** One clear sentence: where, what, and what to do. */
export function wordsOf(failure: Failure): string {
  const { file, line } = failure.where ?? {};
  const place = file === undefined ? '' : line === undefined ? `${file}: ` : `${file}:${line}: `;
  const hint = failure.hint === undefined ? '' : `\n  ${failure.hint}`;
  return `trace-build: ${place}${failure.what}${hint}\n`;
}
