import type { ExitInfo } from '../../core/documents/trace.ts';
import { fail, type Result } from '../../core/failure.ts';
import type { JobResult } from '../engines/engine.ts';
import type { SetupCutter } from './cutter.ts';
import { Notified, type OwnFilter } from './notified.ts';

/** What made strace's text of a recording, and knows how the command began and ended. */
export type Cutter = SetupCutter | Notified;

/** What an execve of the command itself says; a filter's own answers (EPERM, ENOSYS) are told elsewhere. */
const NOT_STARTED: Readonly<Record<string, string>> = {
  ENOENT: 'it is not there, or the interpreter or loader that it names is missing',
  ENOTDIR: 'a part of its path is no folder',
  EACCES: 'it, or the interpreter that it names, may not be executed',
  ENOEXEC: 'it is not a program for this machine',
  ELOOP: 'its interpreters or links go in a circle',
  E2BIG: 'its arguments and environment are too long',
  ETXTBSY: 'it is open for writing',
};

/** A failure where the command's own execve failed for want of a program. */
export function whyNotStarted(program: string, { leader, refused }: Cutter): Result<never> | undefined {
  const why = leader === undefined && refused !== undefined ? NOT_STARTED[refused] : undefined;
  return why === undefined ? undefined : fail('usage', `${program} can't be executed: ${why} (${refused})`);
}

/** The engine only knows its own child's status; strace saw how the command itself ended. */
export function withEnd(result: JobResult, cutter: Cutter, setupExecs: number | undefined): JobResult {
  if (setupExecs === undefined || result.ended !== 'exited') return result;
  const end = cutter.leaderEnd;
  if (end === undefined) {
    if (cutter.leader !== undefined) {
      const trouble =
        cutter instanceof Notified
          ? 'the supervisor ended before the command did, and what its filter refused from then on got ENOSYS'
          : 'strace ended before the command did';
      return { ...result, ended: 'tracer-died', trouble };
    }
    return { ...result, ended: 'engine-failed', trouble: 'the command could not be started or traced' };
  }
  const status = /^exited with (\d+)/.exec(end)?.[1];
  const signal = /^killed by (SIG\w+)/.exec(end)?.[1];
  const exit: ExitInfo =
    status !== undefined ? { status: Number(status) } : signal !== undefined ? { signal } : result.exit;
  return { ...result, exit };
}

/** Nothing was run: the supervisor could not be started, or the kernel takes no filter that asks it. */
export function whyNotNotified({ ended, trouble }: JobResult, cutter: Cutter): Result<never> | undefined {
  if (!(cutter instanceof Notified) || cutter.attempted) return undefined;
  const { notLoaded } = cutter;
  if (notLoaded === 'EBUSY') return fail('missing', 'a supervisor is told of our calls already');
  if (notLoaded !== undefined)
    return fail('missing', `the kernel takes no filter that notifies (${notLoaded})`);
  const unstarted = ended === 'engine-failed' && trouble?.startsWith('/proc/self/fd/');
  return unstarted ? fail('missing', `the supervisor can't be started (${trouble})`) : undefined;
}

/** What a recording by notification can't hold, or kept a program from, in sentences. */
export function notesOf({ ownFilters: filters }: Notified): {
  readonly notes: readonly string[];
  readonly disturbed?: string;
} {
  const names = (some: readonly OwnFilter[]): string =>
    [...new Set(some.map(({ program, pid }) => program || `process ${pid}`))].join(', ');
  const listening = filters.filter(({ listener }) => listener);
  const plain = filters.filter(({ listener }) => !listener);
  const disturbed =
    listening.length === 0
      ? undefined
      : `${names(listening)} asked for a seccomp listener and got EBUSY, because the recording has the one that there can be: record it without --fast`;
  const loaded =
    plain.length === 0
      ? []
      : [`${names(plain)} loads a filter of its own: what that one refuses is not in the recording`];
  return {
    notes: [...(disturbed === undefined ? [] : [disturbed]), ...loaded],
    ...(disturbed === undefined ? {} : { disturbed }),
  };
}
