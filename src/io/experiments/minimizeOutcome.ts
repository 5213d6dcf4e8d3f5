import type { Observation } from '../../core/minimize/problem.ts';
import type { TraceSummary } from '../../core/strace/grammar/event.ts';
import type { JobResult } from '../engines/engine.ts';
import type { Shortage } from './shortage.ts';

/** What counts as a pass besides exit status 0. */
export interface Expectations {
  readonly expectOutput?: RegExp;
  readonly rejectOutput?: RegExp;
}

/** What says nothing alone, but may when it repeats itself (see minimizeRunner). */
export type Reading = Pick<Observation, 'outcome' | 'why'> & {
  readonly trouble?: 'hung' | 'not-started' | 'killed' | 'no-space';
};

/**
 * Reads one execution. A daemon that is gone, a time-out, and what the kernel itself calls a lack of memory or of disk say
 * nothing about the filter. A death of SIGSYS is the filter's own doing, and so may be ENOMEM: a refused brk or mmap looks so.
 * A program that says "Killed" or "No space left" only may be wrong: the kernel is asked.
 */
export function readResult(
  result: JobResult,
  expectations: Expectations = {},
  { memory, disk }: Shortage = {},
): Reading {
  const { ended, exit, stdout, stderr, trouble } = result;
  if (ended === 'timeout') return { outcome: 'unresolved', why: trouble ?? 'timed out', trouble: 'hung' };
  if (ended === 'engine-failed') return readFailure(result);
  if (ended !== 'exited') return { outcome: 'unresolved', why: trouble ?? ended };
  const output = `${stdout}\n${stderr}`;
  if (exit.status !== 0) {
    if (memory) return { outcome: 'unresolved', why: 'the kernel killed a process for lack of memory' };
    if (disk) return { outcome: 'unresolved', why: 'the disk is full' };
    if (exit.signal === 'SIGKILL' || exit.status === 137) {
      return { outcome: 'unresolved', why: 'killed (SIGKILL)', trouble: 'killed' };
    }
    if (disk === undefined && NO_SPACE.test(output)) {
      return { outcome: 'unresolved', why: 'it says that the disk is full', trouble: 'no-space' };
    }
    // make and gcc go on when one of their processes is killed, and say so.
    if (/\bKilled\b/.test(output)) {
      return { outcome: 'unresolved', why: 'it says that a process was killed', trouble: 'killed' };
    }
    return { outcome: 'fail', why: exit.signal ? `died of ${exit.signal}` : `exit status ${exit.status}` };
  }
  if (expectations.expectOutput && !expectations.expectOutput.test(output)) {
    return { outcome: 'fail', why: `the output lacks ${expectations.expectOutput}` };
  }
  if (expectations.rejectOutput?.test(output)) {
    return { outcome: 'fail', why: `the output has ${expectations.rejectOutput}` };
  }
  return { outcome: 'pass' };
}

const NO_SPACE = /No space left on device|ENOSPC|Disk quota exceeded/;

/**
 * What a run was short of: as it was watched, and as its calls tell. A program that speaks of a full disk was told so by the
 * kernel, or it was not; a whole trace shows which.
 */
export function shortageOf(
  watched: Shortage,
  { stdout, stderr }: Pick<JobResult, 'stdout' | 'stderr'>,
  summary: TraceSummary | undefined,
): Shortage {
  if (watched.disk || !summary?.complete || !NO_SPACE.test(`${stdout}\n${stderr}`)) return watched;
  const disk = summary.calls.some(
    ({ outcome }) => typeof outcome === 'object' && ['ENOSPC', 'EDQUOT'].includes(outcome.errno),
  );
  return { ...watched, disk };
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
