import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CasePage, type Example } from '../rig/casePage.ts';
import { tarProject } from '../rig/components.ts';
import { needs } from '../rig/need.ts';

// The guides of docs/: what they show as output is what the program prints.

const named = ({ examples }: CasePage): [string, Example][] =>
  examples.map((example) => [example.command, example]);

needs('linux', 'bwrap', 'strace').describe('docs/minimize.md', () => {
  const page = new CasePage('minimize', 'docs');
  let project: string;
  beforeAll(async () => {
    project = await tarProject();
  });
  afterAll(() => rmSync(project, { recursive: true, force: true }));

  it.each(named(page))('%s', (_, example) => {
    const said = page.run(example, { cwd: project });
    expect(said.real).not.toEqual([]);
    expect(said.real, said.text).toEqual(said.page);
  });
});

describe('docs/profiles.md', () => {
  const page = new CasePage('profiles', 'docs');

  it.each(named(page))('%s', (_, example) => {
    const { text } = page.run(example, { cwd: tmpdir() });
    if (process.env.UPDATE_CASES !== '1') expect(text.trim()).toBe(example.output.trim());
  });
});
