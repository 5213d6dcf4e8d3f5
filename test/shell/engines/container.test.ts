import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { containerEngine } from '../../../src/shell/engines/container.ts';
import { OWNER_LABEL } from '../../../src/shell/engines/containerOwner.ts';
import type { Job, JobResult } from '../../../src/shell/engines/engine.ts';
import { needs } from '../../rig/need.ts';

const IMAGE = 'trace-build-ci/bookworm';

/** Containers of this process's runs that are still there. */
function left(): string[] {
  const listed = spawnSync(
    'docker',
    ['ps', '--all', '--filter', `label=${OWNER_LABEL}`, '--format', `{{.Label "${OWNER_LABEL}"}}`],
    { encoding: 'utf8' },
  );
  return listed.stdout.split('\n').filter((owner) => owner.split('/')[3] === String(process.pid));
}

needs('docker').describe('docker', () => {
  let folder: string;
  const engine = containerEngine('docker');

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'trace-build-test-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const job = (command: readonly [string, ...string[]], more: Partial<Job> = {}): Job => ({
    command,
    cwd: '',
    env: {},
    network: false,
    stdio: 'capture',
    image: IMAGE,
    ...more,
  });
  const traced = (name: string): Partial<Job> => ({
    tracing: { output: join(folder, name), strace: 'strace', options: ['-n', '-s', '60'] },
  });
  const run = async (what: Job): Promise<JobResult> => {
    const result = await engine.run(what);
    if (!result.ok) throw new Error(`${result.failure.what} ${result.failure.hint ?? ''}`);
    return result.value;
  };

  test('traces the command from its execve to its end, and leaves nothing behind', async () => {
    const result = await run(
      job(['sh', '-c', 'echo out; echo err >&2; (sleep 0.01; true); exit 7'], traced('plain')),
    );
    expect(result).toMatchObject({ ended: 'exited', exit: { status: 7 }, stdout: 'out\n', stderr: 'err\n' });
    const lines = readFileSync(join(folder, 'plain'), 'utf8').split('\n');
    expect(lines[0]).toMatch(/^1 +\[ +59\] execve\("\/usr\/local\/sbin\/sh"/);
    expect(lines.some((line) => line.includes('clone('))).toBe(true);
    expect(lines.at(-2)).toMatch(/^1 \+\+\+ exited with 7 \+\+\+$/);
    expect(lines.join('\n')).not.toContain('trace-build');
    expect(statSync(join(folder, 'plain')).mode & 0o777).toBe(0o600);
    expect(result.filters?.length).toBe(1);
    expect(left()).toEqual([]);
  });

  test('an untraced run has no helper in it', async () => {
    const result = await run(job(['sh', '-c', 'ls -a /; exit 3']));
    expect(result).toMatchObject({ ended: 'exited', exit: { status: 3 } });
    expect(result.stdout).not.toContain('trace-build');
  });
});
