import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { lines } from './lastLine.ts';
import { REQUIREMENTS } from './requirements.ts';

test('what a test may need is what .ci/setup installs', () => {
  const listed = readFileSync(new URL('../../.ci/packages.txt', import.meta.url), 'utf8')
    .split('\n')
    .map((line) => line.replace(/\s*#.*/, ''));
  // Every Debian has these, and npm comes with Node.
  const present = ['bash', 'bsdutils', 'dpkg', 'perl-base', 'tar', 'util-linux', 'npm'];
  for (const [name, { get }] of Object.entries(REQUIREMENTS)) {
    const [, packages] = /^apt-get install (.+)$/.exec(get) ?? [];
    for (const one of packages?.split(' ') ?? []) expect([...present, ...listed], name).toContain(one);
  }
});

test('the last line of a run counts, and names one command where something is missing', () => {
  expect(lines({ passed: 3, failed: 0, skipped: 0 }, new Map())).toEqual(['3 passed.']);
  // By its platform, say: nothing to install.
  expect(lines({ passed: 3, failed: 1, skipped: 2 }, new Map())).toEqual(['3 passed, 1 failed, 2 skipped.']);
  const reasons = new Map([
    ['gcc is not installed: apt-get install gcc', 1],
    ['strace is not installed: apt-get install strace', 4],
  ]);
  expect(lines({ passed: 3, failed: 0, skipped: 5 }, reasons)).toEqual([
    'Skipped, because something is missing here:',
    '  strace is not installed: apt-get install strace (4 tests)',
    '  gcc is not installed: apt-get install gcc (1 test)',
    '',
    '3 passed, 5 skipped. To install and start what the skipped tests need, run as root: npm run test:setup',
  ]);
});
