import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, expect, test } from 'vitest';
import { fallbacksOf } from '../../src/core/linux/callers.ts';
import { syscallNames } from '../../src/core/linux/numbers.ts';
import { cli } from '../rig/cli.ts';
import { needs } from '../rig/need.ts';
import { traceBuild, workFolder } from '../rig/program.ts';

// What --json prints is one document that the published JSON Schema of its `schema` field describes.

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = workFolder();
afterAll(() => folder.remove());

function expectValid(text: string, name: string): void {
  const document = JSON.parse(text) as { schema: string };
  const schema = JSON.parse(readFileSync(join(root, `dist/schemas/${name}.json`), 'utf8')) as object;
  const valid = new Ajv2020({ strict: false, allErrors: true, validateFormats: false }).compile(schema);
  valid(document);
  expect(valid.errors ?? []).toEqual([]);
  expect(document.schema).toMatch(/^trace-build\/[a-z-]+@1$/);
}

const ARCH = 'docker@19.03.15,arch=x86_64,kernel=6.1';
const JUDGING: readonly (readonly [schema: string, ...args: string[]])[] = [
  ['check', 'check', 'traces', '--json'],
  ['doctor', 'doctor', '--json'],
  ['explain', 'explain', 'faccessat2', '--on', ARCH, '--json'],
  ['explain', 'explain', ARCH, '--json'],
  ['bisect', 'bisect', 'traces/tar.strace.gz', '--good', 'docker@25.0.3', '--bad', ARCH, '--json'],
  ['infer', 'infer', 'traces/tar.strace.gz', '--among', ARCH, '--json'],
  ['profile-show', 'profile', 'show', ARCH, '--json'],
  ['profile-diff', 'profile', 'diff', ARCH, 'docker@24.0.9,arch=x86_64,kernel=6.1', '--json'],
  ['profile-eval', 'profile', 'eval', ARCH, 'clone', '--json'],
  ['replay', 'replay', 'traces/tar.strace.gz', '--against', ARCH, '--json'],
  ['replay', 'replay', 'traces', '--against', ARCH, '--against', 'gvisor@20240101,arch=x86_64', '--json'],
  ['why', 'why', 'make: /bin/sh: Operation not permitted', '--json'],
  ['report', 'report', 'traces/tar.strace.gz', '--against', ARCH, '--format', 'json'],
];

test.each(JUDGING)('%s: %s %s %s is described by its published schema', async (name, ...args) => {
  const done = await cli(args, { cwd: root });
  expect(done.stderr).not.toContain('internal error');
  expectValid(done.stdout, name);
});

test('what the tables tell of the callers of any syscall is described, too', () => {
  const schema = JSON.parse(readFileSync(join(root, 'dist/schemas/explain.json'), 'utf8'));
  const { callers } = schema.$defs['trace-build/explain@1'].anyOf[0].properties;
  const valid = new Ajv2020({ strict: false, allErrors: true }).compile(callers);
  for (const name of syscallNames()) {
    valid(fallbacksOf(name));
    expect([name, valid.errors ?? []]).toEqual([name, []]);
  }
});

needs('linux', 'strace', 'bwrap').describe('with a command', () => {
  test.each([
    ['run', 0, ['--on', 'unconfined', '--', 'true']],
    ['run', 1, ['--on', ARCH, '--', 'sh', '-c', '[ -x /bin/sh ]']],
    ['run', 1, ['--fast', '--on', ARCH, '--', 'sh', '-c', '[ -x /bin/sh ] && exit 3']],
  ] as const)('%s exits %i: its document and its manifest', async (name, _status, args) => {
    const done = await traceBuild(['--json', '-o', 'one', ...args], { cwd: folder.path });
    expectValid(done.stdout, name);
    expectValid(readFileSync(join(folder.path, 'one.strace.json'), 'utf8'), 'manifest');
  });

  test('minimize', async () => {
    const cwd = join(folder.path, 'tree');
    mkdirSync(cwd);
    writeFileSync(join(cwd, 'tool'), '#!/bin/sh\n', { mode: 0o755 });
    const done = await traceBuild(
      ['minimize', '--json', '--confirm', '2', '--on', ARCH, '--', 'sh', '-c', '[ -x ./tool ]'],
      {
        cwd,
      },
    );
    expectValid(done.stdout, 'minimize');
    expect(done.stdout).toContain('faccessat2');
  });
});
