import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { bubblewrapEngine } from '../../../src/io/engines/bubblewrap.ts';
import type { Job } from '../../../src/io/engines/engine.ts';
import { hostEngine } from '../../../src/io/engines/none.ts';
import { needs } from '../../rig/need.ts';

const folder = mkdtempSync(join(tmpdir(), 'trace-build-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function job(script: string, more: Partial<Job> = {}): Job {
  return {
    command: ['sh', '-c', script],
    cwd: folder,
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin' },
    network: true,
    stdio: 'capture',
    ...more,
  };
}

async function run(engine: typeof bubblewrapEngine, one: Job) {
  const result = await engine.run(one);
  if (!result.ok) throw new Error(result.failure.what);
  return result.value;
}

needs('linux', 'bwrap', 'strace').describe.each([
  ['bubblewrap', bubblewrapEngine],
  ['host', hostEngine],
])('%s', (name, engine) => {
  test('is usable', async () => {
    expect((await engine.probe()).usable).toBe(true);
  });

  test('streams, working folder, environment and exit status', async () => {
    const result = await run(
      engine,
      job('echo $HELLO; pwd >&2; exit 7', { env: { HELLO: 'hi', PATH: '/usr/bin:/bin' } }),
    );
    expect(result).toMatchObject({
      ended: 'exited',
      exit: { status: 7 },
      stdout: 'hi\n',
      stderr: `${folder}\n`,
    });
  });

  test('the time limit ends everything that was started', async () => {
    const mark = `4${process.pid}.25`;
    // Without tracing and without a namespace, a daemon in a session of its own can't be found.
    const daemon = name === 'bubblewrap' ? `(setsid sleep ${mark} &) ;` : '';
    const result = await run(engine, job(`sleep ${mark} & ${daemon} wait`, { timeoutSeconds: 1 }));
    expect(result.ended).toBe('timeout');
    expect(result.exit.timedOut).toBe(true);
    expect(result.seconds).toBeLessThan(30);
    const left = await run(hostEngine, job(`grep -lsa '^sleep.${mark}' /proc/[0-9]*/cmdline || true`));
    expect(left.stdout).toBe('');
  });

  test('an abort ends it', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 300);
    expect((await run(engine, job('sleep 60', { signal: stop.signal }))).ended).toBe('aborted');
  });

  test('strace writes the calls', async () => {
    const output = join(folder, 'trace');
    const result = await run(
      engine,
      job('true; exit 3', { tracing: { output, strace: 'strace', options: ['-f', '-q'] } }),
    );
    expect(result.exit).toEqual({ status: 3 });
    expect(readFileSync(output, 'utf8')).toMatch(/execve\("[^"]*\/sh".* = 0\n/);
  });
});

needs('linux', 'bwrap').describe('bubblewrap only', () => {
  test('another tree in place of the working folder', async () => {
    const tree = mkdtempSync(join(folder, 'tree-'));
    await run(bubblewrapEngine, job('echo new > file', { tree }));
    expect(readFileSync(join(tree, 'file'), 'utf8')).toBe('new\n');
  });

  test('no network', async () => {
    const result = await run(
      bubblewrapEngine,
      job('cat /proc/net/dev | tail -n +3 | cut -d: -f1', { network: false }),
    );
    expect(result.stdout.trim()).toBe('lo');
  });

  test('a program that is not there is not a result of the program', async () => {
    const result = await run(bubblewrapEngine, job('', { command: ['no-such-program-at-all'] }));
    expect(result.ended).toBe('engine-failed');
    expect(result.trouble).toContain('no-such-program-at-all');
  });
});
