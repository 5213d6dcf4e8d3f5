import { setTimeout as sleep } from 'node:timers/promises';
import type { ExitInfo } from '../../core/documents/trace.ts';
import { keepTail, type StartOptions, start } from '../process/exec.ts';
import {
  family,
  findProcesses,
  isStraceTo,
  killFamily,
  type Look,
  namesOf,
  send,
} from '../process/processes.ts';
import { forwardSignals } from '../process/signals.ts';
import { askToEnd, hear } from './container/asking.ts';
import type { Job, JobResult } from './engine.ts';

const TAIL = 64 * 1024;
/** strace goes on until the last process that it follows is gone; without us, a daemon would not hold up the user. */
const LINGER_MS = 5000;
/**
 * strace killed in its first moments leaves a copy of itself that waits for ever, or what that has become; neither was
 * seen yet, and both hold our standard output.
 */
function killStrays(output: string, { isOurs }: Supervision): void {
  const strays = findProcesses((one) => isStraceTo(one, (path) => path === output) || isOurs?.(one) === true);
  for (const pid of strays) killFamily(pid);
}

export const LEFT_BEHIND = 'processes that the command left behind were no longer watched';
const ENDED_TOO =
  'processes that the command left behind were ended, as a fast recording can only be stopped so';

export interface Supervision {
  readonly job: Job;
  readonly file: string;
  readonly args: readonly string[];
  readonly descriptors?: readonly number[];
  /** Working folder of the started program; the job's when absent. */
  readonly cwd?: string;
  /** Pid of the traced command itself, once it is known: signals go to it. */
  target(started: number): number | undefined;
  /** Whether a process was started for this job, where its parent is gone and says so no more. */
  isOurs?(process: Look): boolean;
}

/**
 * Runs one job to its end on this machine: its time limit, its abort signal, our own signals, its streams; whatever
 * it started is gone when this settles, except for daemons that outlived an untraced command that ended well.
 */
export async function supervise(what: Supervision): Promise<JobResult> {
  const { job } = what;
  const begun = process.hrtime.bigint();
  const foreground = job.stdio !== 'capture';
  const options: StartOptions = {
    cwd: what.cwd ?? job.cwd,
    env: job.env,
    stdio: job.stdio,
    descriptors: what.descriptors ?? [],
    ownSession: !foreground,
  };
  const started = start(what.file, what.args, options);
  const stdout = keepTail(started.stdout, TAIL);
  const stderr = keepTail(started.stderr, TAIL);
  const { pid } = started;
  if (job.onOutput) hear([started.stdout, started.stderr], job.onOutput);
  const ask = (): void => {
    if (pid !== undefined) askToEnd(what.target(pid) ?? pid);
  };
  job.ask?.addEventListener('abort', ask, { once: true });

  let cut: 'timeout' | 'aborted' | undefined;
  const known = new Set<number>();
  const killAll = (): void => {
    if (pid === undefined) return;
    const target = what.target(pid);
    if (target !== undefined) for (const member of family(target)) known.add(member);
    killFamily(pid, [...known]);
  };
  const stop = (why: 'timeout' | 'aborted') => () => {
    cut ??= why;
    killAll();
  };
  const abort = stop('aborted');
  const timer =
    job.timeoutSeconds === undefined ? undefined : setTimeout(stop('timeout'), job.timeoutSeconds * 1000);
  job.signal?.addEventListener('abort', abort, { once: true });
  if (job.signal?.aborted) abort();
  // If strace is killed, its tracees lose both their tracer and their parent: remember who they were.
  const look = (): void => {
    if (pid === undefined) return;
    known.clear();
    for (const member of family(pid)) if (member !== pid) known.add(member);
  };
  const first = setTimeout(look, 200);
  const watch = setInterval(look, 2000);
  let leftBehind: string | undefined;
  let lingering: NodeJS.Timeout | undefined;
  // With --seccomp-bpf, processes without their tracer could no longer make the calls it stops at.
  const bound = job.tracing?.options.includes('--seccomp-bpf') === true;
  const recorder = job.tracing ?? job.notifying;
  const letGo = (): void => {
    leftBehind = LEFT_BEHIND;
    // What strace followed goes on without it; a supervisor leaves one behind that only answers.
    if (pid !== undefined) send(pid, job.notifying ? 'SIGUSR1' : 'SIGKILL');
  };
  const linger = (): void => {
    lingering = setTimeout(() => {
      if (!bound) letGo();
      else if (pid !== undefined) job.tracing?.onLeftBehind?.(namesOf(family(pid).slice(1)));
    }, LINGER_MS);
  };
  /** The command can't hear a signal any more. */
  const stopLingering = (): void => {
    if (lingering === undefined) return;
    if (bound) {
      leftBehind = ENDED_TOO;
      killAll();
    } else letGo();
  };
  if (foreground) recorder?.commandEnded?.addEventListener('abort', linger, { once: true });
  const forwarding = foreground
    ? forwardSignals(() => (pid === undefined ? undefined : what.target(pid)), stopLingering)
    : undefined;

  const ended = await started.ended;
  clearTimeout(timer);
  clearTimeout(first);
  clearTimeout(lingering);
  recorder?.commandEnded?.removeEventListener('abort', linger);
  clearInterval(watch);
  job.signal?.removeEventListener('abort', abort);
  job.ask?.removeEventListener('abort', ask);
  forwarding?.stop();
  if (cut !== undefined || (ended.signal === 'SIGKILL' && recorder && leftBehind === undefined)) {
    killAll();
    if (recorder) killStrays(recorder.output, what);
  }
  // Untraced in the foreground, a signal may end the launcher before the command: wait for that.
  else if (foreground && !recorder && ended.signal !== undefined && pid !== undefined) {
    const target = what.target(pid);
    while (target !== undefined && send(target, 0)) await sleep(50);
  }

  const seconds = Number(process.hrtime.bigint() - begun) / 1e9;
  const exit: ExitInfo = {
    ...(ended.status === undefined ? {} : { status: ended.status }),
    ...(ended.signal === undefined ? {} : { signal: ended.signal }),
    ...(cut === 'timeout' ? { timedOut: true } : {}),
  };
  const base = {
    exit,
    seconds,
    stdout: stdout(),
    stderr: stderr(),
    ...(leftBehind === undefined ? {} : { notes: [leftBehind] }),
    ...(forwarding && forwarding.received.length > 0 ? { received: forwarding.received } : {}),
  };
  if (ended.missing !== undefined)
    return { ...base, ended: 'engine-failed', missing: true, trouble: ended.missing };
  if (cut === 'timeout') {
    return { ...base, ended: 'timeout', trouble: `stopped after its time limit of ${job.timeoutSeconds} s` };
  }
  if (cut === 'aborted') return { ...base, ended: 'aborted', trouble: 'stopped on request' };
  return { ...base, ended: 'exited' };
}
