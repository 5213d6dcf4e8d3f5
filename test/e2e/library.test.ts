import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { needs } from '../rig/need.ts';
import { program, workFolder } from '../rig/program.ts';

// The programs of docs/library.md, run as somebody who installed the package would run them.
// UPDATE_CASES=1 writes what they print into the page.

const ROOT = join(import.meta.dirname, '../..');
const PAGE = join(ROOT, 'docs/library.md');
const folder = workFolder();
afterAll(() => folder.remove());

const EXAMPLES = /^## ([^\n]+)\n(?:(?!^## )[\s\S])*?```js\n([\s\S]*?)```\n\n```text\n([\s\S]*?)```/gm;
const examples = [...readFileSync(PAGE, 'utf8').matchAll(EXAMPLES)].map(
  ([whole, title = '', source = '', output = '']) => ({ whole, title, source, output }),
);

async function check(title: string): Promise<void> {
  const { whole, source, output } = examples.find((one) => one.title === title)!;
  mkdirSync(join(folder.path, 'node_modules'), { recursive: true });
  const link = (name: string, target: string) => {
    try {
      symlinkSync(target, join(folder.path, name));
    } catch {
      // Another program of this page made it.
    }
  };
  link('node_modules/trace-build', ROOT);
  link('traces', join(ROOT, 'traces'));
  const file = join(folder.path, 'program.mjs');
  writeFileSync(file, source);
  const done = await program(process.execPath, [file], { cwd: folder.path });
  expect(done.stderr).toBe('');
  if (process.env.UPDATE_CASES === '1') {
    const updated = whole.replace(/```text\n[\s\S]*?```$/, () => `\`\`\`text\n${done.stdout}\`\`\``);
    writeFileSync(
      PAGE,
      readFileSync(PAGE, 'utf8').replace(whole, () => updated),
    );
  } else expect(done.stdout).toBe(output);
}

test('every program of the page is run', () => {
  expect(examples.map(({ title }) => title)).toEqual([
    'Check a trace against a host',
    'Minimize a command',
    'Check fixtures',
  ]);
});

test('Check a trace against a host', () => check('Check a trace against a host'));
needs('linux', 'bwrap', 'strace').test('Minimize a command', () => check('Minimize a command'));
test('Check fixtures', () => check('Check fixtures'));
