import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { openTrace } from '../../src/io/traces/traceFile.ts';
import { workFolder } from '../rig/program.ts';

const folder = workFolder();
afterAll(() => folder.remove());

/** Two members: a recording that was continued. */
const TEXT = Array.from({ length: 5000 }, (_, n) => `7 lseek(3, ${n * n}, SEEK_SET) = ${n * n}\n`).join('');
const ONE = gzipSync(TEXT);
const REST = '7 exit_group(0) = ?\n';

async function read(bytes: Uint8Array): Promise<{ text: string; trouble: string | undefined }> {
  const path = join(folder.path, 'a.strace.gz');
  writeFileSync(path, bytes);
  const opened = await openTrace(path);
  if (!opened.ok) throw new Error(opened.failure.what);
  const parts: Uint8Array[] = [];
  for await (const part of opened.value.bytes) parts.push(part.slice());
  return { text: Buffer.concat(parts).toString('latin1'), trouble: opened.value.trouble() };
}

test('a wrong check sum costs nothing of the text', async () => {
  const bytes = Buffer.from(ONE);
  bytes[bytes.length - 6]! ^= 0xff;
  const { text, trouble } = await read(bytes);
  expect(text).toBe(TEXT);
  expect(trouble).toContain('damaged');
  // Nor of what follows.
  expect((await read(Buffer.concat([bytes, gzipSync(REST)]))).text).toBe(TEXT + REST);
});

test('bytes behind the end are left out', async () => {
  for (const more of [
    Buffer.from('no gzip at all'.repeat(99)),
    Buffer.from([0x1f, 0x8b]),
    Buffer.alloc(512),
  ]) {
    expect((await read(Buffer.concat([ONE, more]))).text).toBe(TEXT);
  }
});

test('a header with everything in it', async () => {
  const header = Buffer.from([0x1f, 0x8b, 8, 2 | 4 | 8 | 16, 0, 0, 0, 0, 0, 3, 3, 0, 1, 2, 3]);
  const names = Buffer.from('name\0comment\0');
  // The check sum of the header and that of the data are wrong.
  const bytes = Buffer.concat([header, names, Buffer.from([0, 0]), deflateRawSync(REST), Buffer.alloc(8)]);
  expect((await read(bytes)).text).toBe(REST);
});

test('damage within loses what is behind it, and nothing before', async () => {
  const bytes = Buffer.from(ONE);
  bytes.fill(0xff, bytes.length >> 1, (bytes.length >> 1) + 64);
  const { text, trouble } = await read(bytes);
  expect(TEXT.slice(0, 50_000).startsWith(text.slice(0, 50_000))).toBe(true);
  expect(text.length).toBeGreaterThan(TEXT.length / 4);
  expect(trouble).toContain('damaged');
});
