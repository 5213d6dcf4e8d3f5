import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir, hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reportSchema } from '../../src/core/documents/report.ts';
import { REPORT_FORMATS } from '../../src/render/index.ts';
import { cli } from '../rig/cli.ts';
import { expectGolden } from '../rig/golden.ts';
import { MAIN, program, signalProcess } from '../rig/program.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trace-build-report-'));
  writeFileSync(join(folder, 'bad.strace'), PLANTED);
  writeFileSync(join(folder, 'bad.strace.gz'), gzipSync(PLANTED));
  writeFileSync(join(folder, 'bad.json'), JSON.stringify(MANIFEST));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What must not be in anything that is written, each of another kind. */
const PLANTS = {
  content: 'CONTENT-OF-A-FILE-9c1',
  sent: 'POSTED-BODY-71f',
  environment: 'env-value-5d2',
  commandSecret: 'hunter2hunter2',
  assigned: 'swordfish-77',
  user: 'alicejones',
  hostName: 'buildbox42',
  address: '10.31.77.4',
  address6: '2001:db8:77::4',
  github: 'ghp_a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8',
  aws: 'AKIAQ3EXAMPLE7ZZZ9YQ',
  jwt: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3NyJ9.c2lnbmF0dXJlLTc3',
  login: 'bob:pa55word77',
} as const;

const PLANTED = `100 execve("/bin/sh", ["sh", "-c", "make"], ["HOME=/home/${PLANTS.user}", "SECRET_TOKEN=${PLANTS.environment}"]) = 0
100 uname({sysname="Linux", nodename="${PLANTS.hostName}", release="6.1.0", version="#1 SMP", machine="x86_64", domainname="(none)"}) = 0
100 openat(AT_FDCWD, "/home/${PLANTS.user}/project/key", O_RDONLY) = 3
100 read(3, "${PLANTS.content}", 4096) = ${PLANTS.content.length}
100 clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLD, child_tidptr=0x7f) = 101
101 execve("/usr/bin/curl", ["curl", "--password", "${PLANTS.commandSecret}", "--data", "api_key=${PLANTS.assigned}", "-H", "Authorization: Bearer ${PLANTS.jwt}", "https://${PLANTS.login}@example.org/"], 0x7ff /* 2 vars */) = 0
101 connect(3, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("${PLANTS.address}")}, 16) = 0
101 connect(3, {sa_family=AF_INET6, sin6_port=htons(443), sin6_addr=inet_pton(AF_INET6, "${PLANTS.address6}")}, 28) = 0
101 sendto(3, "POST ${PLANTS.sent}", 30, 0, NULL, 0) = 30
101 write(2, "cloning as ${PLANTS.user} with ${PLANTS.github} on ${PLANTS.hostName}\\n", 90) = 90
101 openat(AT_FDCWD, "/tmp/${PLANTS.aws}/${PLANTS.github}", O_RDONLY) = -1 ENOENT (No such file or directory)
101 fchmodat2(AT_FDCWD, "/home/${PLANTS.user}/project/${PLANTS.github}", 0755, AT_SYMLINK_NOFOLLOW) = -1 EPERM (Operation not permitted)
101 recvfrom(3, "${PLANTS.content}", 4096, 0, NULL, NULL) = 21
101 statx(AT_FDCWD, "/srv/${PLANTS.hostName}/x", AT_STATX_SYNC_AS_STAT, STATX_ALL, {stx_mask=STATX_ALL}) = 0
${PLANTS.user} said something that is no call ${PLANTS.github}
101 exit_group(1)     = ?
101 +++ exited with 1 +++
100 exit_group(1)     = ?
100 +++ exited with 1 +++
`;

const MANIFEST = {
  schema: 'trace-build/manifest@1',
  trace: 'bad.strace',
  command: [
    'curl',
    '--password',
    PLANTS.commandSecret,
    '--header',
    `x-token: ${PLANTS.github}`,
    `/home/${PLANTS.user}`,
  ],
  cwd: '.',
  engine: { name: 'bubblewrap', version: '0.8.0' },
  host: 'docker@20.10.5',
  notes: [`recorded on ${PLANTS.hostName} by ${PLANTS.user}`],
  strace: { version: '6.1', options: ['-f', '-s', '4096'] },
  kernel: '6.1.0',
  arch: 'x86_64',
  mode: 'full',
  started: '2026-01-01T00:00:00.000Z',
  exit: { status: 1 },
  complete: true,
};

function plantsIn(text: string): readonly string[] {
  return Object.values(PLANTS).filter((plant) => text.includes(plant));
}

// Keeping paths hides least; the other ways are looked at in the format that holds everything.
test.each([
  ...REPORT_FORMATS.map((format) => [format, 'keep'] as const),
  ['json', 'relative'] as const,
  ['json', 'hash'] as const,
])('no planted secret is in a report as %s with paths %s', async (format, paths) => {
  const { status, stdout, stderr } = await cli(
    [
      'report',
      'bad.strace',
      '--format',
      format,
      '--paths',
      paths,
      '--against',
      'docker@18.09.9',
      '--against',
      'kernel@4.4',
    ],
    { cwd: folder },
  );
  expect(stderr).toBe('');
  expect(status).toBe(0);
  expect(plantsIn(stdout)).toEqual([]);
  expect(stdout).toContain('fchmodat2');
  expect(stdout).toContain('EPERM');
});

test('with --no-redact everything is there, and what that exposes is said', async () => {
  const { stdout, stderr } = await cli(['report', 'bad.strace', '--format', 'json', '--no-redact'], {
    cwd: folder,
  });
  expect(plantsIn(stdout).length).toBeGreaterThan(6);
  expect(stderr).toMatch(/nothing is redacted: .*environment.*secrets.*IP addresses/);
  expect(JSON.parse(stdout).redacted).toBeUndefined();
});

test('annotations and step summary hold no planted secret, and the summary is Markdown', async () => {
  const summary = join(folder, 'summary.md');
  writeFileSync(summary, 'before\n');
  const { stderr } = await cli(['report', 'bad.strace', '--against', 'docker@18.09.9', '--format', 'text'], {
    cwd: folder,
    env: { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary },
  });
  expect(stderr).toMatch(/^::error title=fchmodat2 is refused with EPERM::/m);
  for (const line of stderr.trim().split('\n')) expect(line).toMatch(/^::(error|notice) title=/);
  const text = readFileSync(summary, 'utf8');
  expect(text).toMatch(/^before\n## 🔴 /);
  expect(plantsIn(stderr + text)).toEqual([]);
});

test('redact leaves no planted secret, and the same events, verdicts and fix', async () => {
  const judge = ['--against', 'docker@20.10.5', '--against', 'docker@18.09.9', '--json'];
  const before = await cli(['replay', 'bad.strace', ...judge], { cwd: folder });
  for (const how of [['--paths', 'keep'], ['--paths', 'relative'], ['--paths', 'hash'], ['--strict']]) {
    const output = join(folder, `safe-${how.at(-1)}.strace.gz`);
    const { status, stdout } = await cli(['redact', 'bad.strace.gz', ...how, '-o', output], {
      cwd: folder,
    });
    expect([status, stdout]).toEqual([0, '']);
    expect(statSync(output).mode & 0o777).toBe(0o600);
    const text = gunzipSync(readFileSync(output)).toString();
    expect(plantsIn(text)).toEqual([]);
    expect(text.split('\n').length).toBe(PLANTED.split('\n').length);
    const after = await cli(['replay', output, ...judge], { cwd: folder });
    const essence = (json: string): unknown => {
      const { traces, hosts, fix } = JSON.parse(json);
      return {
        traces: traces.map(({ lines, events, abis }: Record<string, unknown>) => ({ lines, events, abis })),
        hosts: hosts.map(({ blocked }: { blocked: Record<string, unknown>[] }) =>
          blocked.map(({ syscall, abi, errno, cause, count, matters }) => ({
            syscall,
            abi,
            errno,
            cause,
            count,
            matters,
          })),
        ),
        fix: [fix.allow, fix.enosys],
      };
    };
    expect(essence(after.stdout)).toEqual(essence(before.stdout));
  }
  const piped = await cli(['redact', '-'], { cwd: folder, input: PLANTED });
  expect(plantsIn(piped.stdout)).toEqual([]);
  // A pipe with a name can be read once too.
  writeFileSync(join(folder, 'planted.strace'), PLANTED);
  const ours = `'${process.execPath}' '${MAIN}'`;
  const script = `${ours} redact <(cat planted.strace) --salt x; ${ours} redact - --salt x < planted.strace`;
  const both = await program('bash', ['-c', script], { cwd: folder });
  expect(both.stdout.slice(0, both.stdout.length / 2).repeat(2)).toBe(both.stdout);
  expect(both.stdout.length).toBeGreaterThan(1000);
  const report = 'mkfifo pipe; cat planted.strace >pipe & exec';
  const told = await program('bash', ['-c', `${report} ${ours} report pipe --format text`], { cwd: folder });
  expect(told.stdout).toMatch(/^ {2}pipe: \d+ events/m);
});

test('hashed paths leave known what the fix hangs on: who makes the call', async () => {
  const trace = 'traces/zig.strace.gz';
  const fixOf = async (args: readonly string[], input?: string): Promise<unknown> => {
    const judged = await cli(
      ['replay', ...args, '--against', 'docker@18.03.1', '--json'],
      input ? { input } : {},
    );
    return JSON.parse(judged.stdout).fix;
  };
  for (const how of [['--paths', 'hash'], ['--strict']]) {
    const { stdout } = await cli(['redact', trace, ...how]);
    expect(stdout).not.toMatch(/zigglobal|options\.zig/);
    expect(await fixOf(['-'], stdout)).toEqual(await fixOf([trace]));
  }
});

test('redact refuses what is no trace, says what is cut, and leaves nothing half-written', async () => {
  const run = (...args: string[]) => cli(['redact', ...args], { cwd: folder });
  writeFileSync(join(folder, 'notes.txt'), 'hello\n');
  writeFileSync(join(folder, 'none.strace'), '');
  expect(await run('notes.txt', '-o', 'new/safe.gz')).toMatchObject({
    status: 2,
    stdout: '',
    stderr: expect.stringMatching(
      /^trace-build: notes.txt: this is not the output of strace: [^\n]+\n {2}record/,
    ),
  });
  expect((await run('none.strace')).stderr).toContain('none.strace: the trace is empty');
  expect((await run('bad.strace', '-o', 'notes.txt/x')).stderr).toContain('a part of its path is no folder');
  const named = await run('bad.strace', '-o', 'new.zst');
  expect(named).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/new\.zst: .* compressed as \.gz\n$/),
  });
  writeFileSync(join(folder, 'cut.gz'), gzipSync(PLANTED.repeat(99)).subarray(0, -40));
  const cut = await run('cut.gz', '-o', 'new/cut.strace');
  expect([cut.status, cut.stderr]).toEqual([
    0,
    expect.stringMatching(/cut short; what could be read of it is redacted\n$/),
  ]);
  writeFileSync(join(folder, 'long.strace'), PLANTED.repeat(4000));
  const half = (): boolean => readdirSync(join(folder, 'new')).some((name) => name.endsWith('.tmp'));
  const ended = await program(process.execPath, [MAIN, 'redact', 'long.strace', '-o', 'new/long.strace'], {
    cwd: folder,
    started: (pid) => {
      const look = setInterval(() => {
        if (!half()) return;
        clearInterval(look);
        signalProcess(pid, 'SIGTERM');
      }, 5);
    },
  });
  expect(ended.signal).toBe('SIGTERM');
  expect(readdirSync(join(folder, 'new'))).toEqual(['cut.strace']);
});

test('one salt gives the same hashes in a trace and its report, none gives others each time', async () => {
  const hashed = async (...args: string[]): Promise<string | undefined> => {
    const { stdout } = await cli([...args, '--paths', 'hash'], { cwd: folder });
    return /fchmodat2\(AT_FDCWD, "([^"]+)"/.exec(stdout)?.[1];
  };
  const trace = await hashed('redact', 'bad.strace', '--salt', 'x');
  expect(trace).toMatch(/^\/home\/user\/[0-9a-f]{10}\//);
  expect(await hashed('report', 'bad.strace', '--on', 'docker@18.09.9', '-f', 'text', '--salt', 'x')).toBe(
    trace,
  );
  expect(await hashed('redact', 'bad.strace')).not.toBe(trace);
});

test('names of this machine and its user are hidden where nothing says what they are', async () => {
  const name = hostname();
  if (name.length < 3 || /^(localhost|host)$/.test(name)) return;
  writeFileSync(
    join(folder, 'names.strace'),
    `1 chdir("${homedir()}/x") = 0\n1 chdir("/srv/${name}") = 0\n1 +++ exited with 0 +++\n`,
  );
  const { stdout } = await cli(['redact', 'names.strace'], { cwd: folder });
  expect(stdout).not.toContain(`/srv/${name}`);
});

test('a report by its ending, of a trace and of the JSON that another command printed', async () => {
  const html = join(folder, 'out.html');
  expect((await cli(['report', 'bad.strace', '-o', html], { cwd: folder })).status).toBe(0);
  expect(readFileSync(html, 'utf8')).toMatch(/^<!doctype html>/);
  expect(statSync(html).mode & 0o777).toBe(0o600);

  const replayed = await cli(['replay', 'bad.strace', '--against', 'docker@18.09.9', '--json'], {
    cwd: folder,
  });
  writeFileSync(join(folder, 'result.json'), replayed.stdout);
  const again = await cli(['report', 'result.json', '--format', 'json'], { cwd: folder });
  expect(again.stderr).toBe('');
  const report = reportSchema.parse(JSON.parse(again.stdout));
  expect(report.hosts[0]?.host.expression).toBe('docker@18.09.9');
  expect(report.redacted).toEqual({ paths: 'relative' });
  writeFileSync(join(folder, 'report.json'), again.stdout);
  const twice = await cli(['report', 'report.json', '--format', 'json'], { cwd: folder });
  expect(JSON.parse(twice.stdout)).toEqual(JSON.parse(again.stdout));
  // Also from a pipe.
  const piped = await cli(['report', '-', '--format', 'json'], { cwd: folder, input: again.stdout });
  expect(piped).toEqual(twice);
  for (const input of ['', '\n\n']) {
    const nothing = await cli(['report', '-'], { input });
    expect(nothing).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^trace-build: standard input: /),
    });
  }
});

test('what is no trace in a folder of traces is left out, and the report says so', async () => {
  const mixed = join(folder, 'mixed');
  mkdirSync(mixed);
  writeFileSync(join(mixed, 'a.strace'), PLANTED);
  writeFileSync(join(mixed, 'b.strace'), '');
  const run = await cli(['report', mixed]);
  expect(run).toMatchObject({ status: 0, stderr: '' });
  expect(run.stdout).toMatch(/^- left out .*b\.strace: the trace is empty$/m);
});

test('exit status and words for wrong use', async () => {
  const run = (...args: string[]) => cli(['report', ...args], { cwd: folder });
  expect((await run('bad.strace', '--against', 'docker@18.09.9', '--fail')).status).toBe(1);
  expect(await run('bad.strace', '-o', 'x.pdf')).toMatchObject({ status: 2, stdout: '' });
  expect(await run('nowhere.strace')).toMatchObject({ status: 2, stdout: '' });
  writeFileSync(join(folder, 'other.json'), '{"hello": 1}');
  const other = await run('other.json');
  expect(other).toMatchObject({ status: 2, stdout: '' });
  expect(other.stderr).toContain('other.json: there is no report of JSON without "schema"');
  writeFileSync(join(folder, 'broken.json'), '{"schema": "trace-build/run@1", "command": 3}');
  expect((await run('broken.json')).stderr).toMatch(/^trace-build: broken.json: command: /);
});

test.each([
  ['markdown', 'md'],
  ['text', 'txt'],
  ['junit', 'xml'],
  ['sarif', 'sarif'],
] as const)('a recorded build as %s is the golden', async (format, ending) => {
  const { status, stdout, stderr } = await cli(
    [
      'report',
      'traces/make.strace.gz',
      ...['--against', 'docker@20.10.5,kernel=5.4', '--against', 'docker@18.09.9,kernel=4.19'],
      ...['--against', 'podman@4.3.1,kernel=6.1', '--format', format],
    ],
    { cwd: fileURLToPath(new URL('../../', import.meta.url)) },
  );
  expect([status, stderr]).toEqual([0, '']);
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  expectGolden(
    stdout.replaceAll(version, 'VERSION'),
    new URL(`golden/report/make.${ending}`, import.meta.url),
  );
});
