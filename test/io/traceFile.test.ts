import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { TraceReader } from '../../src/core/strace/fast/reader.ts';
import type { TraceSummary } from '../../src/core/strace/grammar/event.ts';
import { unpacksZstd } from '../../src/io/files/zstd.ts';
import { filesWithDenials } from '../../src/io/traces/search.ts';
import { readTrace } from '../../src/io/traces/traceFile.ts';

const golden = (name: string): string =>
  fileURLToPath(new URL(`../core/strace/golden/${name}.strace`, import.meta.url));
const plain = readFileSync(golden('modes-numbers'));
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trace-build-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function expected(): Omit<TraceSummary, 'file'> {
  const reader = new TraceReader({ file: 'x' });
  reader.push(plain);
  const { file: _, ...rest } = reader.end();
  return rest;
}

async function summary(path: string | readonly string[]): Promise<TraceSummary> {
  const read = await readTrace(path, { name: 'x' });
  if (!read.ok) throw new Error(read.failure.what);
  return read.value;
}

describe('readTrace', () => {
  it('reads plain, gzip and zstd alike, whatever the name', async () => {
    const { file: _, ...read } = await summary(file('a.strace', plain));
    expect(read).toEqual(expected());
    const { file: __, ...packed } = await summary(file('b.bin', gzipSync(plain)));
    expect(packed).toEqual(expected());
    const zstd = spawnSync('zstd', ['-qc'], { input: plain });
    if (zstd.error) return;
    const { file: ___, ...other } = await summary(file('c.zst', zstd.stdout));
    expect(other).toEqual(expected());
    // The program is not there: a Node that has zstd unpacks it, another one says what is missing.
    vi.stubEnv('PATH', '/nonexistent');
    const without = await readTrace(file('c.zst', zstd.stdout), { name: 'x' });
    if (unpacksZstd()) expect(without).toMatchObject({ ok: true, value: other });
    else expect(without).toMatchObject({ ok: false, failure: { kind: 'missing' } });
    vi.unstubAllEnvs();
  });

  it('reads what is left of a cut gzip file, and says that it is not whole', async () => {
    const packed = gzipSync(plain);
    const cut = await summary(file('cut.gz', packed.subarray(0, packed.length * 0.7)));
    expect(cut.complete).toBe(false);
    expect(cut.events).toBeGreaterThan(10);
  });

  it('reads a gzip file up to where it is damaged', async () => {
    // A crash of the machine often leaves zeros in place of the last blocks.
    const lines = Array.from(
      { length: 2000 },
      (_, n) => `1 write(${n % 7}, "${(n * 7919) % 10007}", 4) = 4\n`,
    );
    const packed = gzipSync(lines.join(''), { level: 1 });
    packed.fill(0, packed.length * 0.75);
    const damaged = await summary(file('damaged.gz', packed));
    expect(damaged.complete).toBe(false);
    expect(damaged.events).toBeGreaterThan(1400);
  });

  it('reads a named pipe, packed or not', async () => {
    const pipe = join(folder, 'pipe');
    spawnSync('mkfifo', [pipe]);
    for (const content of [plain, gzipSync(plain)]) {
      const writing = writeFile(pipe, content);
      expect(await summary(pipe)).toEqual({ file: 'x', ...expected() });
      await writing;
    }
  });

  it('takes a folder of strace -ff files as one trace', async () => {
    const ff = join(folder, 'ff');
    mkdirSync(ff);
    writeFileSync(
      join(ff, 't.100'),
      'execve("/bin/sh", ["sh"], 0x7f /* 1 var */) = 0\nfork() = 101\nexit_group(0) = ?\n+++ exited with 0 +++\n',
    );
    writeFileSync(
      join(ff, 't.101'),
      'chmod("x", 0755) = -1 EPERM (Operation not permitted)\n+++ exited with 1 +++\n',
    );
    const both = await summary(ff);
    expect(both).toMatchObject({ events: 4, processes: 2, complete: true });
    expect(both.calls.find(({ call }) => call.name === 'chmod')?.first).toEqual({
      file: 't.101',
      line: 1,
      pid: 101,
      command: 'sh',
    });
    expect(await summary([join(ff, 't.101'), join(ff, 't.100')])).toEqual(both);
  });

  it('knows that a thread whose execve goes on in its leader is over', async () => {
    const ff = join(folder, 'thread');
    mkdirSync(ff);
    const close = (pid: number): string => `+++ superseded by execve in pid ${pid} +++\n`;
    writeFileSync(
      join(ff, 't.200'),
      `futex(0x7f, FUTEX_WAIT, 201) = ?\n${close(201)}<... execve resumed>) = 0\nexit_group(0) = ?\n+++ exited with 0 +++\n`,
    );
    writeFileSync(join(ff, 't.201'), 'execve("/bin/cc", ["cc"], 0x7f /* 1 var */ <pid changed to 200 ...>\n');
    expect(await summary(ff)).toMatchObject({ events: 3, unparsed: 0, unfinished: 0, complete: true });
  });

  it.each([
    ['a table of strace -c', () => golden('summary-only'), /summary table of strace -c/],
    ['a file that is not there', () => join(folder, 'none'), /no such file/],
    ['a folder without traces', () => folder, /^no trace is in this directory/],
    ['xz', () => file('x.xz', Buffer.from('fd377a585a0000', 'hex')), /xz, which is not supported/],
  ])('refuses %s in one sentence', async (_, path, sentence) => {
    const read = await readTrace(path());
    expect(read.ok).toBe(false);
    if (!read.ok) expect(read.failure.what).toMatch(sentence);
  });

  it('reads a file of several chunks exactly as its bytes at once', async () => {
    const parts = [readFileSync(golden('plain-f-o')), readFileSync(golden('thread-execve')), plain];
    const big = Buffer.concat(Array.from({ length: 600 }, (_, turn) => parts[turn % 3]!));
    const reader = new TraceReader({ file: 'x' });
    reader.push(big);
    expect(await summary(file('big.strace', big))).toEqual(reader.end());
  });
});

describe('triage', () => {
  it('finds the files that hold a denial, packed ones too', async () => {
    const place = join(folder, 'triage');
    mkdirSync(place);
    const denied = 'chmod("x", 0755) = -1 EPERM (Operation not permitted)\n';
    writeFileSync(join(place, 'good.strace'), 'chmod("x", 0755) = 0\n');
    writeFileSync(join(place, 'bad.strace'), denied);
    writeFileSync(join(place, 'packed.strace.gz'), gzipSync(denied));
    writeFileSync(join(place, 'manifest.json'), denied);
    expect(await filesWithDenials([place])).toEqual({
      ok: true,
      value: [join(place, 'bad.strace'), join(place, 'packed.strace.gz')],
    });
  });
});
