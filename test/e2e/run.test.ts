import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { type Manifest, parseManifest } from '../../src/core/documents/manifest.ts';
import { runSchema } from '../../src/core/documents/run.ts';
import { needs } from '../rig/need.ts';
import { MAIN, program, traceBuild, workFolder } from '../rig/program.ts';

const folder = workFolder();
afterAll(() => folder.remove());
const cwd = folder.path;

// Docker before 20.10 with a runc that has no ENOSYS stub: what its profile does not name is EPERM.
const OLD = 'docker@19.03.15';

function manifestOf(name: string): Manifest {
  const parsed = parseManifest(JSON.parse(readFileSync(join(cwd, `${name}.strace.json`), 'utf8')), name);
  if (!parsed.ok) throw new Error(parsed.failure.what);
  return parsed.value;
}

needs('linux', 'strace', 'bwrap').describe('run', () => {
  test('says which call was refused, and why, and exits 1', async () => {
    const done = await traceBuild(
      ['-o', 'old', '--on', OLD, '--', 'sh', '-c', '[ -x /bin/sh ] || { echo refused >&2; exit 3; }'],
      {
        cwd,
      },
    );
    expect(done.status).toBe(1);
    const lines = done.stdout.split('\n');
    expect(done.stdout.replace(/\n {9}/g, ' ').split('\n')).toEqual([
      '1 refused syscall can break this build on docker 19.03.15: faccessat2.',
      '  Error: refused (exit status 3)',
      expect.stringMatching(
        /^ {2}Cause: The seccomp profile of Docker 19\.03\.15 does not list faccessat2 and returns EPERM; glibc ≥ 2\.33 faccessat\(\) does not fall back on EPERM\.$/,
      ),
      // An errno in a profile does not reach the filter there, so that ENOSYS is no way out.
      '  Fix:   Fixed in Docker 20.10.0. Today: allow faccessat2 in the profile.',
      expect.stringMatching(`^  Next:  trace-build minimize --on ${OLD} -- sh -c `),
      expect.stringMatching(/^ {2}Host: {2}docker@19\.03\.15; assumed: runc \S+, libseccomp \S+, Linux \S+$/),
      expect.stringMatching(/^ {2}Trace: old\.strace\.gz \(\d+ events\); more with --verbose$/),
      '',
    ]);
    expect(
      Math.max(...lines.map((line) => (line.startsWith('  Next:') ? 0 : line.length))),
    ).toBeLessThanOrEqual(80);
    expect(done.stdout).not.toContain('\u001b');
    // The command's own output is untouched.
    expect(done.stderr).toBe('refused\n');
  });

  test('--verbose shows what the verdict rests on', async () => {
    const done = await traceBuild(
      [
        '--verbose',
        '-o',
        'whole',
        '--on',
        OLD,
        '--',
        'sh',
        '-c',
        '[ -x /bin/sh ] || { echo refused >&2; exit 3; }',
      ],
      { cwd },
    );
    expect(done.status).toBe(1);
    expect(done.stdout).toMatch(/│ faccessat2 +│ EPERM +│ +1 +│ default/);
    expect(done.stdout).toMatch(
      /^After line \d+ the same thread did not fall back, wrote to standard error/m,
    );
    expect(done.stdout).toMatch(/\(assumed: runtime, runtimeVersion, libseccomp,\s+kernel, arch,\s+caps\)/);
    expect(done.stdout).toContain(`trace-build explain faccessat2 --on ${OLD}`);
  });

  test('says that nothing matters where the command succeeds', async () => {
    const done = await traceBuild(
      ['-o', 'passed', '--on', OLD, '--', 'sh', '-c', '[ -x /bin/sh ] || echo refused'],
      { cwd },
    );
    expect(done).toMatchObject({ status: 0, stderr: '' });
    expect(done.stdout).toMatch(
      /^refused\nNothing that was refused on docker 19\.03\.15 matters here: the command succeeded\.\n {2}Refused: faccessat2, rseq\.\n {2}Host: /,
    );
    expect(done.stdout).not.toMatch(/Cause:|Fix:|Next:|│/);
  });

  test('records a trace and a manifest that only the user can read', () => {
    expect(statSync(join(cwd, 'old.strace.gz')).mode & 0o777).toBe(0o600);
    expect(statSync(join(cwd, 'old.strace.json')).mode & 0o777).toBe(0o600);
    const trace = gunzipSync(readFileSync(join(cwd, 'old.strace.gz'))).toString('utf8');
    expect(trace.split('\n')[0]).toMatch(/execve\("[^"]*\/sh", \["sh", "-c"/);
    expect(trace).not.toContain('bwrap');
    expect(trace.trimEnd().split('\n').pop()).toMatch(/\+\+\+ exited with 3 \+\+\+$/);
    expect(manifestOf('old')).toMatchObject({
      trace: 'old.strace.gz',
      cwd: '.',
      engine: { name: 'bubblewrap' },
      host: OLD,
      mode: 'full',
      exit: { status: 3 },
      complete: true,
    });
  });

  test('unconfined: no finding, exit 0', async () => {
    const done = await traceBuild(
      ['-o', 'free', '--on', 'unconfined', '--', 'sh', '-c', '[ -x /bin/sh ] && echo fine'],
      { cwd },
    );
    expect(done).toMatchObject({ status: 0, stderr: '' });
    expect(done.stdout).toMatch(/^fine\nNo syscall was refused\b/);
  });

  test('--json prints one document; the command speaks to standard error', async () => {
    const done = await traceBuild(
      ['--json', '-o', 'json', '--on', OLD, '--', 'sh', '-c', 'echo out; [ -x /bin/sh ]'],
      { cwd },
    );
    const document = runSchema.parse(JSON.parse(done.stdout));
    expect(done.stderr).toContain('out\n');
    expect(done.status).toBe(1);
    expect(document).toMatchObject({
      schema: 'trace-build/run@1',
      mode: 'full',
      host: { engine: 'docker', version: '19.03.15' },
      exit: { status: 1 },
      trace: { path: 'json.strace.gz', manifest: 'json.strace.json', complete: true, unparsed: 0 },
    });
    expect(document.denials.filter(({ matters }) => matters)).toMatchObject([
      { syscall: 'faccessat2', abi: 'x86_64', errno: 'EPERM', cause: 'default', count: 1 },
    ]);
  });

  test('the streams and the environment are the command’s', async () => {
    const done = await traceBuild(
      ['-q', '-o', 'io', '--on', 'unconfined', '--', 'sh', '-c', 'cat; echo $WORD >&2; pwd'],
      {
        cwd,
        input: 'from outside\n',
        env: { WORD: 'spoken' },
      },
    );
    expect(done.stdout.startsWith(`from outside\n${cwd}\n`)).toBe(true);
    expect(done.stderr).toBe('spoken\n');
  });

  test('--propagate: status and signal of the command', async () => {
    const exited = await traceBuild(
      ['--propagate', '-o', 'p1', '--on', OLD, '--', 'sh', '-c', '[ -x /bin/sh ]; exit 42'],
      { cwd },
    );
    expect(exited.status).toBe(42);
    const killed = await traceBuild(
      ['--propagate', '-o', 'p2', '--on', 'unconfined', '--', 'sh', '-c', 'kill -SEGV $$'],
      { cwd },
    );
    expect(killed).toMatchObject({ status: null, signal: 'SIGSEGV' });
    expect(manifestOf('p2').exit).toEqual({ signal: 'SIGSEGV' });
  });

  test('a time limit leaves the question open: exit 3, and the recording says so', async () => {
    const done = await traceBuild(
      ['--timeout', '1s', '-o', 'late', '--on', 'unconfined', '--', 'sleep', '100'],
      {
        cwd,
      },
    );
    expect(done.status).toBe(3);
    expect(done.stderr).toContain('time limit of 1 s');
    expect(manifestOf('late')).toMatchObject({ complete: false, exit: { timedOut: true } });
  });

  test('--fast finds what full tracing finds, under the same filter', async () => {
    const script = '[ -x /bin/sh ] && echo passed; mkdir -p d && chmod 700 d; cp /bin/sh d/; ls -l d';
    const run = async (...more: string[]) =>
      runSchema.parse(
        JSON.parse(
          (
            await traceBuild(['--json', '-o', 'fast', '--on', OLD, ...more, '--', 'sh', '-c', script], {
              cwd,
            })
          ).stdout,
        ),
      );
    const [full, fast] = [await run(), await run('--fast')];
    const names = (document: typeof full) =>
      document.denials
        .filter(({ cause }) => cause !== 'genuine')
        .map(({ syscall, errno, cause }) => `${syscall} ${errno} ${cause}`)
        .sort();
    expect(names(fast)).toEqual(names(full));
    expect(fast).toMatchObject({ mode: 'fast', method: 'notification', exit: full.exit });
    expect(fast.trace.lines).toBeLessThan(full.trace.lines / 3);
    expect(manifestOf('fast')).toMatchObject({
      mode: 'fast',
      method: 'notification',
      host: OLD,
      answers: [OLD],
    });
  });
});

async function expectUsageError(args: readonly string[], words: string): Promise<void> {
  const done = await traceBuild(args, { cwd });
  expect(done.status, args.join(' ')).toBe(2);
  expect(done.stdout).toBe('');
  expect(done.stderr).toContain(words);
  expect(done.stderr).not.toMatch(/\n {4}at /);
}

test('wrong use exits 2 with a hint', async () => {
  for (const [args, words] of [
    [['--on', 'dokcer@1', '--', 'true'], 'dokcer'],
    [['--no-such-option', '--', 'true'], 'unknown option'],
    [['rnu', 'x'], "did you mean 'run'"],
    [[], 'Usage'],
  ] as const)
    await expectUsageError(args, words);
});

// What is asked of the machine comes first: where nothing can run, that is said instead.
needs('linux', 'strace', 'bwrap').test('a command that can’t be run exits 2 with a hint', async () => {
  for (const [args, words] of [
    [['--on', 'unconfined', '--', 'no-such-program'], 'command not found: no-such-program'],
    [['--on', 'unconfined', '--', '/usr'], 'not a program: /usr is a folder, or may not be executed'],
    [['--on', 'unconfined', '-o', '/dev/null', '--', 'true'], 'not to /dev/null'],
  ] as const)
    await expectUsageError(args, words);
});

needs('linux', 'strace', 'bwrap').describe('what is not there is told in a sentence', () => {
  test.each([['--engine', 'host'], ['--fast'], []])('the interpreter of a script (%s)', async (...how) => {
    writeFileSync(join(cwd, 'script'), '#!/no/such/shell\n', { mode: 0o755 });
    const done = await traceBuild([...how, '--on', 'unconfined', '-o', 'no', '--', './script'], { cwd });
    expect(done).toMatchObject({ status: 2, stdout: '' });
    expect(done.stderr).toContain(
      "./script can't be executed: it is not there, or the interpreter or loader that it names is missing (ENOENT)",
    );
    expect(existsSync(join(cwd, 'no.strace.gz')) || existsSync(join(cwd, 'no.strace.json'))).toBe(false);
  });

  test('a place for the trace', async () => {
    writeFileSync(join(cwd, 'file'), '');
    const done = await traceBuild(['--on', 'unconfined', '-o', 'file/sub/x', '--', 'true'], { cwd });
    expect(done).toMatchObject({ status: 3, stdout: '' });
    expect(done.stderr).toMatch(/file\/sub: no folder for the trace can be made: .*\n.*-o FILE\n$/);
    // Node's own recursive way of making folders never ends there.
    const never = await traceBuild(['--on', 'unconfined', '-o', '/proc/x/y', '--', 'true'], { cwd });
    expect(never).toMatchObject({ status: 3, stdout: '' });
    expect(never.stderr).toMatch(/^trace-build: \/proc\/x: no folder .*: \/proc takes no new folders$/m);
  });

  test.each(['bubblewrap', 'host'])('a PATH (--engine %s): the usual one is taken', async (engine) => {
    const words = ['-q', '--engine', engine, '--on', 'unconfined', '--propagate', '--', 'sh', '-c', 'exit 5'];
    const done = await program('env', ['-i', process.execPath, MAIN, ...words], { cwd });
    expect([done.status, done.stderr]).toEqual([5, '']);
  });

  test('files that may be open: one sentence, before the command runs', async () => {
    const few = (...words: string[]) =>
      program('sh', ['-c', 'ulimit -n 40; exec "$@"', 'sh', process.execPath, MAIN, ...words], { cwd });
    const done = await few('-q', '--on', 'unconfined', '--', 'touch', 'ran');
    expect([done.status, done.stdout, existsSync(join(cwd, 'ran'))]).toEqual([3, '', false]);
    expect(done.stderr).toMatch(/^trace-build: .* files may be open .*\n {2}raise the limit, .*\n$/);
    // What runs nothing gets by with them.
    expect((await few('report', join(process.cwd(), 'traces/make.strace.gz'))).status).toBe(0);
  });

  test('the folder for temporary files: another is taken', async () => {
    const env = { TMPDIR: '/no/such/folder' };
    const done = await traceBuild(['-q', '--on', 'unconfined', '-o', 'sub/', '--', 'echo', 'hi'], {
      cwd,
      env,
    });
    expect(done).toMatchObject({ status: 0, stderr: '' });
    expect(readdirSync(join(cwd, 'sub')).join(' ')).toMatch(/^echo-\S+\.strace\.gz echo-\S+\.strace\.json$/);
  });

  test('the working folder', async () => {
    const gone = join(cwd, 'gone');
    const script = `mkdir '${gone}' && cd '${gone}' && rmdir '${gone}' && exec '${process.execPath}' '${MAIN}' -- true`;
    const done = await program('sh', ['-c', script], { cwd });
    expect(done).toMatchObject({
      status: 2,
      stderr: 'trace-build: the working folder is gone: change to another one\n',
    });
  });
});

needs('linux', 'strace', 'bwrap', 'root').describe('as root', () => {
  test('the command has the capabilities that the engine would leave it', async () => {
    const look = async (host: string) =>
      (
        await traceBuild(['-q', '-o', 'caps', '--on', host, '--', 'grep', 'CapEff', '/proc/self/status'], {
          cwd,
        })
      ).stdout.split('\n')[0];
    // capsh --decode: chown … setfcap, the fourteen of Docker.
    expect(await look('docker@24.0.9')).toBe('CapEff:\t00000000a80425fb');
    expect(await look('docker@24.0.9,cap=-ALL')).toBe('CapEff:\t0000000000000000');
  });
});

needs('linux', 'strace', 'bwrap').describe('another root file system', () => {
  test('shown read-only, with the working folder and an empty /tmp writable', async () => {
    const script = 'touch /usr/x 2>/dev/null || echo read-only; touch /tmp/x ./y && ls /tmp | grep -x x; pwd';
    const done = await traceBuild(
      ['-q', '-o', 'rootfs', '--rootfs', '/', '--on', 'unconfined', '--', 'sh', '-c', script],
      { cwd },
    );
    expect(done.stdout.split('\n').slice(0, 3)).toEqual(['read-only', 'x', cwd]);
    expect(statSync(join(cwd, 'y')).isFile()).toBe(true);
  });

  test('seen from the working folder /', async () => {
    const fill =
      'for file in /bin/sh $(ldd /bin/sh | grep -o "/[^ ]*"); do mkdir -p "root$(dirname "$file")" && cp -L "$file" "root$file"; done; echo other >root/which';
    await program('sh', ['-c', fill], { cwd });
    const script = 'read -r word </which; echo "$word" >/dev/null; echo "$word $PWD"';
    const done = await traceBuild(
      ['-q', '-o', join(cwd, 'slash'), '--rootfs', join(cwd, 'root'), '--', '/bin/sh', '-c', script],
      { cwd: '/' },
    );
    expect(done.stderr).toBe('');
    expect(done.stdout.split('\n')[0]).toBe('other /');
  });

  test('a folder that is not there', async () => {
    const done = await traceBuild(['--rootfs', 'no/such', '--', 'true'], { cwd });
    expect(done).toMatchObject({ status: 2, stdout: '' });
    expect(done.stderr).toContain('no/such');
  });
});
