import { execFileSync, spawn } from 'node:child_process';
import { lstatSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, expect, test } from 'vitest';
import { writeOutput } from '../../src/io/files/output.ts';
import { writeRedacted } from '../../src/io/traces/redactFile.ts';
import { needs } from '../rig/need.ts';
import { workFolder } from '../rig/program.ts';

const folder = workFolder();
afterAll(() => folder.remove());

needs('linux').describe('a pipe, as any device', () => {
  const trace = join(folder.path, 'a.strace');
  writeFileSync(trace, '7 exit_group(0) = ?\n');
  const options = {
    plain: false,
    paths: 'keep',
    cwd: '/',
    salt: undefined,
    out: () => undefined,
  } as const;
  test.each([
    ['writeOutput', (path: string) => writeOutput(path, 'all of it')],
    ['writeRedacted', (path: string) => writeRedacted(trace, path, options)],
  ])('%s writes to it and leaves it what it is', async (name, write) => {
    const path = join(folder.path, name);
    execFileSync('mkfifo', [path]);
    const reader = spawn('cat', [path]);
    const [got, wrote] = await Promise.all([text(reader.stdout), write(path)]);
    expect(wrote).toMatchObject({ ok: true });
    expect(got).toMatch(/^(?:all of it|7 exit_group\(0\) = \?\n)$/);
    expect(lstatSync(path).isFIFO()).toBe(true);
  });
});
