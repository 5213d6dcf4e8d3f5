// Reading as a user does it: the whole command, from its start to its result, in turn with the one-liners that it replaces, on
// the same bytes. The traces: one as a zig build with threads leaves it, with calls that other threads tear apart
// (threadedTrace.ts), and a real one of compilers in parallel and an archive, recorded here and repeated with other pids.
// `--large`: 2 GiB against ripgrep.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rgPath } from '@vscode/ripgrep';
import { recordTrace, repeatTrace } from './bigTrace.ts';
import { type Command, inTurn, onOneCore, ours, peakOf, type Row, row, rowOf, tableOf } from './rig.ts';
import { writeThreadedTrace } from './threadedTrace.ts';

const SIZE = 279_000_000;
const BIG = 2 * 2 ** 30;
const LARGE = process.argv.includes('--large');
const ROUNDS = 5;

/** What a tool usually does: a stream of lines and a regular expression. */
const SPLIT = `import { createReadStream } from 'node:fs';
import split2 from 'split2';
const call = /^(?:\\d+ +)?([a-z_0-9]+)\\((.*)\\) += (-?\\w+)(?: (E\\w+))?/;
const counts = new Map();
for await (const line of createReadStream(process.argv[1], { highWaterMark: 1 << 20 }).pipe(split2())) {
  const match = call.exec(line);
  if (match) counts.set(match[1] + match[4], (counts.get(match[1] + match[4]) ?? 0) + 1);
}`;

const replay = (path: string): Command => ours('replay', path, '--against', 'docker@20.10.5', '--json');
const mawk = (path: string): Command => ({ file: 'mawk', args: ['-F[](]', '{c[$2]++}', path] });
const ripgrep = (path: string): Command => ({ file: rgPath, args: ['-c', 'EPERM|ENOSYS', path] });

function againstPeers(path: string, what: string): Row[] {
  const [mine, alone, awk, rg, wc, cat] = inTurn(
    [
      replay(path),
      onOneCore(replay(path)),
      mawk(path),
      ripgrep(path),
      { file: 'wc', args: ['-l', path] },
      { file: 'cat', args: [path] },
    ],
    ROUNDS,
  );
  return [
    rowOf(`replay of ${what}, on one core, against mawk -F'[](]' '{c[$2]++}'`, alone!, awk!, 0.4, ROUNDS),
    rowOf(`replay of ${what}, against the same mawk`, mine!, awk!, 0.3, ROUNDS),
    rowOf(`replay of ${what}, against rg -c`, mine!, rg!, LARGE ? undefined : 8, ROUNDS),
    rowOf(`replay of ${what}, against wc -l`, mine!, wc!, undefined, ROUNDS),
    rowOf(`replay of ${what}, against cat`, mine!, cat!, undefined, ROUNDS),
  ];
}

function againstSplit(path: string): Row {
  const rounds = 2;
  const root = fileURLToPath(new URL('..', import.meta.url));
  const split: Command = {
    file: 'sh',
    args: ['-c', 'cd "$0" && exec "$@"', root, process.execPath, '--input-type=module', '-e', SPLIT, path],
  };
  const [mine, peer] = inTurn([replay(path), split], rounds);
  return rowOf('replay of the same, against split2 and a regular expression', mine!, peer!, 0.2, rounds);
}

/** Compressed traces against their decompressor alone, and the memory of each form. */
function packed(path: string): Row[] {
  const rows = [
    row('memory of replay, plain: at most 150 MiB', peakOf(...replay(path).args.slice(1)), 150, 1, 'MiB', 1),
  ];
  for (const [program, ending] of [
    ['gzip', 'gz'],
    ['zstd', 'zst'],
  ] as const) {
    if (spawnSync(program, ['-kq1', path]).status !== 0) continue;
    const file = `${path}.${ending}`;
    const [mine, alone] = inTurn([replay(file), { file: program, args: ['-dcq', file] }], ROUNDS);
    rows.push(
      rowOf(`replay of .${ending}, against ${program} -dc alone`, mine!, alone!, 1.2, ROUNDS),
      row(
        `memory of replay, .${ending}: at most 150 MiB`,
        peakOf(...replay(file).args.slice(1)),
        150,
        1,
        'MiB',
        1,
      ),
    );
    rmSync(file);
  }
  return rows;
}

/** A hundred copies of a real trace against every known host, beside reading their bytes. */
function folderOfTraces(folder: string, one: string): Row {
  const rounds = 3;
  const place = join(folder, 'traces');
  mkdirSync(place);
  writeFileSync(join(place, '0.strace'), one, 'latin1');
  const files = Array.from({ length: 100 }, (_, index) => join(place, `${index}.strace`));
  for (const file of files.slice(1)) copyFileSync(files[0]!, file);
  const size = `${Math.round((100 * one.length) / 2 ** 20)} MiB`;
  const [mine, cat] = inTurn(
    [ours('replay', place, '--against', 'all', '--json'), { file: 'cat', args: files }],
    rounds,
  );
  rmSync(place, { recursive: true });
  return rowOf(`replay of 100 traces, ${size}, against all hosts, by cat`, mine!, cat!, undefined, rounds);
}

export function measure(): readonly Row[] {
  const folder = mkdtempSync(join(tmpdir(), 'trace-build-bench-'));
  try {
    const threads = join(folder, 'threads.strace');
    writeThreadedTrace(threads, SIZE);
    const rows = [...againstPeers(threads, '279 MB with threads'), againstSplit(threads), ...packed(threads)];
    rmSync(threads);
    const one = recordTrace(folder);
    const real = join(folder, 'real.strace');
    repeatTrace(real, one, SIZE);
    rows.push(...againstPeers(real, '279 MB recorded here'), folderOfTraces(folder, one));
    rmSync(real);
    return LARGE ? [...rows, ...large(folder)] : rows;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function large(folder: string): readonly Row[] {
  const rounds = 3;
  const path = join(folder, 'large.strace');
  writeThreadedTrace(path, BIG);
  const [mine, rg, wc] = inTurn([replay(path), ripgrep(path), { file: 'wc', args: ['-l', path] }], rounds);
  const size = `${Math.round(statSync(path).size / 2 ** 20)} MiB`;
  return [
    rowOf(`replay of ${size}, against rg -c`, mine!, rg!, 8, rounds),
    rowOf(`replay of ${size}, against wc -l`, mine!, wc!, undefined, rounds),
    row(
      `memory of replay of ${size}: at most 150 MiB`,
      peakOf(...replay(path).args.slice(1)),
      150,
      1,
      'MiB',
      1,
    ),
  ];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(tableOf(measure()));
