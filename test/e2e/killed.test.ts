import { join } from 'node:path';
import { expect, test } from 'vitest';
import { needs } from '../rig/need.ts';
import { program } from '../rig/program.ts';

const ROOT = join(import.meta.dirname, '../..');

/** A short round of scripts/kill-test.mjs; the long one is `npm run kill-test -- 200`. */
async function kill(times: number, modes: string, env: Record<string, string> = {}): Promise<void> {
  const done = await program(process.execPath, ['scripts/kill-test.mjs', String(times), '--modes', modes], {
    cwd: ROOT,
    env,
  });
  // What it says names the moment and what was lost.
  expect(done.stdout).toContain(`nothing lost, nothing left in ${times} kills`);
  expect(done.status).toBe(0);
}

needs('linux', 'strace', 'bwrap').describe('killed at any moment', () => {
  test('what was recorded is readable, and nothing is left after the next start', async () => {
    await kill(8, 'run,fast,early,host,minimize');
  }, 240_000);
});

needs('docker', 'strace', 'bookworm-image').describe('killed at any moment with containers', () => {
  test('no container and no image is left either', async () => {
    await kill(2, 'docker,dockerfile', { KILL_TEST_IMAGE: 'trace-build-ci/bookworm' });
  }, 240_000);
});
