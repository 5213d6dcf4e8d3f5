import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkSchema } from '../../src/core/documents/check.ts';
import { cli } from '../rig/cli.ts';
import { needs } from '../rig/need.ts';
import { MAIN } from '../rig/program.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trace-build-check-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const expectedFile = (name: string): string => join(folder, 'traces', `${name}.expected.json`);

needs('linux', 'strace', 'bwrap').describe('fixtures, from recording to a change', () => {
  test('--record adds trace, manifest and expectations, without times or secrets', async () => {
    const run = await cli(['check', '--record', 'list', '--', 'ls', '-l', '/'], { cwd: folder });
    expect(run.stderr).not.toMatch(/trace-build: /);
    expect(run.status).toBe(0);
    expect(readdirSync(join(folder, 'traces')).sort()).toEqual([
      'list.expected.json',
      'list.strace.gz',
      'list.strace.json',
    ]);
    expect(statSync(expectedFile('list')).mode & 0o777).toBe(0o600);
    const manifest = readFileSync(join(folder, 'traces', 'list.strace.json'), 'utf8');
    expect(manifest).not.toMatch(/20\d\d-\d\d-\d\dT/);
    expect(JSON.parse(manifest)).toMatchObject({
      command: ['ls', '-l', '/'],
      host: 'unconfined',
      exit: { status: 0 },
    });
  });

  test('check finds what is expected and changes nothing', async () => {
    const before = readFileSync(expectedFile('list'), 'utf8');
    const run = await cli(['check'], { cwd: folder });
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(run.stdout).toMatch(/list\.strace\.gz: \d+ hosts, as expected/);
    mkdirSync(join(folder, 'list'));
    expect(await cli(['check', 'list'], { cwd: folder })).toEqual(run);
    expect(readFileSync(expectedFile('list'), 'utf8')).toBe(before);
  });

  test('a verdict that got worse: status 1 and the diff; --update accepts it', async () => {
    const before = readFileSync(expectedFile('list'), 'utf8');
    const document = JSON.parse(before);
    const [host] = Object.keys(document.hosts);
    // As if that host had allowed everything before, and had refused a call that it allows now.
    const had = document.hosts[host!];
    document.hosts[host!] = [
      { syscall: 'read', abi: 'x86_64', errno: 'EPERM', cause: 'default', matters: true },
    ];
    writeFileSync(expectedFile('list'), JSON.stringify(document));
    const run = await cli(['check', 'traces', '--json'], { cwd: folder });
    const { worse, fixtures } = checkSchema.parse(JSON.parse(run.stdout));
    const kinds = fixtures[0]!.changes.map(({ kind, syscall, worse: bad }) => `${kind} ${syscall} ${bad}`);
    expect(kinds).toContain('newly-allowed read false');
    expect(kinds.filter((kind) => kind.startsWith('newly-blocked'))).toHaveLength(
      new Set(had.map(({ syscall, abi }: { syscall: string; abi: string }) => syscall + abi)).size,
    );
    expect(worse).toBe(had.length > 0);
    expect(run.status).toBe(had.length > 0 ? 1 : 0);
    const updated = await cli(['check', '--update'], { cwd: folder });
    expect(updated.status).toBe(0);
    expect(readFileSync(expectedFile('list'), 'utf8')).toBe(before);
  });

  test('--compact keeps the verdicts in a smaller trace', async () => {
    const trace = join(folder, 'traces', 'list.strace.gz');
    const before = statSync(trace).size;
    const run = await cli(['check', '--update', '--compact'], { cwd: folder });
    expect(run.status).toBe(0);
    expect(statSync(trace).size).toBeLessThan(before);
    expect((await cli(['check'], { cwd: folder })).status).toBe(0);
  });

  test('--live tells what is newly needed, and by whom it is refused', async () => {
    const same = await cli(['check', '--live', '--', 'ls', '-l', '/'], { cwd: folder });
    expect(same.status).toBe(0);
    expect(same.stdout).toMatch(/list/);
    const more = await cli(['check', '--live', 'list', '--json', '--', 'unshare', '--user', 'true'], {
      cwd: folder,
    });
    const { live } = checkSchema.parse(JSON.parse(more.stdout));
    const found = live?.newSyscalls.find(({ syscall }) => syscall === 'unshare');
    expect(found?.refusedBy.some((host) => host.startsWith('docker@'))).toBe(true);
    expect(more.status).toBe(1);
  });

  test('the folder of fixtures may also stand before the command', async () => {
    const made = await cli(['check', 'other place', '--record', 'x', '--', 'true'], { cwd: folder });
    expect(made).toMatchObject({ status: 0, stdout: expect.stringMatching(/^other place\/x\.strace\.gz: /) });
    const summary = join(folder, 'live.md');
    const live = await cli(['check', 'other place', '--live', '--', 'unshare', '--user', 'true'], {
      cwd: folder,
      env: { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary },
    });
    expect(live.stdout).toMatch(/^x now needs unshare/m);
    expect(live.stdout).toMatch(/; spec-proposal$/m);
    expect(readFileSync(summary, 'utf8')).toMatch(
      /^- 🔴 `x` now needs `unshare` \(x86_64\), which is refused by/m,
    );
  });

  test.each([['--record'], ['--live']])('Ctrl-C during %s leaves no fixture, and says so', async (option) => {
    if (option === '--live')
      for (const end of ['.strace.gz', '.strace.json', '.expected.json']) {
        copyFileSync(`traces/make${end}`, join(folder, `traces/slow${end}`));
      }
    const running = spawn(
      process.execPath,
      [MAIN, 'check', option, 'slow', '--', 'sh', '-c', 'echo up; exec sleep 60'],
      {
        cwd: folder,
        detached: true,
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    let told = '';
    running.stderr.on('data', (chunk: Buffer) => {
      if (!told.includes('up') && `${told}${chunk}`.includes('up'))
        setTimeout(() => process.kill(-running.pid!, 'SIGINT'), 300);
      told += chunk;
    });
    const [status] = await once(running, 'close');
    expect([status, told]).toEqual([
      130,
      expect.stringContaining('SIGINT came while the command was traced'),
    ]);
    const left = readdirSync(join(folder, 'traces')).filter((name) => name.startsWith('slow'));
    expect(left).toHaveLength(option === '--live' ? 3 : 0);
    for (const name of left) rmSync(join(folder, 'traces', name));
  });

  test('--min-host is a promise', async () => {
    const kept = await cli(['check', '--min-host', 'docker@25.0.0,arch=x86_64'], { cwd: folder });
    expect(kept.status).toBe(0);
    const path = join(folder, 'new.strace');
    writeFileSync(path, '7 openat2(AT_FDCWD, "x", {flags=O_RDONLY, mode=0, resolve=0}, 24) = 3\n');
    const broken = await cli([
      'check',
      path,
      '--min-host',
      'docker@19.03.15,kernel=6.18,arch=x86_64',
      '--json',
    ]);
    expect(broken.status).toBe(1);
    const other = await cli(['check', 'list', '--host', 'docker@19.03.15'], { cwd: folder });
    expect(other).toMatchObject({ status: 2, stdout: '' });
    expect(other.stderr).toMatch(/list\.expected\.json: nothing is expected of docker@19\.03\.15 there/);
    const { promises } = checkSchema.parse(JSON.parse(broken.stdout));
    expect(promises[0]).toMatchObject({ kept: false });
    expect(promises[0]?.broken[0]?.syscall).toBe('openat2');
    expect(promises[0]?.covered[0]).toMatch(/^docker@19\.03\.15–[\d.]+,kernel=6\.18,arch=x86_64$/);
  });

  // Docker 20.10.0 to 20.10.9 refuse clone3 with EPERM where libseccomp knows it (moby#42680); make uses posix_spawn, which does not fall back.
  test('a line is promised with its oldest release, and the versions that were asked are named', async () => {
    const path = join(folder, 'clone3.strace');
    writeFileSync(
      path,
      [
        '7 execve("/usr/bin/make", ["make"], 0x7ffd /* 20 vars */) = 0',
        '7 openat(AT_FDCWD, "/lib/x86_64-linux-gnu/libc.so.6", O_RDONLY|O_CLOEXEC) = 3',
        '7 clone3({flags=CLONE_VM|CLONE_VFORK, exit_signal=SIGCHLD, stack=0x7f3fe634d000, stack_size=0x9000}, 88) = 8',
        '',
      ].join('\n'),
    );
    const promise = async (host: string) => {
      const { stdout, status } = await cli(['check', path, '--min-host', host, '--json']);
      const [one] = checkSchema.parse(JSON.parse(stdout)).promises;
      return { status, ...one! };
    };
    const stack = 'libseccomp=2.5.1,kernel=6.18,arch=x86_64';
    const line = await promise(`docker@20.10,${stack}`);
    expect(line).toMatchObject({ status: 1, kept: false, host: { version: '20.10.0' } });
    expect(line.host.notes.join()).toMatch(/20\.10 is taken as 20\.10\.0, the oldest of that line/);
    expect(line.broken[0]?.on.join()).toMatch(/^docker@20\.10\.[04]–20\.10\.9,/);
    expect(line.covered).toEqual([expect.stringMatching(/^docker@20\.10\.0–\d+\.\d+\.\d+,libseccomp/)]);
    expect(await promise(`docker@20.10.10,${stack}`)).toMatchObject({ status: 0, kept: true });
    const text = await cli(['check', path, '--min-host', 'docker@20.10.10,arch=x86_64,kernel=6.18']);
    expect(text.stdout.replace(/\s+/g, ' ')).toMatch(
      /works on docker@20\.10\.10,\S+ and every later version \(Docker 20\.10\.10–\d/,
    );
    // A kernel and a profile's engine have lines as well.
    expect((await promise('kernel@5.3,arch=x86_64')).covered).toEqual([
      expect.stringMatching(/^kernel@5\.3–\d+\.\d+,arch=x86_64$/),
    ]);
    expect((await promise('unconfined,arch=x86_64,kernel=6.18')).covered).toEqual([
      'unconfined,arch=x86_64,kernel=6.18',
    ]);
  });
});

test('a trace of which nothing is expected, a folder without fixtures, a bad file: status 2', async () => {
  const bare = join(folder, 'bare.strace');
  writeFileSync(bare, '7 read(3, "x", 1) = 1\n');
  const unknown = await cli(['check', bare]);
  expect(unknown).toMatchObject({ status: 2, stdout: '' });
  expect(unknown.stderr).toMatch(/--update/);
  const empty = await cli(['check', mkdtempSync(join(folder, 'empty-'))]);
  expect(empty.status).toBe(2);
  writeFileSync(join(folder, 'bare.expected.json'), '{"schema": 1}');
  expect((await cli(['check', bare])).status).toBe(2);
  expect(existsSync(bare)).toBe(true);
});

test('a fixture that is damaged or half gone does not pass for a better one', async () => {
  const damaged = join(folder, 'damaged');
  mkdirSync(damaged);
  const files = ['make.strace.gz', 'make.strace.json', 'make.expected.json'];
  const [trace, , expected] = files.map((name) => join(damaged, name)) as [string, string, string];
  for (const name of files) copyFileSync(join('traces', name), join(damaged, name));
  const whole = readFileSync(trace);
  writeFileSync(trace, whole.subarray(0, whole.length >> 1));
  for (const more of [[], ['--update'], ['--min-host', 'docker@20.10']]) {
    const run = await cli(['check', damaged, ...more]);
    expect(run).toMatchObject({ status: 2, stdout: '' });
    expect(run.stderr).toContain('the trace is cut');
  }
  rmSync(trace);
  const summary = join(folder, 'damaged.md');
  const gone = await cli(['check', damaged, 'traces/tar.strace.gz'], {
    env: { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary },
  });
  // The others are judged all the same.
  expect(gone).toMatchObject({ status: 2, stdout: 'traces/tar.strace.gz: 6 hosts, as expected\n' });
  expect(gone.stderr).toMatch(/^::error title=make could not be checked::the trace that this belongs/m);
  expect(readFileSync(summary, 'utf8')).toMatch(/^## 🔴 Not every fixture could be checked\n[\s\S]*`make`/);
  const data = await cli(['check', 'traces/tar.strace.gz', damaged, '--json']);
  expect(checkSchema.parse(JSON.parse(data.stdout))).toMatchObject({
    fixtures: [{ name: 'tar' }],
    broken: [{ name: 'make', file: join(damaged, 'make.expected.json') }],
  });
  expect(gone.stderr).toMatch(/make\.expected\.json: the trace that this belongs to is missing/);
  writeFileSync(trace, whole);
  writeFileSync(expected, '{"schema": "trace-build/expected@1", "hosts": {}}');
  const nothing = await cli(['check', damaged]);
  expect(nothing.status).toBe(2);
  expect(nothing.stderr).toContain('hosts: names no host');
});

test('options that would have no effect are refused', async () => {
  const cases = [
    [['--min-host', ''], /a host expression is empty/],
    [['--live', 'make', '--update', '--', 'true'], /--live compares and writes nothing/],
    [['--live', 'make', '--record', 'x', '--', 'true'], /do not go together/],
    [['--compact'], /--compact needs --record or --update/],
    [['traces', '--', 'true'], /runs a command only with --record NAME or --live/],
    [['a', 'b', '--record', 'x', '--', 'true'], /one folder of fixtures is enough: a b/],
  ] as const;
  for (const [words, told] of cases) {
    const run = await cli(['check', ...words]);
    expect(run).toMatchObject({ status: 2, stdout: '' });
    expect(run.stderr).toMatch(told);
  }
});

test('our own traces are judged as they were when they were recorded', async () => {
  const run = await cli(['check', 'traces']);
  expect(run.stderr).toBe('');
  expect(run.stdout).not.toMatch(/worse|better|other/);
  expect(run.status).toBe(0);
});
