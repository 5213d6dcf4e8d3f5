import type { Readable } from 'node:stream';
import { execa, type Options } from 'execa';

/** How a program ended. Exactly one of status and signal, unless it never started (`missing` says why). */
export interface Ended {
  readonly status?: number;
  readonly signal?: NodeJS.Signals;
  /** Set when the program could not be started at all, in words ("strace: not found"). */
  readonly missing?: string;
}

/** A program that ran to its end, with what it said. */
export interface Captured extends Ended {
  /** UTF-8, at most `maxBytes` from the end. */
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
}

export interface CaptureOptions {
  readonly cwd?: string;
  /** The whole environment; ours when absent. */
  readonly env?: Readonly<Record<string, string>>;
  /** Written to its standard input, which is then closed; nothing when absent. */
  readonly input?: string | Uint8Array;
  readonly timeoutSeconds?: number;
  readonly signal?: AbortSignal;
  /** In a session of its own; what it leaves running there is killed when it has ended. */
  readonly ownSession?: boolean;
  /** An open descriptor that its standard output goes to, in place of being kept. */
  readonly output?: number;
  /** How much of the end of each stream is kept, in bytes; default 16 MiB. */
  readonly maxBytes?: number;
}

/** Keeps the last `limit` bytes of a stream. */
export function keepTail(stream: Readable | null | undefined, limit: number): () => string {
  let chunks: Buffer[] = [];
  let size = 0;
  stream?.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size > 2 * limit) {
      const all = Buffer.concat(chunks);
      chunks = [all.subarray(all.length - limit)];
      size = limit;
    }
  });
  return () => {
    const all = Buffer.concat(chunks);
    return all.subarray(Math.max(0, all.length - limit)).toString('utf8');
  };
}

/** execa takes any open descriptor; its types name the first three. */
type Streams = ['ignore' | 'pipe', 'pipe', 'pipe'];

/** Runs a helper program without a terminal and keeps what it says. Never throws, never leaves it behind. */
export async function capture(
  file: string,
  args: readonly string[],
  options: CaptureOptions = {},
): Promise<Captured> {
  const limit = options.maxBytes ?? 16 * 1024 * 1024;
  const child = execa(file, args, {
    ...common(options),
    stdio: [options.input === undefined ? 'ignore' : 'pipe', options.output ?? 'pipe', 'pipe'] as Streams,
    ...(options.input === undefined ? {} : { input: options.input }),
    ...(options.timeoutSeconds === undefined ? {} : { timeout: options.timeoutSeconds * 1000 }),
    ...(options.signal ? { cancelSignal: options.signal } : {}),
  });
  const stdout = keepTail(child.stdout, limit);
  const stderr = keepTail(child.stderr, limit);
  const ended = endOf(child, file, 'close');
  child.once('exit', () => {
    if (options.ownSession) killGroup(child.pid);
    // What it started may hold its streams open for ever.
    if (child.killed) setTimeout(leave, DRAIN_MS);
  });
  const leave = (): void => {
    child.stdout?.destroy();
    child.stderr?.destroy();
  };
  // It has ended, and only its streams were waited for: there is nothing left that execa could kill.
  let late = false;
  const stopWaiting = (): void => {
    if (child.exitCode === null && child.signalCode === null) return;
    late = true;
    leave();
  };
  const { timeoutSeconds, signal } = options;
  const timer = timeoutSeconds === undefined ? undefined : setTimeout(stopWaiting, timeoutSeconds * 1000);
  signal?.addEventListener('abort', stopWaiting, { once: true });
  const [end, { timedOut }] = await Promise.all([ended, child]);
  clearTimeout(timer);
  signal?.removeEventListener('abort', stopWaiting);
  return { ...end, stdout: stdout(), stderr: stderr(), timedOut: timedOut || (late && !signal?.aborted) };
}

/** How long the rest of what a stopped program said is waited for. */
const DRAIN_MS = 100;

export interface StartOptions {
  readonly cwd?: string;
  /** The whole environment; ours when absent. */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * 'inherit': our own three streams. 'stderr': the same, but its standard output goes to our standard error.
   * 'capture': no input, both outputs are pipes.
   * 'output': no input, standard output is a pipe. 'feed': standard input and output are pipes. 'converse': all three are.
   */
  readonly stdio: 'inherit' | 'stderr' | 'capture' | 'output' | 'feed' | 'converse';
  /** Open file descriptors that the program gets as 3, 4, …. */
  readonly descriptors?: readonly number[];
  /** A session of its own: signals of our terminal do not reach it. */
  readonly ownSession?: boolean;
}

/** A program that is running. Killed when we end, however we end, short of SIGKILL. */
export interface Started {
  /** Undefined when it could not be started. */
  readonly pid: number | undefined;
  readonly stdin: NodeJS.WritableStream | undefined;
  readonly stdout: Readable | undefined;
  readonly stderr: Readable | undefined;
  /** Settles when the program itself has ended; never rejects. */
  readonly ended: Promise<Ended>;
}

/** Starts a program and does not wait. */
export function start(file: string, args: readonly string[], options: StartOptions): Started {
  const streams = {
    inherit: ['inherit', 'inherit', 'inherit'],
    stderr: ['inherit', process.stderr.fd, 'inherit'],
    capture: ['ignore', 'pipe', 'pipe'],
    output: ['ignore', 'pipe', 'ignore'],
    feed: ['pipe', 'pipe', 'ignore'],
    converse: ['pipe', 'pipe', 'pipe'],
  }[options.stdio];
  const child = execa(file, args, {
    ...common(options),
    stdio: [...streams, ...(options.descriptors ?? [])] as never,
  });
  return {
    pid: child.pid,
    stdin: child.stdin ?? undefined,
    stdout: child.stdout ?? undefined,
    stderr: child.stderr ?? undefined,
    ended: endOf(child, file, 'exit'),
  };
}

/** What holds for every program: it dies with us unless it has a session of its own, and its end is a value. */
function common({ cwd, env, ownSession }: Pick<StartOptions, 'cwd' | 'env' | 'ownSession'>) {
  return {
    reject: false,
    buffer: false,
    cleanup: true,
    stripFinalNewline: false,
    forceKillAfterDelay: 2000,
    detached: ownSession === true,
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env: { ...env }, extendEnv: false }),
  } satisfies Options;
}

function killGroup(leader: number | undefined): void {
  try {
    if (leader !== undefined) process.kill(-leader, 'SIGKILL');
  } catch {
    // Nothing was left.
  }
}

/** Of execa's child what its end is told by. */
interface Child
  extends PromiseLike<{ readonly code?: string | undefined; readonly originalMessage?: string | undefined }> {
  readonly pid?: number | undefined;
  once(event: string, listener: (status: number | null, signal: NodeJS.Signals | null) => void): unknown;
}

/** 'exit', not 'close', where a daemon that the program left behind may hold its streams open for ever. */
function endOf(child: Child, file: string, event: 'exit' | 'close'): Promise<Ended> {
  return new Promise((settle) => {
    child.once(event, (status, signal) => {
      if (child.pid !== undefined) settle(signal ? { signal } : { status: status ?? 0 });
    });
    child.then(({ code, originalMessage }) => {
      if (child.pid === undefined) settle(notStarted(file, code, originalMessage));
    });
  });
}

function notStarted(file: string, code: string | undefined, why = "can't be started"): Ended {
  if (code === 'ENOENT') return { missing: `${file}: not found` };
  if (code === 'EACCES') return { missing: `${file}: not executable` };
  return { missing: `${file}: ${why}` };
}
