import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { needs } from '../rig/need.ts';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trace-build-test-'));
  mkdirSync(join(folder, 'cache'));
  writeFileSync(join(folder, 'cache/warm'), '');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(place: readonly string[], script: string, env: Record<string, string> = {}) {
  const options = ['run', '--propagate', '-o', 'traces/copy', ...place];
  return spawnSync(process.execPath, [MAIN, ...options, '--', 'sh', '-c', script], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
}

function expectUntouched(): void {
  expect(readdirSync(folder).sort()).toEqual(['cache', 'traces']);
  expect(readdirSync(join(folder, 'cache'))).toEqual(['warm']);
}

const SCRIPT = 'test ! -e cache/warm && echo made > new && test -s new && pwd';
const SIZE = /in a copy of .* \(\d+ entries, \d+\.\d MB, by (overlay|reflink|copy)\)/;

needs('linux', 'bwrap', 'strace').describe('run in a copy', () => {
  it('leaves the tree as it is, and empties what is to be cold in the copy only', () => {
    const done = run(['--on', 'docker@20.10.24', '--clear', 'cache'], SCRIPT);
    expect(done.status, done.stderr).toBe(0);
    expect(done.stdout).toContain(folder);
    expect(done.stderr).toMatch(SIZE);
    expectUntouched();
  });
});

needs('linux', 'docker', 'bookworm-image').describe('run in a copy, in a container', () => {
  const image = ['--engine', 'docker', '--image', 'trace-build-ci/bookworm', '--no-network'];
  const mounted = [...image, '-v', '.:/src', '-w', '/src'];

  it('mounts copies of the folders that it may write to', () => {
    const done = run(
      [...mounted, '-v', './cache:/ro:ro', '--clear', 'cache'],
      `${SCRIPT} && test -e /ro/warm`,
    );
    expect(done.status, done.stderr).toBe(0);
    expect(done.stdout).toContain('/src\n');
    expect(done.stderr).toMatch(SIZE);
    expectUntouched();
  });

  it('says what cannot be copied', () => {
    const nowhere = run([...image, '--clear', 'cache'], 'true');
    expect(nowhere).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--clear cache is in no folder'),
    });
    expectUntouched();
  });
});
