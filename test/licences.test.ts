import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

/** Licences under which the package's own (MIT) can pass code on; each asks for its notice at most. */
const ALLOWED = ['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', 'BlueOak-1.0.0', '0BSD'];

interface Locked {
  readonly version: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
}

const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, Locked>;
};
const shipped = Object.entries(packages)
  .filter(([path, { dev }]) => path !== '' && dev !== true)
  .map(([path, locked]) => ({ name: path.slice(path.lastIndexOf('node_modules/') + 13), ...locked }));

describe('what is shipped', () => {
  test('has a licence that lets it be', () => {
    expect(shipped.length).toBeGreaterThan(40);
    expect(shipped.filter(({ license = 'none' }) => !ALLOWED.includes(license))).toEqual([]);
  });

  test('has its notices in the package', () => {
    const notices = readFileSync(join(ROOT, 'dist/NOTICES.txt'), 'utf8');
    for (const { name, version, optional } of shipped)
      expect(optional || notices.includes(`${name} ${version}\n\n`), name).toBe(true);
    expect(notices).toMatch(/zod \S+\n\nMIT License\n\nCopyright/);
    expect(notices.match(/^Licence: /gm) ?? []).toEqual([]);
  });

  test('is what the SBOM lists', () => {
    const bom = JSON.parse(
      execFileSync(process.execPath, ['scripts/sbom.mjs'], { cwd: ROOT, encoding: 'utf8' }),
    ) as { components: { name: string; version: string; licenses?: unknown }[] };
    const listed = bom.components.map(({ name, version }) => `${name}@${version}`);
    expect([...new Set(listed)].sort()).toEqual(
      [...new Set(shipped.map(({ name, version }) => `${name}@${version}`))].sort(),
    );
    expect(bom.components.filter(({ licenses }) => !licenses)).toEqual([]);
  });
});
