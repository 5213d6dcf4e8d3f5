// Reading: bytes to a summary that can be judged, against the shell one-liners it replaces, on the same bytes. The trace is a
// real one, of a C compilation and a tar archive here, repeated with other pids. `--large`: 2 GiB for memory.
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  createReadStream,
  mkdirSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rgPath } from '@vscode/ripgrep';
import split2 from 'split2';
import { TraceReader } from '../src/core/strace/fast/reader.ts';
import { filesWithDenials } from '../src/io/traces/search.ts';
import { recordTrace, repeatTrace } from './bigTrace.ts';
import { fastest, fastestProgram, type Row, row, tableOf } from './rig.ts';

/** About 2.7 million lines. */
const SIZE = 180 << 20;
/** So large that what was kept of every line would show. */
const BIG = process.argv.includes('--large') ? 2048 * 2 ** 20 : 512 * 2 ** 20;
const ROUNDS = 5;

/** Reading the file and the tally, nothing else. */
function readOnce(path: string): void {
  const reader = new TraceReader({ file: path });
  const buffer = Buffer.allocUnsafeSlow(1 << 20);
  const file = openSync(path, 'r');
  for (let size = readSync(file, buffer); size > 0; size = readSync(file, buffer)) {
    reader.push(buffer.subarray(0, size));
  }
  closeSync(file);
  reader.end();
}

/** A folder of traces without a denial: all bytes are looked at. */
function harmlessFolder(folder: string, one: string): string {
  const place = join(folder, 'harmless');
  mkdirSync(place);
  const text = `${one
    .split('\n')
    .filter((line) => !/EPERM|ENOSYS|SIGSYS/.test(line))
    .join('\n')}\n`;
  const times = Math.ceil((32 << 20) / text.length);
  for (let file = 0; file < 12; file++)
    writeFileSync(join(place, `${file}.strace`), text.repeat(times), 'latin1');
  return place;
}

/** What a tool usually does: a stream of lines and a regular expression. */
async function splitOnce(path: string): Promise<void> {
  const call = /^(?:\d+ +)?([a-z_0-9]+)\((.*)\) += (-?\w+)(?: (E\w+))?/;
  const counts = new Map<string, number>();
  for await (const line of createReadStream(path, { highWaterMark: 1 << 20 }).pipe(split2())) {
    const match = call.exec(line as string);
    if (match) counts.set(`${match[1]} ${match[4]}`, (counts.get(`${match[1]} ${match[4]}`) ?? 0) + 1);
  }
}

/** Peak memory, in MiB, of a process of its own that reads with the built program. */
function peakOf(path: string): number {
  const code = `import('${new URL('../dist/io/traces/traceFile.js', import.meta.url)}').then(async ({ readTrace }) => {
    const read = await readTrace(process.argv[1]);
    if (!read.ok) process.exit(1);
    console.log(process.resourceUsage().maxRSS / 1024);
  })`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', code, path], {
    encoding: 'utf8',
  });
  return stdout === '' ? Number.NaN : Number(stdout);
}

async function againstOneLiners(path: string): Promise<Row[]> {
  readOnce(path);
  // Turn by turn, so that whatever else the machine does hits all of them alike.
  const best = { ours: Infinity, mawk: Infinity, rg: Infinity, split: Infinity };
  for (let run = 0; run < ROUNDS; run++) {
    best.ours = Math.min(best.ours, await fastest(1, () => readOnce(path)));
    const mawk = await fastestProgram(1, 'mawk', ['-F[](]', '{c[$2]++}', path]);
    best.mawk = Math.min(best.mawk, mawk ?? Number.NaN);
    const rg = await fastestProgram(1, rgPath, ['-c', 'EPERM|ENOSYS', path]);
    best.rg = Math.min(best.rg, rg ?? Infinity);
    best.split = Math.min(best.split, await fastest(1, () => splitOnce(path)));
  }
  const { ours } = best;
  return [
    row("reading, against mawk -F'[](]' '{c[$2]++}'", ours, best.mawk, 1 / 3, 's', ROUNDS),
    row('reading, against split2 and a regular expression', ours, best.split, 0.1, 's', ROUNDS),
    row('reading, against rg -c', ours, best.rg, 10, 's', ROUNDS),
  ].filter(({ peer }) => !Number.isNaN(peer));
}

/** The memory that a big file takes, and its packed forms. */
function bigFile(folder: string, one: string): Row[] {
  const path = join(folder, 'big.strace');
  repeatTrace(path, one, BIG);
  const size = `${(statSync(path).size / 2 ** 20).toFixed(0)} MiB`;
  const memory = (how: string, mebibytes: number, runs: number): Row =>
    row(`memory of reading ${size}, ${how}: at most 200 MiB`, mebibytes, 200, 1, 'MiB', runs);
  const rounds = 3;
  const rows = [memory('plain', Math.max(...Array.from({ length: rounds }, () => peakOf(path))), rounds)];
  for (const [program, args, ending] of [
    ['gzip', ['-k1', path], 'gz'],
    ['zstd', ['-qk1', path], 'zst'],
  ] as const) {
    if (spawnSync(program, args).status === 0)
      rows.push(memory(`.${ending}`, peakOf(`${path}.${ending}`), 1));
  }
  return rows;
}

async function triage(folder: string, one: string): Promise<Row> {
  const harmless = harmlessFolder(folder, one);
  const ours = await fastest(ROUNDS, () => filesWithDenials([harmless]));
  const rg = await fastest(ROUNDS, () => {
    spawnSync(rgPath, ['-l', 'EPERM|ENOSYS', harmless], { stdio: 'ignore' });
  });
  return row('triage of a folder, against rg -l', ours, rg, 1.5, 's', ROUNDS);
}

export async function measure(): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'trace-build-bench-'));
  try {
    const one = recordTrace(folder);
    const path = join(folder, 'small.strace');
    repeatTrace(path, one, SIZE);
    const rows = await againstOneLiners(path);
    return [...rows, ...bigFile(folder, one), await triage(folder, one)];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(tableOf(await measure()));
