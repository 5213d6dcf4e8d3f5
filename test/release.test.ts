import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { needs } from './rig/need.ts';

const root = join(import.meta.dirname, '..');
const release = (...args: readonly string[]) =>
  spawnSync(process.execPath, [join(root, 'scripts/release.mjs'), ...args], { cwd: root, encoding: 'utf8' });
const { version, repository } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const [major, minor] = version.split('.').map(Number);

needs('git').describe('npm run release -- --dry-run', () => {
  test('says the version, the changes, the package, and writes nothing', () => {
    const before = readFileSync(join(root, 'CHANGELOG.md'), 'utf8');
    const done = release('minor', '--dry-run');
    expect(done).toMatchObject({ status: 0, stderr: '' });
    expect(done.stdout).toMatch(
      new RegExp(`^trace-build ${version} -> ${major}\\.${minor + 1}\\.0\\nchangelog: [1-9]\\d* entries`),
    );
    expect(done.stdout).toContain(repository.url);
    expect(done.stdout).toMatch(/dry run: nothing was written\n$/);
    expect(readFileSync(join(root, 'CHANGELOG.md'), 'utf8')).toBe(before);
  });

  test('refuses what is no version', () => {
    expect(release('huge', '--dry-run')).toMatchObject({ status: 2, stdout: '' });
  });
});
