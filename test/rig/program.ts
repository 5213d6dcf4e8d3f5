import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export interface ProgramRun {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
  /** Called once the program runs, with its pid. */
  started?(pid: number): void;
  /** Receives standard error as it comes. */
  heard?(text: string): void;
}

/** Environment without what would colour or change the output of the programs under test. */
export function cleanEnvironment(): Record<string, string> {
  const { PATH = '/usr/bin:/bin', HOME = '/', DOCKER_HOST } = process.env;
  return { PATH, HOME, LC_ALL: 'C.UTF-8', ...(DOCKER_HOST === undefined ? {} : { DOCKER_HOST }) };
}

/** Runs any program to its end, without a terminal. */
export function program(file: string, args: readonly string[], options: ProgramOptions): Promise<ProgramRun> {
  return new Promise((done, failed) => {
    const child = spawn(file, args, { cwd: options.cwd, env: { ...cleanEnvironment(), ...options.env } });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => {
      err.push(chunk);
      options.heard?.(chunk.toString('utf8'));
    });
    child.on('error', failed);
    child.on('close', (status, signal) =>
      done({
        status,
        signal,
        stdout: Buffer.concat(out).toString('utf8'),
        stderr: Buffer.concat(err).toString('utf8'),
      }),
    );
    // A program that ends without reading its input is not an error of the test.
    child.stdin.on('error', () => {});
    child.stdin.end(options.input ?? '');
    if (child.pid !== undefined) options.started?.(child.pid);
  });
}

/** Runs the built trace-build to its end. */
export function traceBuild(args: readonly string[], options: ProgramOptions): Promise<ProgramRun> {
  return program(process.execPath, [MAIN, ...args], options);
}

/**
 * Sends a signal to one process. The number may come from a program's output: nothing at all is 0 as a number, and
 * process 0 is the whole group, the test runner with it.
 */
export function signalProcess(pid: number | undefined, signal: NodeJS.Signals | 0 = 'SIGTERM'): boolean {
  if (pid === undefined || !Number.isSafeInteger(pid) || pid <= 1)
    throw new Error(`${pid} is not the pid of a process`);
  return process.kill(pid, signal);
}

/** A folder of one's own; `remove` it afterwards. */
export function workFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'trace-build-test-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
