// Recording beside the bare command and beside strace itself. Needs the built program, strace, bubblewrap and tar.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lacksComponent, ZIG_FOLDER } from '../test/rig/components.ts';
import { type Row, row } from './rig.ts';

const MAIN = fileURLToPath(new URL('../dist/faces/cli/main.js', import.meta.url));

const FIXTURE = fileURLToPath(new URL('../fixtures/zig', import.meta.url));

/** One command that is recorded in every way; `reset` puts back what it changed. */
interface Workload {
  readonly name: string;
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly command: readonly string[];
  /** Largest fast / bare. */
  readonly fastTarget: number;
  reset(): void;
}

/** `tar xf` of many small files: a syscall every few microseconds, the worst that strace can meet. */
function tarOf(count: number, folder: string): Workload {
  const cwd = join(folder, 'tar');
  mkdirSync(join(cwd, 'files'), { recursive: true });
  for (let i = 0; i < count; i++) writeFileSync(join(cwd, 'files', `f${i}`), `${i}\n`);
  spawnSync('tar', ['cf', 'files.tar', 'files'], { cwd });
  return {
    name: `tar xf, ${count} files`,
    cwd,
    command: ['tar', 'xf', 'files.tar'],
    fastTarget: 1.5,
    reset: () => rmSync(join(cwd, 'files'), { recursive: true, force: true }),
  };
}

/** Wall seconds; the command's success is checked. */
function seconds(workload: Workload, file: string, args: readonly string[]): number {
  workload.reset();
  const began = performance.now();
  const ran = spawnSync(file, args, {
    cwd: workload.cwd,
    stdio: 'ignore',
    ...(workload.env ? { env: workload.env } : {}),
  });
  if (ran.status !== 0) throw new Error(`${file} ${args.join(' ')} ended with ${ran.status ?? ran.signal}`);
  return (performance.now() - began) / 1000;
}

const STRACE = ['-f', '-q', '-s', '120', '-n', '-e', 'raw=clone,ipc,personality,socket,socketcall'];

/** Every way of recording in turn, so that a busy moment falls on all alike; the fastest of each counts. */
function measure(workload: Workload, outputs: string, rounds: number, only?: 'fast' | 'full'): Row[] {
  const { command, name } = workload;
  const [program, ...rest] = command as [string, ...string[]];
  const ours = (...more: string[]): string[] => [
    MAIN,
    '-q',
    '-o',
    join(outputs, 'ours'),
    ...more,
    '--',
    ...command,
  ];
  const all: Record<string, () => number> = {
    bare: () => seconds(workload, program, rest),
    strace: () => seconds(workload, 'strace', [...STRACE, '-o', join(outputs, 'strace.txt'), ...command]),
    full: () => seconds(workload, process.execPath, ours('--on', 'unconfined')),
    fast: () => seconds(workload, process.execPath, ours('--fast', '--on', 'docker@24.0.9')),
  };
  const wanted = only === 'fast' ? ['bare', 'fast'] : only === 'full' ? ['strace', 'full'] : Object.keys(all);
  const ways = Object.fromEntries(Object.entries(all).filter(([way]) => wanted.includes(way)));
  const best: Record<string, number> = {};
  for (let round = 0; round < rounds; round++) {
    for (const [way, run] of Object.entries(ways)) {
      best[way] = Math.min(best[way] ?? Number.POSITIVE_INFINITY, run());
    }
  }
  const rows: Row[] = [];
  if (only !== 'full') {
    rows.push(
      row(
        `recording fast: ${name}, against the bare command, best of ${rounds}`,
        best.fast!,
        best.bare!,
        workload.fastTarget,
      ),
    );
  }
  if (only !== 'fast') {
    rows.push(
      row(
        `recording full: ${name}, against strace -f -o FILE, best of ${rounds}`,
        best.full!,
        best.strace!,
        1.1,
      ),
    );
  }
  return rows;
}

/** A folder in memory where there is one: a disk that others use too changes more than tracing does. */
function freshFolder(): string {
  const memory = '/dev/shm';
  try {
    accessSync(memory, constants.W_OK);
    return mkdtempSync(join(memory, 'trace-build-bench-'));
  } catch {
    return mkdtempSync(join(tmpdir(), 'trace-build-bench-'));
  }
}

/** The Zig fixture, its compiler's caches warm; undefined where there is no Zig. */
function zig(folder: string): Workload | undefined {
  const lacks = lacksComponent('zig');
  if (lacks !== undefined) {
    console.error(`recording the Zig fixture is not measured: ${lacks}`);
    return undefined;
  }
  const cwd = join(folder, 'zig');
  cpSync(FIXTURE, cwd, { recursive: true });
  const env = {
    ...process.env,
    PATH: `${ZIG_FOLDER}:${process.env.PATH}`,
    ZIG_GLOBAL_CACHE_DIR: join(folder, 'global'),
  };
  // A build takes seconds; a cached one would only show how long we take to start.
  const reset = (): void => {
    rmSync(join(cwd, '.zig-cache'), { recursive: true, force: true });
    rmSync(join(cwd, 'zig-out'), { recursive: true, force: true });
  };
  const command = ['zig', 'build', '-Dtls-backend=none'];
  const warmed = spawnSync(command[0]!, command.slice(1), { cwd, env, stdio: 'ignore', timeout: 100_000 });
  if (warmed.status === 0)
    return { name: 'zig build of the fixture', cwd, env, command, fastTarget: 1.1, reset };
  console.error('recording the Zig fixture is not measured: the fixture could not be built');
  return undefined;
}

/** Recording; `files` for the archive, 50,000 for the published table. */
export function measureRecording(files = 50_000, rounds = 3): Row[] {
  const folder = freshFolder();
  try {
    const fixture = zig(folder);
    const rows = fixture ? measure(fixture, folder, rounds) : [];
    rows.push(...measure(tarOf(files, folder), folder, rounds, 'fast'));
    // Every call is stopped at: fewer files show the same.
    rows.push(...measure(tarOf(Math.ceil(files / 5), join(folder, 'full')), folder, rounds, 'full'));
    return rows;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
