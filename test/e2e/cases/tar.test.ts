import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CasePage } from '../../rig/casePage.ts';
import { SID_ROOT } from '../../rig/components.ts';
import { needs } from '../../rig/need.ts';

const page = new CasePage('tar-fchmodat2');

needs('linux', 'bwrap', 'strace', 'sid-root').describe('docs/cases/tar-fchmodat2.md', () => {
  const folders: string[] = [];
  let made: string;
  beforeAll(() => {
    made = mkdtempSync(join(tmpdir(), 'trace-build-tar-'));
    page.prepare(made);
  });
  afterAll(() => {
    for (const folder of [made, ...folders]) rmSync(folder, { recursive: true, force: true });
  });

  it('has them all', () => expect(page.examples).toHaveLength(5));
  it.each(page.examples.map((example) => [example.command, example] as const))('%s', (_, example) => {
    // What an earlier command unpacked would hide what the next one fails at.
    const cwd = `${made}-${folders.length}`;
    cpSync(made, cwd, { recursive: true });
    folders.push(cwd);
    const said = page.run(example, { cwd, env: { SID: SID_ROOT } });
    expect(said.real, said.text).toEqual(said.page);
  });
});
