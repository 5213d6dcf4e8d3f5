import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { program, workFolder } from '../rig/program.ts';

const main = fileURLToPath(new URL('../../dist/cli/main.cjs', import.meta.url));
const folder = workFolder();
afterAll(() => folder.remove());
const trace = join(folder.path, 'zig.strace');
const hook = join(folder.path, 'hook.cjs');

beforeAll(() => {
  for (const [end, to] of [
    ['strace.gz', trace],
    ['strace.json', `${trace}.json`],
  ] as const) {
    const bytes = readFileSync(fileURLToPath(new URL(`../../traces/zig.${end}`, import.meta.url)));
    writeFileSync(to, end === 'strace.gz' ? gunzipSync(bytes) : bytes);
  }
  writeFileSync(
    hook,
    `process.on('exit', () => {
      const files = Object.keys(require.cache).filter((file) => file !== __filename);
      const ours = files.filter((file) => !file.includes('/node_modules/')).length;
      const builtins = process.moduleLoadList.filter((name) => / child_process$/.test(name));
      require('node:fs').writeSync(2, JSON.stringify({ files: files.length - ours, builtins }));
    });`,
  );
});

test.each([
  ['explain', 'faccessat2'],
  ['explain', 'faccessat2', '--on', 'docker@20.10.5'],
  ['replay', trace, '--against', 'docker@20.10.5'],
  ['replay', trace, '--against', 'docker@20.10.5', '--verbose'],
  ['replay', trace, '--against', 'docker@20.10.5', '--json'],
  ['report', trace],
])('%s %s loads one file, and neither zod nor what starts programs', async (...words) => {
  const done = await program(process.execPath, ['-r', hook, main, ...words], { cwd: folder.path });
  expect(done.stdout).not.toBe('');
  expect(JSON.parse(done.stderr)).toEqual({ files: 0, builtins: [] });
});
