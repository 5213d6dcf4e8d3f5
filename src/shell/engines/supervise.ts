import type { ExitInfo } from '../../core/report.ts';
import { keepTail, type StartOptions, start } from '../exec.ts';
import { family, killFamily } from '../processes.ts';
import { forwardSignals } from '../signals.ts';
import type { Job, JobResult } from './engine.ts';

const TAIL = 64 * 1024;

export interface Supervision {
  readonly job: Job;
  readonly file: string;
  readonly args: readonly string[];
  readonly descriptors?: readonly number[];
  /** Working folder of the started program; the job's when absent. */
  readonly cwd?: string;
  /** Pid of the traced command itself, once it is known: signals go to it. */
  target(started: number): number | undefined;
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

  let cut: 'timeout' | 'aborted' | undefined;
  const known = new Set<number>();
  const stop = (why: 'timeout' | 'aborted') => () => {
    cut ??= why;
    if (pid !== undefined) killFamily(pid, [...known]);
  };
  const abort = stop('aborted');
  const timer =
    job.timeoutSeconds === undefined ? undefined : setTimeout(stop('timeout'), job.timeoutSeconds * 1000);
  job.signal?.addEventListener('abort', abort, { once: true });
  if (job.signal?.aborted) abort();
  // If strace is killed, its tracees lose both their tracer and their parent: remember who they were.
  const watch = setInterval(() => {
    if (pid === undefined) return;
    known.clear();
    for (const member of family(pid)) if (member !== pid) known.add(member);
  }, 2000);
  const forwarding = foreground
    ? forwardSignals(() => (pid === undefined ? undefined : what.target(pid)))
    : undefined;

  const ended = await started.ended;
  clearTimeout(timer);
  clearInterval(watch);
  job.signal?.removeEventListener('abort', abort);
  forwarding?.stop();
  if (pid !== undefined && (cut !== undefined || ended.signal === 'SIGKILL')) killFamily(pid, [...known]);

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
    ...(forwarding && forwarding.received.length > 0 ? { received: forwarding.received } : {}),
  };
  if (ended.missing !== undefined) return { ...base, ended: 'engine-failed', trouble: ended.missing };
  if (cut === 'timeout') {
    return { ...base, ended: 'timeout', trouble: `stopped after its time limit of ${job.timeoutSeconds} s` };
  }
  if (cut === 'aborted') return { ...base, ended: 'aborted', trouble: 'stopped on request' };
  return { ...base, ended: 'exited' };
}
