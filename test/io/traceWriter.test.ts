import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { constants, gunzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { openTraceWriter, type TraceWriter } from '../../src/io/recording/traceWriter.ts';
import { workFolder } from '../rig/program.ts';

const folder = workFolder();
afterAll(() => folder.remove());

const LINE = '7 getpid() = 7\n';

async function writerOf(name: string): Promise<{ readonly writer: TraceWriter; readable(): string }> {
  const path = join(folder.path, name);
  const gzip = name.endsWith('.gz');
  const writer = openTraceWriter(await open(path, 'wx'), gzip);
  const readable = (): string => {
    const bytes = readFileSync(path);
    return (gzip ? gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }) : bytes).toString('latin1');
  };
  return { writer, readable };
}

/** Until it is so; the test's own time limit ends a wait in vain. */
async function until(so: () => boolean): Promise<void> {
  while (!so()) await sleep(10);
}

test.each(['idle.gz', 'idle'])('%s: what was written can be read while the writer is open', async (name) => {
  const { writer, readable } = await writerOf(name);
  for (const text of [LINE, LINE + LINE]) {
    await writer.write(Buffer.from(LINE));
    await until(() => readable() === text);
  }
  expect(await writer.close()).toBeUndefined();
  expect(readable()).toBe(LINE + LINE);
});

test('a writer that never pauses is readable meanwhile, too', async () => {
  const { writer, readable } = await writerOf('busy.gz');
  let lines = 0;
  let seen = '';
  // So little that the compressor would hand nothing on by itself.
  while (seen === '') {
    await writer.write(Buffer.from(LINE));
    lines++;
    await sleep(5);
    seen = readable();
  }
  expect(LINE.repeat(lines).startsWith(seen)).toBe(true);
  await writer.close();
  expect(readable()).toBe(LINE.repeat(lines));
});
