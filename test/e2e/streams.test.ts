import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { needs } from '../rig/need.ts';
import { cleanEnvironment, MAIN, traceBuild, workFolder } from '../rig/program.ts';

// What becomes of us when nobody reads, nothing can be written, or the window changes: never a stack trace.

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = workFolder();
afterAll(() => folder.remove());
const env = cleanEnvironment();

const shell = (line: string) =>
  spawnSync('bash', ['-c', line], { cwd: root, env, encoding: 'utf8', maxBuffer: 1 << 28 });
const ours = `'${process.execPath}' '${MAIN}'`;

test.each([
  'redact traces/make.strace.gz',
  'replay traces --against docker@19.03.15,arch=x86_64 --json',
  'man',
])('a reader that goes away ends %s quietly', (words) => {
  const done = shell(`${ours} ${words} | true`);
  expect(done.stderr).not.toMatch(/at .*:\d+:\d+|Unhandled|node:/);
});

test.runIf(existsSync('/dev/full'))('a full disk is one sentence and status 2', () => {
  const done = shell(`${ours} man >/dev/full`);
  expect(done.stderr).toBe("trace-build: standard output can't be written: no space left\n");
  expect(done.status).toBe(2);
});

test('wrong use is said in our name, with a hint, and exits 2', () => {
  expect(shell(`${ours} --jsn -- true`)).toMatchObject({
    status: 2,
    stdout: '',
    stderr: "trace-build: unknown option '--jsn'; did you mean --json?\n(add --help for the options)\n",
  });
  expect(shell(`${ours} replya x`)).toMatchObject({
    status: 2,
    stderr: expect.stringContaining("unknown command 'replya'; did you mean 'replay'?"),
  });
  expect(shell(`${ours} infer`)).toMatchObject({
    status: 2,
    stderr: 'trace-build: no trace given\n  name its file, or - for standard input\n',
  });
});

needs('linux', 'strace', 'bwrap').describe('signals', () => {
  test('SIGWINCH reaches the command and stops nobody', async () => {
    const inner = 'trap "echo resized; exit 5" WINCH; echo ready; while :; do sleep 0.1; done';
    const child = spawn(
      process.execPath,
      [MAIN, '-q', '--propagate', '-o', 'winch', '--on', 'unconfined', '--', 'sh', '-c', inner],
      { cwd: folder.path, env },
    );
    let out = '';
    let again: NodeJS.Timeout | undefined;
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk;
      // dash loses a signal now and then that comes right at its echo, without us too.
      if (out.includes('ready')) again ??= setInterval(() => child.kill('SIGWINCH'), 300);
    });
    const status = await new Promise((done) => child.on('close', done));
    clearInterval(again);
    expect(out).toContain('ready\nresized\n');
    expect(status).toBe(5);
  });
});

test('compiled code is kept in the user’s own cache', async () => {
  const place = workFolder();
  try {
    const env = { XDG_CACHE_HOME: place.path };
    const ran = await traceBuild(['explain', 'openat2'], { cwd: place.path, env });
    expect(ran).toMatchObject({ status: 0, stderr: '' });
    expect(existsSync(join(place.path, 'trace-build/code'))).toBe(true);
    // Where it can't be written, nobody hears of it.
    const never = await traceBuild(['explain', 'openat2'], {
      cwd: '/',
      env: { XDG_CACHE_HOME: '/dev/null' },
    });
    expect(never).toEqual(ran);
  } finally {
    place.remove();
  }
});
