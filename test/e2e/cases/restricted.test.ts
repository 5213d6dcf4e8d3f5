import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CasePage } from '../../rig/casePage.ts';
import { buildDate } from '../../rig/components.ts';
import { needs } from '../../rig/need.ts';

const page = new CasePage('restricted-place');
const fixture = (name: string) => fileURLToPath(new URL(`../../../${name}`, import.meta.url));

/** uname's answer in gVisor: sysname, nodename, release, version of 65 bytes each. */
const UTSNAME = ['Linux', 'sandbox', '4.4.0', '#1 SMP Sun Jan 10 15:06:54 PST 2016']
  .map((text) => Buffer.from(text.padEnd(65, '\0')).toString('hex'))
  .join('');

needs('linux', 'bwrap', 'strace', 'musl-gcc', 'i386-root').describe('docs/cases/restricted-place.md', () => {
  let made: string;
  beforeAll(() => {
    made = mkdtempSync(join(tmpdir(), 'trace-build-restricted-'));
    buildDate(join(made, 'date'));
    cpSync(fixture('fixtures/musl-static/build.sh'), join(made, 'build.sh'));
    cpSync(fixture('traces/time64-i386.strace.gz'), join(made, 'time64-i386.strace.gz'));
    const programs = join(made, 'programs');
    mkdirSync(programs);
    const script = (name: string, text: string) => {
      writeFileSync(join(programs, name), `#!/bin/sh\n${text}\n`);
      chmodSync(join(programs, name), 0o755);
    };
    script(
      'gvisor',
      `exec strace -f -o /dev/null -e trace=uname -e inject=uname:poke_exit=@arg1=${UTSNAME} "$@"`,
    );
    // A bubblewrap that fails as it does where namespaces are forbidden.
    const broken = join(made, 'broken');
    mkdirSync(broken);
    writeFileSync(
      join(broken, 'bwrap'),
      '#!/bin/sh\necho "bwrap: No permissions to create new namespace" >&2\nexit 1\n',
    );
    chmodSync(join(broken, 'bwrap'), 0o755);
    script('only', `PATH=${broken}:$PATH exec "$@"`);
  });
  afterAll(() => rmSync(made, { recursive: true, force: true }));

  it('has them all', () => expect(page.examples).toHaveLength(4));
  it.each(page.examples.map((example) => [example.command, example] as const))('%s', (_, example) => {
    const said = page.run(example, {
      cwd: made,
      env: {
        PATH: `${join(made, 'programs')}:${process.env.PATH}`,
        DOCKER_HOST: 'unix:///nonexistent/docker.sock',
      },
    });
    expect(said.real).toEqual(said.page);
  });
});
