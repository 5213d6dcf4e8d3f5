// What a command costs before it does anything: whole processes in turn with `node -e 0`, medians. Each has run once before,
// so that compiled code is kept; the rows with `first run` have none.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { type Command, inTurn, MAIN, ours, type Row, row, rowOf, tableOf } from './rig.ts';

const TRACES = fileURLToPath(new URL('../traces', import.meta.url));
const ROUNDS = 21;

export function measure(rounds = ROUNDS): readonly Row[] {
  const folder = mkdtempSync(join(tmpdir(), 'trace-build-bench-'));
  try {
    const trace = join(folder, 'tar.strace');
    writeFileSync(trace, gunzipSync(readFileSync(join(TRACES, 'tar.strace.gz'))));
    return [...starts(trace, folder, rounds), ...withinASecond(folder), ...recording(folder, rounds)];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function starts(trace: string, folder: string, rounds: number): readonly Row[] {
  const replay = ['replay', trace, '--against', 'docker@20.10.5'];
  const cases: readonly (readonly [name: string, target: number | undefined, args: readonly string[]])[] = [
    ['--version', 1.2, ['--version']],
    ['explain faccessat2', 1.6, ['explain', 'faccessat2']],
    ['explain faccessat2 --on docker@20.10.5', 1.6, ['explain', 'faccessat2', '--on', 'docker@20.10.5']],
    ['replay of 817 lines, --json', 2, [...replay, '--json']],
    ['replay of 817 lines', 2, replay],
    ['report of 817 lines', 2, ['report', trace]],
  ];
  const kept = { ...process.env, XDG_CACHE_HOME: join(folder, 'cache') };
  const none = { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' };
  for (const [, , args] of cases)
    spawnSync(process.execPath, [MAIN, ...args], { env: kept, stdio: 'ignore' });
  const node: Command = { file: process.execPath, args: ['-e', '0'] };
  const [bare, ...taken] = inTurn(
    [
      node,
      ...cases.map(([, , args]) => ({ ...ours(...args), env: kept })),
      ...cases.map(([, , args]) => ({ ...ours(...args), env: none })),
    ],
    rounds,
  );
  return [
    ...cases.map(([name, target], at) =>
      rowOf(`${name}, against node -e 0`, taken[at]!, bare!, target, rounds),
    ),
    ...cases
      .slice(1)
      .map(([name], at) =>
        rowOf(
          `${name}, first run, against node -e 0`,
          taken[cases.length + at + 1]!,
          bare!,
          undefined,
          rounds,
        ),
      ),
  ];
}

/** The target is a second. */
function withinASecond(folder: string): readonly Row[] {
  const rounds = 5;
  const cases = [['doctor'], ['check', TRACES]];
  const env = { ...process.env, XDG_CACHE_HOME: join(folder, 'cache') };
  for (const args of cases) spawnSync(process.execPath, [MAIN, ...args], { env, stdio: 'ignore' });
  const taken = inTurn(
    cases.map((args) => ({ ...ours(...args), env })),
    rounds,
  );
  return cases.map(([name], at) =>
    row(
      `${name === 'check' ? 'check of traces/' : name}: at most a second`,
      taken[at]!.wall,
      1,
      1,
      's',
      rounds,
    ),
  );
}

/** `run -- true`: what strace alone takes is subtracted. */
function recording(folder: string, rounds: number): readonly Row[] {
  if (!['/usr/bin/strace', '/usr/bin/bwrap'].every((program) => existsSync(program))) return [];
  const out = join(folder, 'out.strace.gz');
  const [bare, strace, mine] = inTurn(
    [
      { file: process.execPath, args: ['-e', '0'] },
      { file: 'strace', args: ['-f', '-o', join(folder, 'alone.strace'), 'true'] },
      ours('run', '-q', '--force', '-o', out, '--', 'true'),
    ],
    rounds,
  );
  const beyond = { wall: mine!.wall - strace!.wall, cpu: mine!.cpu - strace!.cpu };
  return [rowOf("run -- true without strace's own time, against node -e 0", beyond, bare!, 2.5, rounds)];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(tableOf(measure()));
