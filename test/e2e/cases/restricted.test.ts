import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CasePage } from '../../rig/casePage.ts';
import { buildDate } from '../../rig/components.ts';
import { needs } from '../../rig/need.ts';
import { isLibcOfPages } from '../../rig/pagesLibc.ts';

const page = new CasePage('restricted-place');
const fixture = (name: string) => fileURLToPath(new URL(`../../../fixtures/${name}`, import.meta.url));

const needed = needs(
  'linux',
  'root',
  'strace',
  'musl-gcc',
  'i386-root',
  'runsc',
  'dockerd',
  'podman',
  'iptables',
);
(isLibcOfPages ? needed.describe : needed.describe.skip)('docs/cases/restricted-place.md', () => {
  // The examples build on each other: what is traced in one place is judged in another.
  let made: string;
  beforeAll(() => {
    made = mkdtempSync(join(tmpdir(), 'trace-build-restricted-'));
    buildDate(join(made, 'date'));
    page.prepare(made);
  });
  afterAll(() => rmSync(made, { recursive: true, force: true }));

  it('has them all', () => expect(page.examples).toHaveLength(11));
  it.each(page.examples.map((example) => [example.command, example] as const))('%s', (_, example) => {
    const said = page.run(example, {
      cwd: made,
      env: {
        PATH: `${fixture('restricted')}:${process.env.PATH}`,
        DOCKER_HOST: 'unix:///nonexistent/docker.sock',
        // Node warns of a file that the small root does not have.
        NODE_EXTRA_CA_CERTS: '',
      },
    });
    expect(said.real, said.text).toEqual(said.page);
  });
});
