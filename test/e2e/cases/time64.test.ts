import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CasePage } from '../../rig/casePage.ts';
import { I386_ROOT } from '../../rig/components.ts';
import { needs } from '../../rig/need.ts';

const page = new CasePage('time64');

needs('linux', 'root', 'bwrap', 'strace', 'i386-root', 'i386-musl').describe('docs/cases/time64.md', () => {
  const folders: string[] = [];
  let made: string;
  beforeAll(() => {
    made = mkdtempSync(join(tmpdir(), 'trace-build-time64-'));
    // PostgreSQL refuses to be root, and its own user must reach the folder.
    chmodSync(made, 0o755);
    page.prepare(made, { I386: I386_ROOT });
  });
  afterAll(() => {
    for (const folder of [made, ...folders]) rmSync(folder, { recursive: true, force: true });
  });

  it('has them all', () => expect(page.examples).toHaveLength(9));
  // Where the time is what was in memory before, a program may fail in another way once in a while.
  const each = it.each(page.examples.map((example) => [example.command, example] as const));
  each('%s', { retry: 2 }, (_, example) => {
    const cwd = `${made}-${folders.length}`;
    execFileSync('cp', ['-a', made, cwd]);
    folders.push(cwd);
    const said = page.run(example, { cwd, env: { I386: I386_ROOT } });
    expect(said.real, said.text).toEqual(said.page);
  });
});
