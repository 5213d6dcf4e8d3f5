// Recording beside the bare command and beside strace itself. Needs the built program, strace, bubblewrap and tar.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  accessSync,
  constants,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lacksComponent, ZIG_FOLDER } from '../test/rig/components.ts';
import { type Row, row } from './rig.ts';

const MAIN = fileURLToPath(new URL('../dist/cli/main.cjs', import.meta.url));

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
    fastTarget: 1.25,
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

/** Both in turn, so that a busy moment falls on both alike; the median of each counts. */
function measure(workload: Workload, outputs: string, rounds: number, way: 'fast' | 'full'): Row {
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
  const [mine, peer] =
    way === 'fast'
      ? [
          () => seconds(workload, process.execPath, ours('--fast', '--on', 'docker@24.0.9')),
          () => seconds(workload, program, rest),
        ]
      : [
          () => seconds(workload, process.execPath, ours('--on', 'unconfined')),
          () => seconds(workload, 'strace', [...STRACE, '-o', join(outputs, 'strace.txt'), ...command]),
        ];
  const [took, peerTook]: number[][] = [[], []];
  for (let round = 0; round < rounds; round++) {
    peerTook!.push(peer());
    took!.push(mine());
  }
  const [middle, middleOfPeer] = [median(took!), median(peerTook!)];
  return way === 'fast'
    ? row(
        `recording fast: ${name}, against the bare command`,
        middle,
        middleOfPeer,
        workload.fastTarget,
        's',
        rounds,
      )
    : row(`recording full: ${name}, against strace -f -o FILE`, middle, middleOfPeer, 1.05, 's', rounds);
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** Peak memory of us (not of strace) while a command is recorded in full, in MiB. */
async function peakOf({ command, cwd, reset }: Workload, outputs: string): Promise<number> {
  reset();
  const child = spawn(
    process.execPath,
    [MAIN, '-q', '-o', join(outputs, 'ours'), '--on', 'unconfined', '--', ...command],
    { cwd, stdio: 'ignore' },
  );
  let peak = 0;
  const look = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'latin1');
      peak = Math.max(peak, Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024);
    } catch {
      // It has ended.
    }
  }, 50);
  await once(child, 'exit');
  clearInterval(look);
  return peak;
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
function zig(folder: string, backend: 'wolfssl' | 'none'): Workload | undefined {
  const lacks = lacksComponent('zig');
  if (lacks !== undefined) {
    console.error(`recording the Zig fixture is not measured: ${lacks}`);
    return undefined;
  }
  const cwd = join(folder, `zig-${backend}`);
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
  const command = ['zig', 'build', `-Dtls-backend=${backend}`];
  const warmed = spawnSync(command[0]!, command.slice(1), { cwd, env, stdio: 'ignore', timeout: 100_000 });
  if (warmed.status === 0) return { name: command.join(' '), cwd, env, command, fastTarget: 1.05, reset };
  console.error('recording the Zig fixture is not measured: the fixture could not be built');
  return undefined;
}

/** Recording; `files` for the archive, 50,000 for the published table. */
export async function measureRecording(files = 50_000, rounds = 3): Promise<Row[]> {
  const folder = freshFolder();
  try {
    const fixture = zig(folder, 'wolfssl');
    const rows = fixture ? [measure(fixture, folder, rounds, 'fast')] : [];
    // Without the C library, since strace makes of two seconds twenty.
    const small = fixture && zig(folder, 'none');
    if (small) rows.push(measure(small, folder, 2, 'full'));
    rows.push(measure(tarOf(files, folder), folder, rounds, 'fast'));
    // Every call is stopped at: fewer files show the same.
    const fewer = tarOf(Math.ceil(files / 5), join(folder, 'full'));
    rows.push(measure(fewer, folder, rounds, 'full'));
    const fewest = tarOf(Math.ceil(files / 50), join(folder, 'small'));
    const [peak, peakOfFewest] = [await peakOf(fewer, folder), await peakOf(fewest, folder)];
    rows.push(row('memory of recording full: ten times the calls', peak, peakOfFewest, 1.3, 'MiB', 1));
    return rows;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
