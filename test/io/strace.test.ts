import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { capture } from '../../src/io/process/exec.ts';
import { probeStrace, type Strace, straceOptions } from '../../src/io/recording/strace.ts';
import { needs } from '../rig/need.ts';

const folder = mkdtempSync(join(tmpdir(), 'trace-build-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const OLD: Strace = { path: 'strace', version: '4.5', numbers: false, seccompBpf: false };
const NEW: Strace = { path: 'strace', version: '6.1', numbers: true, seccompBpf: true };

test('only what this strace has is asked of it', () => {
  expect(straceOptions(OLD, { except: ['execve', 'read', 'rseq'] })).toEqual([
    '-f',
    '-q',
    '-s',
    '120',
    '-e',
    'trace=!?read,?rseq',
  ]);
  expect(straceOptions(NEW, { raw: ['clone', 'socket'] })).toEqual([
    '-f',
    '-q',
    '-s',
    '120',
    '-n',
    '-e',
    'raw=?clone,?socket',
  ]);
});

test('--seccomp-bpf only together with a choice of calls: never where the command runs under a filter', () => {
  expect(straceOptions(NEW)).not.toContain('--seccomp-bpf');
  expect(straceOptions(NEW, { except: ['read'] })).toContain('--seccomp-bpf');
});

test('a missing strace is a failure with a hint', async () => {
  const probed = await probeStrace('no-such-strace');
  expect(probed).toMatchObject({
    ok: false,
    failure: { kind: 'missing', what: 'no-such-strace: not found' },
  });
});

const STARTS = fileURLToPath(new URL('starts.c', import.meta.url));

needs('linux', 'strace', 'gcc', 'musl-gcc').describe('the installed strace', () => {
  test('takes the options, also names that it does not know', async () => {
    const probed = await probeStrace();
    if (!probed.ok) throw new Error(probed.failure.what);
    expect(probed.value.version).toMatch(/^\d+\.\d+/);
    for (const wishes of [
      { raw: ['clone', 'not_a_call'] },
      { except: ['read', 'not_a_call', 'signal', 'ipc'], raw: ['clone', 'ipc'] },
    ]) {
      const output = join(folder, 'out');
      const options = straceOptions(probed.value, wishes);
      const done = await capture('strace', [...options, '-o', output, 'true'], {});
      expect(done.stderr).toBe('');
      expect(done.status).toBe(0);
      expect(readFileSync(output, 'utf8')).toMatch(/execve\(/);
    }
  });

  test('a call that is named as a class of calls is the call alone', async () => {
    const probed = await probeStrace();
    if (!probed.ok) throw new Error(probed.failure.what);
    const output = join(folder, 'class');
    const options = straceOptions(probed.value, { except: ['signal', 'mount'] });
    await capture('strace', [...options, '-o', output, 'sh', '-c', 'true & wait'], {});
    expect(readFileSync(output, 'utf8')).toContain('rt_sigaction');
  });

  test.each([
    ['gcc', []],
    ['musl-gcc', ['-static']],
  ] as const)('fast mode does not stop at the calls of a thread or child (%s %j)', async (compiler, more) => {
    const probed = await probeStrace();
    if (!probed.ok) throw new Error(probed.failure.what);
    const program = join(folder, `starts-${compiler}${more.join('')}`);
    const built = await capture(compiler, [...more, '-pthread', '-o', program, STARTS], {});
    expect(built.stderr).toBe('');
    const counts = join(folder, 'counts');
    const done = await capture('strace', [
      ...['-c', '-U', 'calls,name', '-e', 'trace=ptrace', '-o', counts],
      ...['strace', ...straceOptions(probed.value, { except: ['getppid'] }), '-o', '/dev/null', program],
    ]);
    expect(done.status).toBe(0);
    const stops = Number(/(\d+)\s+ptrace/.exec(readFileSync(counts, 'utf8'))?.[1]);
    // Each of its 8000 calls would be two stops.
    expect(stops).toBeGreaterThan(0);
    expect(stops).toBeLessThan(2000);
  });

  test('raw arguments are numbers', async () => {
    const probed = await probeStrace();
    if (!probed.ok) throw new Error(probed.failure.what);
    const output = join(folder, 'raw');
    const options = straceOptions(probed.value, { raw: ['clone'] });
    await capture('strace', [...options, '-o', output, 'sh', '-c', 'true & wait'], {});
    expect(readFileSync(output, 'utf8')).toMatch(/clone\((0x[0-9a-f]+|0), /);
  });
});
