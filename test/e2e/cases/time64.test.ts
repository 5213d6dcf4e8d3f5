import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CasePage } from '../../rig/casePage.ts';
import { buildDate, I386_ROOT } from '../../rig/components.ts';
import { needs } from '../../rig/need.ts';

const page = new CasePage('time64');
const fixture = (name: string) => fileURLToPath(new URL(`../../../${name}`, import.meta.url));

needs('linux', 'root', 'bwrap', 'strace', 'i386-root', 'i386-musl').describe('docs/cases/time64.md', () => {
  const folders: string[] = [];
  let made: string;
  beforeAll(() => {
    made = mkdtempSync(join(tmpdir(), 'trace-build-time64-'));
    // PostgreSQL refuses to be root, and its own user must reach the folder.
    chmodSync(made, 0o755);
    buildDate(join(made, 'date'));
    cpSync(fixture('fixtures/postgres/serve.sh'), join(made, 'postgres.sh'));
    cpSync(fixture('fixtures/nginx/serve.sh'), join(made, 'nginx.sh'));
    mkdirSync(join(made, 'traces'));
    for (const name of ['nginx-musl', 'nginx', 'postgres-musl', 'postgres', 'time64']) {
      cpSync(fixture(`traces/${name}-i386.strace.gz`), join(made, `traces/${name}-i386.strace.gz`));
    }
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
    expect(said.real).toEqual(said.page);
  });
});
