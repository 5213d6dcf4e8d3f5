// Recording beside the bare command and beside strace itself. Needs the built program, strace, bubblewrap and tar.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Row, row } from './rig.ts';

const MAIN = fileURLToPath(new URL('../dist/faces/cli/main.js', import.meta.url));

/** One command that is recorded in every way; `reset` puts back what it changed. */
interface Workload {
  readonly name: string;
  readonly cwd: string;
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
  const ran = spawnSync(file, args, { cwd: workload.cwd, stdio: 'ignore' });
  if (ran.status !== 0) throw new Error(`${file} ${args.join(' ')} ended with ${ran.status ?? ran.signal}`);
  return (performance.now() - began) / 1000;
}

const STRACE = ['-f', '-q', '-s', '120', '-n', '-e', 'raw=clone,ipc,personality,socket,socketcall'];

/** Every way of recording in turn, so that a busy moment falls on all alike; the fastest of each counts. */
function measure(workload: Workload, rounds: number): Row[] {
  const { command, name } = workload;
  const [program, ...rest] = command as [string, ...string[]];
  const ours = (...more: string[]): string[] => [MAIN, '-q', '-o', '../ours', ...more, '--', ...command];
  const ways: Record<string, () => number> = {
    bare: () => seconds(workload, program, rest),
    strace: () => seconds(workload, 'strace', [...STRACE, '-o', '../strace.txt', ...command]),
    full: () => seconds(workload, process.execPath, ours('--on', 'unconfined')),
    fast: () => seconds(workload, process.execPath, ours('--fast', '--on', 'docker@24.0.9')),
  };
  const best: Record<string, number> = {};
  for (let round = 0; round < rounds; round++) {
    for (const [way, run] of Object.entries(ways)) {
      best[way] = Math.min(best[way] ?? Number.POSITIVE_INFINITY, run());
    }
  }
  return [
    row(`recording fast: ${name}, against the bare command`, best.fast!, best.bare!, workload.fastTarget),
    row(`recording full: ${name}, against strace -f -o FILE`, best.full!, best.strace!, 1.1),
  ];
}

/** Recording; `files` for the archive, 50,000 for the published table. */
export function measureRecording(files = 50_000, rounds = 3): Row[] {
  const folder = mkdtempSync(join(tmpdir(), 'trace-build-bench-'));
  try {
    return measure(tarOf(files, folder), rounds);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
