// Parts of the program inside one warm process, the fastest of several runs: what is left when nothing has to start or be
// compiled. What a user waits for is in read.ts and starting.ts.
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rgPath } from '@vscode/ripgrep';
import { TraceReader } from '../src/core/strace/fast/reader.ts';
import type { TraceSummary } from '../src/core/strace/grammar/event.ts';
import { filesWithDenials } from '../src/io/traces/search.ts';
import { recordTrace, repeatTrace } from './bigTrace.ts';
import { fastest, type Row, row, tableOf } from './rig.ts';
import { writeThreadedTrace } from './threadedTrace.ts';

const SIZE = 180 << 20;
const ROUNDS = 5;

/** Reading the file and the tally, nothing else. */
export function readOnce(path: string): TraceSummary {
  const reader = new TraceReader({ file: path });
  const buffer = Buffer.allocUnsafeSlow(1 << 20);
  const file = openSync(path, 'r');
  for (let size = readSync(file, buffer); size > 0; size = readSync(file, buffer)) {
    reader.push(buffer.subarray(0, size));
  }
  closeSync(file);
  return reader.end();
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

async function reading(path: string, what: string): Promise<Row> {
  readOnce(path);
  const best = { ours: Infinity, wc: Infinity };
  for (let run = 0; run < ROUNDS; run++) {
    best.ours = Math.min(best.ours, await fastest(1, () => readOnce(path)));
    best.wc = Math.min(best.wc, await fastest(1, () => spawnSync('wc', ['-l', path], { stdio: 'ignore' })));
  }
  return row(`in the process: reading 180 MiB ${what}, by wc -l`, best.ours, best.wc, undefined, 's', ROUNDS);
}

async function triage(folder: string, one: string): Promise<Row> {
  const harmless = harmlessFolder(folder, one);
  const mine = await fastest(ROUNDS, () => filesWithDenials([harmless]));
  const rg = await fastest(ROUNDS, () => {
    spawnSync(rgPath, ['-l', 'EPERM|ENOSYS', harmless], { stdio: 'ignore' });
  });
  return row('in the process: triage of a folder, by rg -l', mine, rg, 1.5, 's', ROUNDS);
}

export async function measure(): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'trace-build-bench-'));
  try {
    const path = join(folder, 'one.strace');
    writeThreadedTrace(path, SIZE);
    const threads = await reading(path, 'with threads');
    const one = recordTrace(folder);
    repeatTrace(path, one, SIZE);
    return [threads, await reading(path, 'recorded here'), await triage(folder, one)];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(tableOf(await measure()));
