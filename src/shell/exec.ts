import { ChildProcess, type SpawnOptions, type StdioOptions, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';

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

/** Runs a helper program without a terminal and keeps what it says. Never throws, never leaves it behind. */
export async function capture(
  file: string,
  args: readonly string[],
  options: CaptureOptions = {},
): Promise<Captured> {
  const limit = options.maxBytes ?? 16 * 1024 * 1024;
  const input = options.input === undefined ? 'ignore' : 'pipe';
  const detached = options.ownSession === true;
  const child = launch(file, args, { ...options, detached, stdio: [input, 'pipe', 'pipe'] });
  if (!(child instanceof ChildProcess)) return { ...child, stdout: '', stderr: '', timedOut: false };
  if (detached) child.once('exit', () => killGroup(child.pid));
  const stdout = keepTail(child.stdout, limit);
  const stderr = keepTail(child.stderr, limit);
  child.stdin?.end(options.input);
  let timedOut = false;
  let force: NodeJS.Timeout | undefined;
  // What it started may hold its streams open.
  const leave = (): void => {
    child.stdout?.destroy();
    child.stderr?.destroy();
  };
  const stop = (): void => {
    if (child.kill()) {
      force = setTimeout(() => child.kill('SIGKILL'), FORCE_MS);
      child.once('exit', () => setTimeout(leave, DRAIN_MS));
    } else {
      leave();
    }
  };
  const expire = (): void => {
    timedOut = true;
    stop();
  };
  const timer =
    options.timeoutSeconds === undefined ? undefined : setTimeout(expire, options.timeoutSeconds * 1000);
  if (options.signal?.aborted) stop();
  else options.signal?.addEventListener('abort', stop, { once: true });
  const ended = await endOf(child, file, 'close');
  clearTimeout(timer);
  clearTimeout(force);
  options.signal?.removeEventListener('abort', stop);
  return { ...ended, stdout: stdout(), stderr: stderr(), timedOut };
}

/** How long a program may take to end once it was asked to. */
const FORCE_MS = 2000;
/** How long the rest of what a stopped program said is waited for. */
const DRAIN_MS = 100;

export interface StartOptions {
  readonly cwd?: string;
  /** The whole environment; ours when absent. */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * 'inherit': our own three streams. 'stderr': the same, but its standard output goes to our standard error.
   * 'capture': no input, both outputs are pipes.
   * 'output': no input, standard output is a pipe. 'feed': standard input and output are pipes.
   */
  readonly stdio: 'inherit' | 'stderr' | 'capture' | 'output' | 'feed';
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
  }[options.stdio];
  const child = launch(file, args, {
    ...options,
    stdio: [...streams, ...(options.descriptors ?? [])] as StdioOptions,
    detached: options.ownSession === true,
  });
  if (!(child instanceof ChildProcess)) {
    return {
      pid: undefined,
      stdin: undefined,
      stdout: undefined,
      stderr: undefined,
      ended: Promise.resolve(child),
    };
  }
  return {
    pid: child.pid,
    stdin: child.stdin ?? undefined,
    stdout: child.stdout ?? undefined,
    stderr: child.stderr ?? undefined,
    // 'exit', not 'close': a daemon that the program left behind may hold its streams open for ever.
    ended: endOf(child, file, 'exit'),
  };
}

type LaunchOptions = Pick<StartOptions, 'cwd' | 'env'> & Pick<SpawnOptions, 'stdio' | 'detached'>;

/** Starts a program; why not, where Node itself refuses (too many arguments). Unless it is detached, it dies with us. */
function launch(
  file: string,
  args: readonly string[],
  { cwd, env, stdio, detached }: LaunchOptions,
): ChildProcess | Ended {
  try {
    const child = spawn(file, args, {
      ...(cwd === undefined ? {} : { cwd }),
      ...(env === undefined ? {} : { env: { ...env } }),
      ...(stdio === undefined ? {} : { stdio }),
      detached: detached === true,
    });
    // A program that ends without reading its input is no error of ours.
    child.stdin?.on('error', () => {});
    if (!detached) dieWithUs(child);
    return child;
  } catch (error) {
    return notStarted(file, error as NodeJS.ErrnoException);
  }
}

function killGroup(leader: number | undefined): void {
  try {
    if (leader !== undefined) process.kill(-leader, 'SIGKILL');
  } catch {
    // Nothing was left.
  }
}

function endOf(child: ChildProcess, file: string, event: 'exit' | 'close'): Promise<Ended> {
  return new Promise((settle) => {
    child.on('error', (error) => {
      // Later ones are of a signal that came too late.
      if (child.pid === undefined) settle(notStarted(file, error));
    });
    child.once(event, (status: number | null, signal: NodeJS.Signals | null) =>
      settle(signal ? { signal } : { status: status ?? 0 }),
    );
  });
}

function notStarted(file: string, { code, message }: NodeJS.ErrnoException): Ended {
  if (code === 'ENOENT') return { missing: `${file}: not found` };
  if (code === 'EACCES') return { missing: `${file}: not executable` };
  return { missing: `${file}: ${message}` };
}

const mortal = new Set<ChildProcess>();
const FATAL: readonly NodeJS.Signals[] = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'];

/** Ends a program when this one ends, by itself or by a signal that nobody else listens to. */
function dieWithUs(child: ChildProcess): void {
  if (child.pid === undefined) return;
  if (mortal.size === 0) {
    process.on('exit', killMortal);
    for (const signal of FATAL) process.on(signal, dieOf);
  }
  mortal.add(child);
  child.once('exit', () => {
    mortal.delete(child);
    if (mortal.size === 0) letGo();
  });
}

function killMortal(): void {
  for (const child of mortal) child.kill();
}

function dieOf(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  killMortal();
  letGo();
  process.kill(process.pid, signal);
}

function letGo(): void {
  process.off('exit', killMortal);
  for (const signal of FATAL) process.off(signal, dieOf);
}
