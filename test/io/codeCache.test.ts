import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { program, workFolder } from '../rig/program.ts';

const folder = workFolder();
afterAll(() => folder.remove());
const home = join(folder.path, 'with blank');
const cache = join(home, '.cache/trace-build/code');
const bundle = join(home, 'answer.cjs');
const kept = join(cache, 'answer.cjs');

/** A bundle as scripts/bundle.mjs makes them; all of one length, which is all that V8 compares. */
const write = (answer: 'one' | 'two', stamp: string) =>
  writeFileSync(bundle, `// ${stamp.repeat(64)}\n"use strict";\nexports.answer = () => '${answer}';\n`);

beforeEach(() => {
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home);
  write('one', 'a');
});

const CODE = fileURLToPath(new URL('../../dist/io/process/codeCache.js', import.meta.url));

/** What the bundle answers in a process of its own. */
async function answer(): Promise<string> {
  const script = `import { runCached } from ${JSON.stringify(CODE)};
    console.log(runCached(${JSON.stringify(bundle)}, ${JSON.stringify(cache)}).answer());`;
  const done = await program(process.execPath, ['--input-type=module', '-e', script], { cwd: home });
  expect(done.stderr).toBe('');
  return done.stdout.trim();
}

test('keeps compiled code for the user alone, and takes it the next time', async () => {
  expect(await answer()).toBe('one');
  expect(readdirSync(cache)).toEqual(['answer.cjs']);
  expect(statSync(kept).mode & 0o777).toBe(0o600);
  expect(statSync(cache).mode & 0o777).toBe(0o700);
  // Two bundles with the same stamp are not made; here it shows where the code came from.
  write('two', 'a');
  expect(await answer()).toBe('one');
});

test('takes no code of another bundle, and keeps that of the new one', async () => {
  await answer();
  write('two', 'b');
  expect(await answer()).toBe('two');
  write('one', 'b');
  expect(await answer()).toBe('two');
});

test('takes no code that others could have written', async () => {
  await answer();
  write('two', 'a');
  chmodSync(kept, 0o620);
  expect(await answer()).toBe('two');
});

test.each([
  ['cut', (bytes: Buffer) => bytes.subarray(0, bytes.length - 1)],
  ['empty', () => Buffer.alloc(0)],
  ['changed', (bytes: Buffer) => Buffer.concat([bytes.subarray(0, 100), Buffer.alloc(bytes.length - 100)])],
])('runs without a file that is %s, and replaces it', async (_, damage) => {
  await answer();
  writeFileSync(kept, damage(readFileSync(kept)));
  write('two', 'a');
  expect(await answer()).toBe('two');
  write('one', 'a');
  expect(await answer()).toBe('two');
});

test('makes no home that is not there, and runs where nothing can be written', async () => {
  const script = `import { runCached } from ${JSON.stringify(CODE)};
    for (const place of ['/proc/none/.cache/trace-build/code', '/dev/null/trace-build/code', ${JSON.stringify(join(home, 'none/.cache/trace-build/code'))}])
      console.log(runCached(${JSON.stringify(bundle)}, place).answer());`;
  const done = await program(process.execPath, ['--input-type=module', '-e', script], { cwd: home });
  expect(done.stderr).toBe('');
  expect(done.stdout).toBe('one\none\none\n');
  expect(readdirSync(home)).toEqual(['answer.cjs']);
});
