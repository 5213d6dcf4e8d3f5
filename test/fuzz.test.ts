import { join } from 'node:path';
import { expect, test } from 'vitest';
import { program } from './rig/program.ts';

/** Time-boxed, and the same inputs each time; `npm run fuzz` goes on for as long as it is told. */
const SECONDS = 12;

test('no input makes a reader throw, hang or differ from another way to read it', async () => {
  const done = await program(process.execPath, ['scripts/fuzz.mjs', String(SECONDS), '--seed', '1'], {
    cwd: join(import.meta.dirname, '..'),
  });
  expect(done.stdout).toMatch(/no finding\n$/);
  expect(done.status).toBe(0);
});
