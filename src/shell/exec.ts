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
  const child = execa(file, [...args], {
    ...common(options),
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    ...(options.input === undefined ? {} : { input: options.input }),
    ...(options.timeoutSeconds === undefined ? {} : { timeout: options.timeoutSeconds * 1000 }),
    ...(options.signal ? { cancelSignal: options.signal } : {}),
  } as Options);
  const stdout = keepTail(child.stdout, limit);
  const stderr = keepTail(child.stderr, limit);
  const result = await child;
  return { ...endedOf(file, result), stdout: stdout(), stderr: stderr(), timedOut: result.timedOut };
}

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
  const child = execa(file, [...args], {
    ...common(options),
    stdio: [...streams, ...(options.descriptors ?? [])] as never,
    detached: options.ownSession === true,
  });
  const ended = new Promise<Ended>((settle) => {
    // 'exit', not 'close': a daemon that the program left behind may hold its streams open for ever.
    child.once('exit', (status, signal) => {
      settle(signal ? { signal } : { status: status ?? 0 });
    });
    child.then(
      (result) => settle(endedOf(file, result)),
      () => settle({ missing: `${file}: can't be started` }),
    );
  });
  return {
    pid: child.pid,
    stdin: child.stdin ?? undefined,
    stdout: child.stdout ?? undefined,
    stderr: child.stderr ?? undefined,
    ended,
  };
}

/**
 * The command in the foreground: our terminal, our process group, so that job control, Ctrl-C, Ctrl-Z and window
 * changes reach it as without us.
 */
export function spawnForeground(
  file: string,
  args: readonly string[],
  options: Omit<StartOptions, 'stdio' | 'ownSession'> & { readonly stdio?: 'inherit' | 'stderr' },
): Started {
  return start(file, args, { stdio: 'inherit', ...options });
}

function common(options: Pick<StartOptions, 'cwd' | 'env'>): Options {
  return {
    reject: false,
    buffer: false,
    cleanup: true,
    stripFinalNewline: false,
    forceKillAfterDelay: 2000,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: { ...options.env }, extendEnv: false }),
  };
}

interface Outcome {
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  readonly code?: string | undefined;
  readonly originalMessage?: string | undefined;
}

function endedOf(file: string, result: Outcome): Ended {
  if (result.exitCode !== undefined) return { status: result.exitCode };
  if (result.signal !== undefined) return { signal: result.signal as NodeJS.Signals };
  if (result.code === 'ENOENT') return { missing: `${file}: not found` };
  if (result.code === 'EACCES') return { missing: `${file}: not executable` };
  return { missing: `${file}: ${result.originalMessage ?? "can't be started"}` };
}
