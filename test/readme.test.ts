import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { COMMANDS } from '../src/faces/cli/commands.ts';
import { EXIT } from '../src/faces/cli/exit.ts';

const readme = readFileSync(fileURLToPath(new URL('../README.md', import.meta.url)), 'utf8');

test('the README names every command as the help does (npm run readme)', () => {
  for (const { name, summary } of COMMANDS) expect(readme).toContain(`| \`${name}\` | ${summary} |`);
});

test('the README tells every exit status', () => {
  for (const status of Object.values(EXIT)) expect(readme).toMatch(new RegExp(`^\\| ${status} \\| `, 'm'));
});

test('the transcript is a real one', () => {
  expect(readme).toMatch(/\$ trace-build --on docker@[\d.]+ -- sh build\.sh\n/);
  expect(readme).toContain('can break this build on docker');
  expect(readme).toContain('[exit status 1]');
});
