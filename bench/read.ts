// Reading: bytes to a summary that can be judged, against the shell one-liners it replaces, on the same 2.7 million lines.
// The trace is a real one, of a C compilation and a tar archive here, repeated with other pids. `--json` prints rows.
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  createReadStream,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rgPath } from '@vscode/ripgrep';
import split2 from 'split2';
import { TraceReader } from '../src/core/trace/reader.ts';
import { filesWithDenials } from '../src/shell/search.ts';
import { fastest, fastestProgram, type Row, row, tableOf } from './rig.ts';

const LINES = 2_700_000;

/** A build as everybody has it: compiler processes in parallel and an archive, `strace -f -o`. */
function recordTrace(folder: string): Buffer {
  const path = join(folder, 'one.strace');
  const source = join(folder, 'a.c');
  writeFileSync(
    source,
    '#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\nint main(void){return 0;}\n',
  );
  const build = `for i in 1 2 3; do cc -c "${source}" -o /dev/null & done; wait; tar cf - -C /usr/include . | tar tf - >/dev/null`;
  const recorded = spawnSync('strace', ['-f', '-o', path, 'sh', '-c', build], { stdio: 'ignore' });
  if (recorded.status === 0) return readFileSync(path);
  // Without strace: the recorded traces of the tests.
  const golden = fileURLToPath(new URL('../test/core/trace/golden/plain-f-o.strace', import.meta.url));
  return readFileSync(golden);
}

function repeatTrace(path: string, one: Buffer, lines: number): void {
  const count = one.toString('latin1').split('\n').length - 1;
  writeFileSync(path, '');
  for (let written = 0; written < lines; written += count) appendFileSync(path, one);
}

/** One thread: reading the file and the tally, nothing else. */
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
function harmlessFolder(folder: string, one: Buffer): string {
  const place = join(folder, 'harmless');
  mkdirSync(place);
  const lines = one.toString('latin1').split('\n');
  const text = `${lines.filter((line) => !/EPERM|ENOSYS|SIGSYS/.test(line)).join('\n')}\n`;
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

/** The command's own wall time, from its start to its end. */
function throughProgram(path: string, threads: number): number {
  const code = `import('${new URL('../dist/shell/traceFile.js', import.meta.url)}').then(async ({ readTrace }) => {
    const start = performance.now();
    const read = await readTrace(process.argv[1], { threads: ${threads} });
    if (!read.ok) process.exit(1);
    console.log(JSON.stringify([(performance.now() - start) / 1000, process.resourceUsage().maxRSS / 1024]));
  })`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', code, path], {
    encoding: 'utf8',
  });
  const [seconds, mebibytes] = JSON.parse(stdout) as [number, number];
  peak = Math.max(peak, mebibytes);
  return seconds;
}
let peak = 0;

export async function measure(runs = 5, lines = LINES): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'trace-build-bench-'));
  try {
    const one = recordTrace(folder);
    const path = join(folder, 'big.strace');
    repeatTrace(path, one, lines);
    const rows: Row[] = [];
    readOnce(path);
    // Turn by turn, so that whatever else the machine does hits all of them alike.
    const best = { ours: Infinity, mawk: Infinity, rg: Infinity };
    for (let run = 0; run < runs; run++) {
      best.ours = Math.min(best.ours, await fastest(1, () => readOnce(path)));
      const mawk = await fastestProgram(1, 'mawk', ['-F[](]', '{c[$2]++}', path]);
      best.mawk = Math.min(best.mawk, mawk ?? Number.NaN);
      best.rg = Math.min(
        best.rg,
        (await fastestProgram(1, rgPath, ['-c', 'EPERM|ENOSYS', path])) ?? Infinity,
      );
    }
    if (!Number.isNaN(best.mawk)) {
      rows.push(row("reading, one thread, against mawk -F'[](]' '{c[$2]++}'", best.ours, best.mawk, 1 / 3));
    }
    const split = await fastest(1, () => splitOnce(path));
    rows.push(row('reading, one thread, against split2 and a regular expression', best.ours, split, 1 / 10));
    rows.push(row('reading, one thread, against rg -c', best.ours, best.rg, 10));
    const single = Math.min(...Array.from({ length: 3 }, () => throughProgram(path, 1)));
    const cores = Math.max(2, cpus().length);
    const threaded = Math.min(...Array.from({ length: 3 }, () => throughProgram(path, cores)));
    rows.push(row(`reading a file: ${cores} threads against one`, threaded, single, 0.7));
    const harmless = harmlessFolder(folder, one);
    const triage = await fastest(runs, () => filesWithDenials([harmless]));
    const rgFolder = await fastest(runs, () => {
      spawnSync(rgPath, ['-l', 'EPERM|ENOSYS', harmless], { stdio: 'ignore' });
    });
    rows.push(row('triage of a folder, against rg -l', triage, rgFolder, 1.5));
    const size = statSync(path).size / 2 ** 20;
    rows.push({
      name: `memory of reading ${size.toFixed(0)} MiB (at most 200 MiB)`,
      ours: peak,
      peer: 200,
      ratio: peak / 200,
      target: 1,
      met: peak <= 200,
      unit: 'MiB',
    });
    return rows;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const rows = await measure();
  process.stdout.write(
    process.argv.includes('--json') ? `${JSON.stringify(rows, null, 2)}\n` : tableOf(rows),
  );
}
