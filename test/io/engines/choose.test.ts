import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isImagePath } from '../../../src/io/engines/choose.ts';

const before = process.cwd();
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trace-build-test-'));
  mkdirSync(join(folder, 'debian'));
  mkdirSync(join(folder, 'layout'));
  writeFileSync(join(folder, 'layout/index.json'), '{}');
  writeFileSync(join(folder, 'busybox'), '\x7fELF');
  writeFileSync(join(folder, 'saved'), gzipSync(''));
  process.chdir(folder);
});
afterAll(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true, force: true });
});

it.each([
  ['debian', false],
  ['./debian', true],
  ['layout', true],
  ['busybox', false],
  ['saved', true],
  ['postgres:16', false],
  ['./none', false],
])('--image %s is on disk: %s', async (image, is) => {
  expect(await isImagePath(image)).toBe(is);
});
