import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { COMMANDS } from '../src/cli/commands.ts';
import { EXIT } from '../src/cli/exit.ts';
import { needs } from './rig/need.ts';
import { isLibcOfPages } from './rig/pagesLibc.ts';
import { program, traceBuild, workFolder } from './rig/program.ts';

const at = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
const readme = readFileSync(at('README.md'), 'utf8');

test('the README names every command as the help does (npm run readme)', () => {
  for (const { name, summary } of COMMANDS) expect(readme).toContain(`| \`${name}\` | ${summary} |`);
});

test('the README tells every exit status', () => {
  for (const status of Object.values(EXIT)) expect(readme).toMatch(new RegExp(`^\\| ${status} \\| `, 'm'));
});

test('the README links only to what is there', () => {
  const links = [...readme.matchAll(/\]\(([^)#:]+)\)/g)].map(([, path]) => path!);
  expect(links.length).toBeGreaterThan(3);
  for (const path of links) expect(() => readFileSync(at(path)), path).not.toThrow();
});

/** Without what differs from machine to machine: numbers, and with them the breaks of lines and the tables' borders. */
const words = (text: string): string =>
  text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/(?<=kernel )\S+/g, 'K')
    .replaceAll(/\d+/g, '0')
    .replaceAll(/─+/g, '─')
    .replaceAll(/sh-0-0(?:-0)?\.strace/g, 'sh.strace');

// Other C libraries make other calls, so only where the continuous integration runs.
const onlyInCi = process.env.TRACE_BUILD_REQUIRE_ALL === '1' && isLibcOfPages;
needs('linux', 'strace', 'bwrap').describe('transcript', () => {
  test.runIf(onlyInCi)('is what the program prints (npm run readme)', async () => {
    const folder = workFolder();
    try {
      for (const file of ['make.sh', 'build.sh'])
        copyFileSync(at(`fixtures/tar/${file}`), join(folder.path, file));
      await program('sh', ['make.sh'], { cwd: folder.path });
      for (const args of [
        ['--on', 'unconfined'],
        ['--on', 'docker@19.03.15'],
      ]) {
        const typed = [...args, '--', 'sh', 'build.sh'];
        const { stdout } = await traceBuild(typed, { cwd: folder.path });
        expect(words(readme)).toContain(words(`$ trace-build ${typed.join(' ')}\n`));
        expect(words(readme)).toContain(words(stdout.slice(stdout.search(/^(No|\d)/m))));
      }
    } finally {
      folder.remove();
    }
  });
});
