import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CasePage } from '../../rig/casePage.ts';
import { ZigProject } from '../../rig/components.ts';
import { needs } from '../../rig/need.ts';
import { isLibcOfPages } from '../../rig/pagesLibc.ts';

const page = new CasePage('zig-errno-38');

needs('linux', 'bwrap', 'strace', 'zig', 'pkg-config').describe('docs/cases/zig-errno-38.md', () => {
  const zig = new ZigProject();
  beforeAll(() => zig.warm());
  afterAll(() => zig.remove());

  const examples = page.examples.filter(({ command }) => !command.includes('dockerfile'));
  it('has them all', () => expect(examples).toHaveLength(6));
  // With OpenSSL the build starts pkg-config, a program of this machine.
  const here = examples.filter(({ command }) => isLibcOfPages || !command.includes('openssl'));
  it.each(here.map((example) => [example.command, example] as const))('%s', (_, example) => {
    const said = page.run(example, { cwd: zig.copy(), env: zig.env });
    expect(said.real, said.text).toEqual(said.page);
  });
});

needs('linux', 'strace', 'docker', 'zig-image').describe('docs/cases/zig-errno-38.md in Docker', () => {
  const folder = mkdtempSync(join(tmpdir(), 'trace-build-zig-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('finds the step, the call and the profile', () => {
    cpSync(fileURLToPath(new URL('../../../fixtures/zig', import.meta.url)), folder, { recursive: true });
    const [example] = page.examples.filter(({ command }) => command.includes('dockerfile'));
    const said = page.run(example!, { cwd: folder, env: { DOCKER_BUILDKIT: '0' } });
    expect(said.real, said.text).toEqual(said.page);
  }, 600_000);
});
