import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openSnapshots, type SnapshotKind } from '../../src/io/images/snapshot.ts';
import { needs } from '../rig/need.ts';

let original: string;

beforeEach(() => {
  original = mkdtempSync(join(tmpdir(), 'trace-build-test-'));
  mkdirSync(join(original, '.cache/deep'), { recursive: true });
  writeFileSync(join(original, '.gitignore'), '.cache\n');
  writeFileSync(join(original, '.cache/deep/warm'), 'warm');
  writeFileSync(join(original, 'source'), 'as it was');
});

afterEach(() => rmSync(original, { recursive: true, force: true }));

async function open(kind: SnapshotKind, clear: readonly string[] = []) {
  const snapshots = await openSnapshots(original, { clear, kinds: [kind] });
  if (!snapshots.ok) throw new Error(snapshots.failure.what);
  return snapshots.value;
}

async function take(snapshots: Awaited<ReturnType<typeof open>>) {
  const snapshot = await snapshots.take();
  if (!snapshot.ok) throw new Error(snapshot.failure.what);
  return snapshot.value;
}

const kinds: readonly SnapshotKind[] = process.getuid?.() === 0 ? ['overlay', 'copy'] : ['copy'];

needs('linux').describe.each(kinds)('snapshots by %s', (kind) => {
  it('look like the original, ignored caches included, and keep runs apart', async () => {
    const snapshots = await open(kind);
    expect(snapshots).toMatchObject({ kind, entries: 5, bytes: 4 + 7 + 9 });
    const [one, two] = [await take(snapshots), await take(snapshots)];
    expect(readFileSync(join(one.path, '.cache/deep/warm'), 'utf8')).toBe('warm');
    writeFileSync(join(one.path, 'source'), 'changed');
    writeFileSync(join(one.path, 'made'), 'new');
    rmSync(join(one.path, '.cache'), { recursive: true });
    expect(readFileSync(join(two.path, 'source'), 'utf8')).toBe('as it was');
    expect(readdirSync(two.path).sort()).toEqual(['.cache', '.gitignore', 'source']);
    expect(readFileSync(join(original, 'source'), 'utf8')).toBe('as it was');
    expect(existsSync(join(original, 'made'))).toBe(false);
    await one.remove();
    expect(existsSync(one.path)).toBe(false);
    await snapshots.close();
    expect(existsSync(two.path)).toBe(false);
    expect(readFileSync('/proc/mounts', 'utf8')).not.toContain(two.path);
  });

  it('empty the folders that are to be cold, and only in the copy', async () => {
    const snapshots = await open(kind, ['.cache', 'not-there']);
    const { path } = await take(snapshots);
    expect(readdirSync(join(path, '.cache'))).toEqual([]);
    expect(readFileSync(join(original, '.cache/deep/warm'), 'utf8')).toBe('warm');
    await snapshots.close();
  });
});

it('refuses to make folders cold that are outside', async () => {
  const snapshots = await openSnapshots(original, { clear: ['../elsewhere'] });
  expect(snapshots).toMatchObject({ ok: false, failure: { kind: 'usage' } });
});

it('takes an empty folder for no proof that blocks can be shared', async () => {
  const empty = mkdtempSync(join(tmpdir(), 'trace-build-test-'));
  const snapshots = await openSnapshots(empty, { clear: [], kinds: ['reflink', 'copy'] });
  expect(snapshots).toMatchObject({ ok: true, value: { kind: 'copy' } });
  if (snapshots.ok) await snapshots.value.close();
  rmSync(empty, { recursive: true });
});

it('never makes a copy that holds itself', async () => {
  const snapshots = await openSnapshots('/', { clear: [] });
  expect(snapshots).toMatchObject({ ok: false, failure: { kind: 'usage' } });
});
