import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type WhyDocument, whySchema } from '../../src/core/documents/why.ts';
import { cli } from '../rig/cli.ts';

// `trace-build why`: a log, a message or standard input; exit 1 likely, 3 possible, 0 nothing, 2 unreadable.

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trace-build-why-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const LOG = [
  'Server: Docker Engine - Community',
  ' Engine:',
  '  Version:          20.10.7',
  'Step 4/9 : RUN apt-get update',
  "E: Problem executing scripts APT::Update::Post-Invoke 'rm -f /var/cache/apt/archives/*.deb || true'",
  'E: Sub-process returned an error code',
  "The command '/bin/sh -c apt-get update' returned a non-zero code: 100",
  '',
].join('\n');

async function document(args: readonly string[], input?: string): Promise<WhyDocument> {
  const { stdout } = await cli(['why', '--json', ...args], input === undefined ? {} : { input });
  return whySchema.parse(JSON.parse(stdout));
}

describe('exit status', () => {
  test.each([
    ['a likely call', 'make: /bin/sh: Operation not permitted', 1],
    ['a possible one', 'At least one invalid signature was encountered.', 3],
    ['a death by SIGSYS that names no call', 'Bad system call (core dumped)', 1],
    ['another cause', 'write /x: No space left on device', 0],
    ['nothing', 'all tests passed', 0],
  ])('%s', async (_, message, status) => {
    expect((await cli(['why', message])).status).toBe(status);
  });

  test.each([
    ['a log that does not exist', ['build.log'], /build\.log: there is no such log/],
    ['a path that does not exist', ['/nowhere/at/all'], /there is no such log/],
    ['an empty message', [' '], /message is empty/],
    ['a directory', ['.'], /is a directory/],
  ])('%s', async (_, args, says) => {
    const done = await cli(['why', ...args], { cwd: folder });
    expect([done.status, done.stdout]).toEqual([2, '']);
    expect(done.stderr).toMatch(says);
  });
});

describe('input', () => {
  test('a file, the same packed, in UTF-16 and from standard input', async () => {
    const plain = await document([file('build.log', LOG)]);
    const packed = await document([file('build.log.gz', gzipSync(LOG))]);
    const wide = await document([file('wide.log', Buffer.from(`\ufeff${LOG}`, 'utf16le'))]);
    const piped = await document(['-'], LOG);
    for (const other of [packed, wide, piped])
      expect({ ...other, input: undefined }).toEqual({ ...plain, input: undefined });
    expect(piped.input).toEqual({ name: 'standard input', lines: 7, bytes: LOG.length });
  });

  test('words without quotes are one message', async () => {
    const { candidates, input } = await document(['set_mempolicy:', 'Operation', 'not', 'permitted']);
    expect(input.name).toBe('message');
    expect(candidates[0]?.syscall).toBe('set_mempolicy');
  });

  test('a file wins over a message of the same name', async () => {
    mkdirSync(join(folder, 'sub'));
    writeFileSync(join(folder, 'sub', 'ENOSYS'), 'all is well');
    const { stdout } = await cli(['why', '--json', 'ENOSYS'], { cwd: join(folder, 'sub') });
    expect((JSON.parse(stdout) as WhyDocument).conclusion).toBe('nothing');
  });
});

describe('the answer', () => {
  test('names the call, who refuses it, since when it is fixed, what to do and how to confirm it', async () => {
    const { candidates, host, conclusion } = await document([file('apt.log', LOG)]);
    expect([conclusion, host]).toEqual(['refused', 'docker@20.10.7']);
    const [first] = candidates;
    expect(first).toMatchObject({
      syscall: 'clone3',
      errno: 'EPERM',
      confidence: 'likely',
      basis: 'known',
      onHost: { answer: 'EPERM', conditional: false },
      kernel: '5.3',
      confirm: { host: 'docker@20.10.7', command: 'apt-get update' },
    });
    expect(first!.fixed).toContainEqual({ engine: 'docker', since: '20.10.10', answer: 'ENOSYS' });
    expect(first!.refused.filter(({ engine }) => engine === 'docker')[0]).toMatchObject({
      to: '20.10.9',
      answer: 'EPERM',
    });
    expect(first!.advice[0]).toMatchObject({ kind: 'upgrade' });
    expect(first!.evidence[0]).toMatchObject({ line: 5, pattern: 'apt-post-invoke' });
  });

  test('of a host that returns another error says what it returns', async () => {
    const newer = LOG.replace('20.10.7', '28.0.4');
    const { candidates, conclusion } = await document(['-'], newer);
    expect(candidates[0]).toMatchObject({ syscall: 'clone3', onHost: { answer: 'ENOSYS' } });
    expect(conclusion).not.toBe('nothing');
  });

  test('--on says where the log is from', async () => {
    const { host, candidates } = await document(['--on', 'podman@3.0.0', '-'], LOG);
    expect([host, candidates[0]!.onHost?.answer]).toEqual(['podman@3.0.0', 'EPERM']);
    const wrong = await cli(['why', '--on', 'dokker@1', 'hello']);
    expect([wrong.status, wrong.stdout]).toEqual([2, '']);
  });

  test('a log with a traced call sends on to replay', async () => {
    const path = file(
      'traced.log',
      '7 openat2(4, "/", {flags=O_PATH}, 24) = -1 EPERM (Operation not permitted)',
    );
    const { stdout } = await cli(['why', path]);
    expect(stdout.replace(/\s+/g, ' ')).toContain(`trace-build replay ${path} --against HOST`);
  });

  test('of a host that the tables lack says so', async () => {
    const { hostUnknown, candidates } = await document(['-'], LOG.replace('20.10.7', '77.1.2'));
    expect([hostUnknown, candidates[0]!.onHost]).toEqual(['docker@77.1.2', undefined]);
  });

  test('a kernel audit record is confirmed, and no default profile is blamed for a kill', async () => {
    const { candidates } = await document([
      'type=1326 audit(1.2:3): pid=7 comm="sh" exe="/bin/busybox" sig=31 arch=c000003e syscall=435 code=0x80000000',
    ]);
    expect(candidates).toMatchObject([
      {
        syscall: 'clone3',
        abi: 'x86_64',
        confidence: 'likely',
        basis: 'confirmed',
        evidence: [{ program: 'sh' }],
      },
    ]);
    expect(candidates[0]!.confirm).toBeUndefined();
  });

  test('a call that no host refuses stays unlikely', async () => {
    const { candidates, conclusion } = await document(['sched_setaffinity: Operation not permitted']);
    expect([candidates[0]!.confidence, conclusion]).toEqual(['unlikely', 'nothing']);
  });

  test('for people, without control characters of the log', async () => {
    const { stdout } = await cli(['why', '-'], {
      input: LOG.replace('E: Problem', '\u001b]0;x\u0007E: Problem'),
    });
    expect(stdout).toMatch(/^Likely a refused syscall: clone3 \(EPERM\)\./);
    expect(stdout.replace(/\s+/g, ' ')).toContain(
      'docker@20.10.7, where the log is from, returns EPERM to clone3',
    );
    expect(stdout).toContain("trace-build run --on docker@20.10.7 -- sh -c 'apt-get update'");
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  });

  test('says what else it is', async () => {
    const { stdout } = await cli(['why', 'ping: socket: Operation not permitted']);
    expect(stdout).toMatch(
      /^No refused syscall, as far as the messages say: a missing capability \(line 1\)\./,
    );
  });
});
