import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { needs } from '../rig/need.ts';

const MAIN = fileURLToPath(new URL('../../dist/faces/cli/main.js', import.meta.url));

needs('linux', 'bwrap', 'strace').describe('run in a copy', () => {
  it('leaves the tree as it is, and empties what is to be cold in the copy only', () => {
    const folder = mkdtempSync(join(tmpdir(), 'trace-build-test-'));
    try {
      mkdirSync(join(folder, 'cache'));
      writeFileSync(join(folder, 'cache/warm'), '');
      const script = 'test ! -e cache/warm && echo made > new && test -s new && pwd';
      const options = ['run', '-q', '--propagate', '--on', 'docker@20.10.24', '--cold', 'cache'];
      const done = spawnSync(process.execPath, [MAIN, ...options, '--', 'sh', '-c', script], {
        cwd: folder,
        encoding: 'utf8',
      });
      expect(done.status, done.stderr).toBe(0);
      expect(done.stdout).toContain(folder);
      expect(readdirSync(folder).sort()).toEqual(['cache', 'traces']);
      expect(readdirSync(join(folder, 'cache'))).toEqual(['warm']);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
