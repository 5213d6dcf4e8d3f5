import type { Observation } from '../../core/minimize/problem.ts';
import type { JobResult } from '../engines/engine.ts';

/** What counts as a pass besides exit status 0. */
export interface Expectations {
  readonly expectOutput?: RegExp;
  readonly rejectOutput?: RegExp;
}

/** `hung` and `refused to start` say nothing alone; repeated they may (see minimizeRunner). */
export type Reading = Pick<Observation, 'outcome' | 'why'> & { readonly trouble?: 'hung' | 'not-started' };

/**
 * Reads one execution. A daemon that is gone, a full disk, an out-of-memory kill, a time-out: none of them says anything
 * about the filter. A death of SIGSYS is the filter's own doing, and so may be ENOMEM: a refused brk or mmap looks so.
 */
export function readResult(result: JobResult, expectations: Expectations = {}): Reading {
  const { ended, exit, stdout, stderr, trouble } = result;
  if (ended === 'timeout') return { outcome: 'unresolved', why: trouble ?? 'timed out', trouble: 'hung' };
  if (ended === 'engine-failed') return readFailure(result);
  if (ended !== 'exited') return { outcome: 'unresolved', why: trouble ?? ended };
  if (exit.signal === 'SIGKILL' || exit.status === 137) {
    return { outcome: 'unresolved', why: 'killed (SIGKILL), as for lack of memory' };
  }
  const output = `${stdout}\n${stderr}`;
  const passed = exit.status === 0;
  if (!passed && /No space left on device|ENOSPC|Disk quota exceeded/.test(output)) {
    return { outcome: 'unresolved', why: 'the disk is full' };
  }
  // A compiler that the kernel killed for lack of memory: make and gcc go on and say so.
  if (!passed && /\bKilled\b/.test(output)) {
    return { outcome: 'unresolved', why: 'a process was killed (SIGKILL), as for lack of memory' };
  }
  if (!passed)
    return { outcome: 'fail', why: exit.signal ? `died of ${exit.signal}` : `exit status ${exit.status}` };
  if (expectations.expectOutput && !expectations.expectOutput.test(output)) {
    return { outcome: 'fail', why: `the output lacks ${expectations.expectOutput}` };
  }
  if (expectations.rejectOutput?.test(output)) {
    return { outcome: 'fail', why: `the output has ${expectations.rejectOutput}` };
  }
  return { outcome: 'pass' };
}

/** Of an engine that failed: whether it is the start that failed may be the filter's doing. */
export function readFailure({ trouble, lost }: JobResult): Reading {
  const why = trouble ?? 'the engine failed';
  return { outcome: 'unresolved', why, ...(lost ? {} : { trouble: 'not-started' as const }) };
}

/** In the order of how much they say: a refusal in words, then an error of any kind. */
const TELLING: readonly RegExp[] = [
  /\b(?:operation not permitted|function not implemented|permission ?denied|bad system call|errno:? ?\d+)\b/i,
  /\b(?:error|fatal|panic|cannot|can't|unable to|failed)\b/i,
];

/** The line of its errors that says most about why a command failed: a build tool ends with a summary, not with the cause. */
export function tellingLine(stderr: string): string | undefined {
  const lines = stderr.split('\n').map((line) => line.trim());
  for (const words of TELLING) {
    const line = lines.find((text) => words.test(text));
    if (line !== undefined) return line;
  }
  return lines.findLast((line) => line !== '');
}
