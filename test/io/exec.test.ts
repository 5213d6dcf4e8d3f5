import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { capture, start } from '../../src/io/process/exec.ts';
import { needs } from '../rig/need.ts';
import { program } from '../rig/program.ts';

test('a program that is not there is told, not thrown', async () => {
  expect(await capture('no-such-program', [])).toMatchObject({ missing: 'no-such-program: not found' });
  expect(await start('no-such-program', [], { stdio: 'capture' }).ended).toMatchObject({
    missing: 'no-such-program: not found',
  });
});

needs('linux').describe('programs', () => {
  test('status, both outputs and input', async () => {
    const said = await capture('sh', ['-c', 'cat; echo oops >&2; exit 3'], { input: 'hello' });
    expect(said).toMatchObject({ status: 3, stdout: 'hello', stderr: 'oops\n', timedOut: false });
  });

  test('more arguments than Linux takes', async () => {
    const { missing } = await capture('true', ['x'.repeat(200_000)]);
    expect(missing).toMatch(/^true: .*E2BIG/);
  });

  test('input that nobody reads', async () => {
    expect(await capture('true', [], { input: 'x'.repeat(1_000_000) })).toMatchObject({ status: 0 });
  });

  test('a time limit ends it, also when what it started holds its streams, and when it ignores SIGTERM', async () => {
    const said = await capture('sh', ['-c', 'echo before; sleep 30 & wait'], { timeoutSeconds: 0.2 });
    expect(said).toMatchObject({ signal: 'SIGTERM', stdout: 'before\n', timedOut: true });
    const stubborn = await capture('sh', ['-c', "trap '' TERM; while :; do sleep 0.1; done"], {
      timeoutSeconds: 0.2,
    });
    expect(stubborn).toMatchObject({ signal: 'SIGKILL', timedOut: true });
  });

  test('a signal of ours ends it', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 100);
    expect(await capture('sleep', ['30'], { signal: stop.signal })).toMatchObject({ signal: 'SIGTERM' });
    expect(await capture('sleep', ['30'], { signal: AbortSignal.abort() })).toMatchObject({
      signal: 'SIGTERM',
    });
  });

  test('what runs dies with us, and we die of the signal', async () => {
    const exec = new URL('../../dist/io/process/exec.js', import.meta.url).href;
    const script = `
      const { start } = await import(${JSON.stringify(exec)});
      const child = start('sleep', ['30'], { stdio: 'capture' });
      console.log(child.pid);
      setTimeout(() => process.kill(process.pid, 'SIGTERM'), 50);`;
    const ran = await program(process.execPath, ['--input-type=module', '-e', script], { cwd: '/' });
    expect(ran.signal).toBe('SIGTERM');
    const pid = Number(ran.stdout);
    expect(pid).toBeGreaterThan(0);
    await expect.poll(() => isAlive(pid)).toBe(false);
  });
});

/** What init has not taken yet is dead all the same. */
function isAlive(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') Z ');
  } catch {
    return false;
  }
}
