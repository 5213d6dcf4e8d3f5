import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

test('the generated tables are what facts/ gives', () => {
  const ran = spawnSync(process.execPath, ['scripts/gen-tables.mjs', '--check'], { encoding: 'utf8' });
  expect(ran.stdout + ran.stderr).toBe('');
  expect(ran.status).toBe(0);
});
