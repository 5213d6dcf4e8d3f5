import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const workflow = parse(readFileSync('.github/workflows/facts.yml', 'utf8'));
const scripts = JSON.parse(readFileSync('package.json', 'utf8')).scripts;

test('the workflow runs every week and may open a pull request, nothing more', () => {
  expect(workflow.on.schedule).toHaveLength(1);
  expect(workflow.on.schedule[0].cron).toMatch(/^\d+ \d+ \* \* \d$/);
  expect(workflow.permissions).toEqual({ contents: 'write', 'pull-requests': 'write' });
});

test('it calls scripts that exist', () => {
  const text = workflow.jobs.update.steps.map(({ run }: { run?: string }) => run ?? '').join('\n');
  const called = [...text.matchAll(/npm run (?:--silent )?([\w:]+)/g)].map(([, name]) => name!);
  expect(called).toContain('facts:update');
  for (const name of called) expect(scripts).toHaveProperty([name]);
});
