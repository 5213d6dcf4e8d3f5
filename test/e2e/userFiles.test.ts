import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { needs } from '../rig/need.ts';
import { MAIN, traceBuild, workFolder } from '../rig/program.ts';
import { inSandbox } from '../rig/sandbox.ts';

const folder = workFolder();
afterAll(() => folder.remove());
const env = { XDG_CACHE_HOME: join(folder.path, 'cache') };

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(folder.path, 'round-'));
});
const at = (name: string): string => join(cwd, name);
const run = (...args: string[]) => traceBuild(args, { cwd, env });
const traceOf = (name: string): string => gunzipSync(readFileSync(at(name))).toString('latin1');
const CALL = '1 execve("/bin/true", ["true"], 0x1 /* 1 var */) = 0\n1 +++ exited with 0 +++\n';

needs('linux', 'strace', 'bwrap').describe('a recording', () => {
  const record = (...args: string[]) => run('-q', '--on', 'unconfined', ...args);

  test('leaves package.json, and its own profile, as they are', async () => {
    const profile = '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": []}';
    writeFileSync(at('package.json'), profile);
    const done = await run('-q', '--on', 'profile:package.json', '-o', 'package.strace.gz', '--', 'true');
    expect(done).toMatchObject({ status: 0, stderr: '' });
    expect(readFileSync(at('package.json'), 'utf8')).toBe(profile);
    expect(readdirSync(cwd).sort()).toEqual(['package.json', 'package.strace.gz', 'package.strace.json']);
  });

  test.each([
    ['a.strace.gz', gzipSync(CALL)],
    ['a.strace', CALL],
    ['a.strace.json', '{"mine": true}'],
  ])('does not replace the user’s own %s without --force', async (name, content) => {
    const output = name.replace(/\.json$/, '.gz');
    writeFileSync(at(name), content);
    const done = await record('-o', output, '--', 'touch', 'ran');
    expect(done).toMatchObject({ status: 2, stdout: '' });
    expect(done.stderr).toMatch(
      /^trace-build: .*: it exists and was not written by trace-build.*\n.*--force\n$/,
    );
    expect(readFileSync(at(name))).toEqual(Buffer.from(content));
    expect(readdirSync(cwd)).toEqual([name]);
    expect(await record('--force', '-o', output, '--', 'touch', 'ran')).toMatchObject({ status: 0 });
    expect(existsSync(at('ran'))).toBe(true);
    expect(JSON.parse(readFileSync(at('a.strace.json'), 'utf8'))).toMatchObject({ complete: true });
  });

  test('replaces an older one, for its owner alone', async () => {
    await record('-o', 'a', '--', 'sh', '-c', ': first');
    chmodSync(at('a.strace.gz'), 0o666);
    chmodSync(at('a.strace.json'), 0o666);
    expect(await record('-o', 'a', '--', 'sh', '-c', ': second')).toMatchObject({ status: 0 });
    expect(traceOf('a.strace.gz')).toContain(': second');
    for (const name of ['a.strace.gz', 'a.strace.json']) expect(statSync(at(name)).mode & 0o777).toBe(0o600);
    expect(readdirSync(cwd).sort()).toEqual(['a.strace.gz', 'a.strace.json']);
  });

  test('keeps the older one where the command does not start', async () => {
    await record('-o', 'a', '--', 'sh', '-c', ': first');
    const before = readFileSync(at('a.strace.gz'));
    writeFileSync(at('script'), '#!/no/such/shell\n', { mode: 0o755 });
    expect(await record('-o', 'a', '--', './script')).toMatchObject({ status: 2 });
    expect(readFileSync(at('a.strace.gz'))).toEqual(before);
    expect(readdirSync(cwd).sort()).toEqual(['a.strace.gz', 'a.strace.json', 'script']);
  });

  test('follows no planted link', async () => {
    writeFileSync(at('precious'), 'keep');
    for (const name of ['a.strace.gz', 'b.strace.json', 'c.strace.json.new', 'c.strace.gz.new']) {
      symlinkSync('precious', at(name));
    }
    for (const name of ['a', 'b']) {
      const done = await record('-o', name, '--', 'touch', 'ran');
      expect(done).toMatchObject({ status: 2, stdout: '' });
      expect(done.stderr).toContain('it is a symbolic link, and links are not followed');
    }
    expect(await record('-o', 'c', '--', 'true')).toMatchObject({ status: 0 });
    expect(readFileSync(at('precious'), 'utf8')).toBe('keep');
    expect(existsSync(at('ran'))).toBe(false);
  });

  test.each([
    ['/dev/stdout', 'a recording goes to a file, not to standard output'],
    ['/dev/fd/1', 'not to /dev/fd/1'],
    ['/dev/null', 'not to /dev/null'],
    ['there', 'there is a directory'],
  ])('-o %s is one sentence', async (output, words) => {
    mkdirSync(at('there'));
    const done = await record('-o', output, '--', 'touch', 'ran');
    expect(done).toMatchObject({ status: 2, stdout: '' });
    expect(done.stderr).toMatch(/^trace-build: .*\n {2}.*\n$/);
    expect(done.stderr).toContain(words);
    expect(readdirSync(cwd)).toEqual(['there']);
  });

  test('eight at once have eight traces, each its own', async () => {
    const numbers = [...Array(8).keys()].map(String);
    const done = await Promise.all(numbers.map((number) => record('--', 'sh', '-c', `: run-${number}-end`)));
    expect(done.map(({ status }) => status)).toEqual(numbers.map(() => 0));
    const traces = readdirSync(at('traces/local')).filter((name) => name.endsWith('.strace.gz'));
    const seen = traces.map((name) => /run-(\d)-end/.exec(traceOf(`traces/local/${name}`))?.[1]);
    expect(seen.sort()).toEqual(numbers);
    // Each of them names the one that it wrote.
    for (const [number, { stdout }] of done.entries()) {
      const [, named = ''] = /^ {2}Trace: (\S+)/m.exec(stdout) ?? [];
      expect(traceOf(named)).toContain(`run-${number}-end`);
    }
  });

  test('a report of it is refused before the command runs', async () => {
    writeFileSync(at('notes.md'), '# mine\n');
    const done = await record('--report', 'notes.md', '--', 'touch', 'ran');
    expect(done).toMatchObject({ status: 2, stdout: '' });
    expect(readdirSync(cwd)).toEqual(['notes.md']);
  });

  test('a full disk leaves the old recording, or a new one that says it is not complete', async () => {
    const inside = [
      `"${process.execPath}" "${MAIN}" -q --on unconfined -o /mnt/a -- sh -c ': old'`,
      'head -c 100000 /dev/zero > /mnt/fill 2>/dev/null',
      `"${process.execPath}" "${MAIN}" -q --on unconfined -o /mnt/a -- sh -c ': new'`,
      'echo "status $?"',
      'gzip -dc /mnt/a.strace.gz | grep -c ": old"',
      'ls -A /mnt',
    ].join('; ');
    const done = await inSandbox(['--size', '32768', '--tmpfs', '/mnt'], inside, { cwd, env });
    expect(done.stderr).toMatch(/\/mnt\/a\.strace\.gz: the trace can't be written: the disk is full/);
    expect(done.stdout.trimEnd().split('\n').slice(-5)).toEqual([
      'status 3',
      '1',
      'a.strace.gz',
      'a.strace.json',
      'fill',
    ]);
  });
});

test.each([
  ['report build.strace', 'out.md'],
  ['report build.strace', 'out.html'],
  ['report build.strace', 'out.json'],
  ['report build.strace', 'out.txt'],
  ['redact build.strace', 'out.strace'],
  ['redact build.strace', 'out.strace.gz'],
  ['profile compile --on docker@20.10.5', 'out.bpf'],
  ['minimize --merge build.strace', 'out.json'],
  ['page', 'out.html'],
])('%s -o %s: not over what is not ours, and again over what is', async (words, output) => {
  writeFileSync(at('build.strace'), CALL);
  writeFileSync(at(output), 'mine');
  const write = (...more: string[]) => run(...words.split(' '), '-o', output, ...more);
  const refused = await write();
  expect(refused).toMatchObject({ status: 2, stdout: '' });
  expect(refused.stderr).toMatch(/it exists and was not written by trace-build.*\n.*--force\n$/);
  expect(readFileSync(at(output), 'utf8')).toBe('mine');
  expect(await write('--force')).toMatchObject({ status: 0 });
  const first = readFileSync(at(output));
  expect(first.toString('latin1')).not.toBe('mine');
  expect(await write()).toMatchObject({ status: 0 });
  expect(readFileSync(at(output))).toEqual(first);
  expect(readdirSync(cwd).sort()).toEqual(['build.strace', output].sort());
});
