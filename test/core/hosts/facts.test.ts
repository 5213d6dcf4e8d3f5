import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { needs } from '../../rig/need.ts';

needs('cc', 'dpkg-query').describe('facts/', () => {
  test('agree with themselves and with what Debian packages say', () => {
    const options = process.env.TRACE_BUILD_REQUIRE_ALL === '1' ? ['--require-all'] : [];
    const ran = spawnSync(process.execPath, ['scripts/check-facts.mjs', ...options], { encoding: 'utf8' });
    expect(ran.stdout).toBe('');
    expect(ran.stderr).toMatch(/^checked: \d+ syscalls/m);
    expect(ran.status).toBe(0);
  });
});
