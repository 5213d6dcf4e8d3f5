import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { replaySchema } from '../../src/core/documents/replay.ts';
import { knownHosts } from '../../src/core/hosts/known.ts';
import { cli } from '../rig/cli.ts';
import { expectGolden } from '../rig/golden.ts';

// The public record: what people met is what the tool says, from the text of strace alone.

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trace-build-replay-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, name.endsWith('.gz') ? gzipSync(text) : text);
  return path;
}

const BUILD = [
  '7 execve("/usr/bin/tar", ["tar", "xf", "a.tar"], 0x7ffd /* 20 vars */) = 0',
  '7 statx(AT_FDCWD, "bin", AT_STATX_SYNC_AS_STAT, STATX_ALL, 0x7ffd) = 0',
  '7 faccessat2(AT_FDCWD, "bin", X_OK, AT_EACCESS) = 0',
  '7 clone3({flags=CLONE_VM|CLONE_VFORK, exit_signal=SIGCHLD}, 88) = 8',
  '7 syscall_0x1c4(0xffffff9c, 0x55d0, 0x1ed, 0x100, 0, 0) = 0',
  '7 close_range(3, 4294967295, 0) = 0',
  '7 clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLD, child_tidptr=0x7f) = 9',
  '7 +++ exited with 0 +++',
  '',
].join('\n');

const blockedOf = (stdout: string): Record<string, string[]> =>
  Object.fromEntries(
    replaySchema
      .parse(JSON.parse(stdout))
      .hosts.map(({ host, blocked }) => [
        host.expression,
        blocked.map(({ syscall, errno, cause }) => `${syscall} ${errno} ${cause}`),
      ]),
  );

describe('replay', () => {
  test('the JSON document, several hosts, the fix that grants nothing', async () => {
    const trace = file('tar.strace', BUILD);
    const run = await cli([
      'replay',
      trace,
      '--against',
      'docker@20.10.5,kernel=6.18,arch=x86_64',
      '--against',
      'docker@24.0.9,kernel=6.18,arch=x86_64',
      '--json',
    ]);
    expect(run.stderr).toBe('');
    expect(run.status).toBe(1);
    const document = replaySchema.parse(JSON.parse(run.stdout));
    expect(document.traces[0]).toMatchObject({ events: 7, unparsed: 0, abis: ['x86_64'] });
    const blocked = blockedOf(run.stdout);
    expect(blocked['docker@20.10.5,kernel=6.18,arch=x86_64']).toEqual(
      expect.arrayContaining(['clone3 EPERM default', 'fchmodat2 ENOSYS stub']),
    );
    expect(blocked['docker@24.0.9,kernel=6.18,arch=x86_64']).toEqual([
      'clone3 ENOSYS rule',
      'fchmodat2 ENOSYS stub',
    ]);
    expect(document.fix).toMatchObject({ allow: [], enosys: expect.arrayContaining(['clone3']) });
    expect(document.fix.enosys).not.toContain('fchmodat2');
  });

  test('fchmodat2 on 32-bit arm is EPERM on the same Docker: judged by name', async () => {
    const run = await cli([
      'replay',
      file('arm.strace', BUILD),
      '--against',
      'docker@24.0.9,arch=arm,kernel=6.18',
      '--json',
    ]);
    expect(blockedOf(run.stdout)['docker@24.0.9,arch=arm,kernel=6.18']).toContain('fchmodat2 EPERM default');
    expect(run.status).toBe(1);
  });

  test('nothing refused: exit status 0 and a sentence', async () => {
    const run = await cli([
      'replay',
      file('plain.strace', '7 read(3, "x", 1) = 1\n7 +++ exited with 0 +++\n'),
      '--against',
      'docker@24.0.9',
    ]);
    expect(run.status).toBe(0);
    expect(run.stdout).toMatch(/Nothing would be refused on docker@24\.0\.9/);
  });

  test('what no profile helps with is said of the host whose kernel refuses it', async () => {
    const trace = file('gdb.strace', '7 personality(ADDR_NO_RANDOMIZE) = 0\n7 +++ exited with 0 +++\n');
    const hosts = ['--against', 'docker@24.0.9', '--against', 'gvisor@20240101'];
    const run = await cli(['replay', trace, ...hosts, '--verbose']);
    expect(run.stdout.replace(/\s+/g, ' ')).toContain(
      'no profile helps with personality on gvisor@20240101: the kernel itself refuses it',
    );
  });

  test('a matrix that fits 80 columns; hosts that answer alike share a row', async () => {
    const run = await cli([
      'replay',
      file('tar.strace.gz', BUILD),
      '--against',
      'docker@20.10.5',
      'docker@20.10.6',
      'docker@24.0.9',
      'podman@4.3.1',
      '--verbose',
    ]);
    expect(run.status).toBe(1);
    expect(Math.max(...run.stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(run.stdout).toMatch(/Docker 20\.10\.5–20\.10\.6/);
    expect(run.stdout).toMatch(/answer ENOSYS, which grants nothing, to .*clone3/);
    expect(run.stdout).toMatch(/assumed/);
  });

  test('the verdict: what, why, the fix, what to type; a line for each way that hosts answer', async () => {
    const hosts = ['docker@20.10.5', 'docker@20.10.6', 'docker@24.0.9', 'unconfined'];
    const run = await cli(['replay', file('brief.strace', BUILD), '--against', ...hosts]);
    expect(run.status).toBe(1);
    expect(run.stdout).not.toContain('│');
    expect(run.stdout.replace(/\n {9}/g, ' ')).toMatch(
      /^Would be refused on \d of 4 hosts: .*clone3.*\n {2}Cause: .*\n {2}Fix: {3}.*Fixed in Docker 20\.10\..*\n {2}Next: {2}trace-build explain \w+ --on docker@20\.10\.5\n {2}Host: {2}docker@20\.10\.5; assumed: .*\n {2}On: {4}Docker 20\.10\.5–20\.10\.6: .*clone3 EPERM/,
    );
    expect(run.stdout).toMatch(/ {2}On: {4}.*unconfined: nothing that matters\n/);
  });

  test('of a host that loads no filter it is said why', async () => {
    const run = await cli(['replay', file('pod.strace', BUILD), '--against', 'kubernetes@1.29,arch=x86_64']);
    expect(run.stdout).toMatch(/^Nothing would be refused on kubernetes@1\.29/);
    expect(run.stdout.replace(/\s+/g, ' ')).toContain('a pod without a seccompProfile is Unconfined');
    const bare = await cli(['replay', file('bare.strace', BUILD), '--against', 'unconfined']);
    expect(bare.stdout).not.toContain('Note:');
  });

  test('without --against the newest Docker is taken, and said', async () => {
    const run = await cli(['replay', file('newest.strace', BUILD), '--json']);
    const [only, ...more] = replaySchema.parse(JSON.parse(run.stdout)).hosts;
    expect(more).toEqual([]);
    expect(only?.host.engine).toBe('docker');
    expect(run.stderr).toBe(
      `trace-build: host docker@${only?.host.version} (the newest Docker in the tables); choose others with --against\n`,
    );
    const known = await knownHosts();
    expect(only?.host.expression).toBe(known.filter((host) => host.startsWith('docker@')).at(-1));
  });

  test('a whole transcript', async () => {
    const hosts = [
      'docker@19.03.15',
      'docker@20.10.0',
      'docker@20.10.5',
      'docker@24.0.9',
      'docker@25.0.3',
      'podman@4.3.1',
    ];
    const run = await cli([
      'replay',
      'traces/tar-sid.strace.gz',
      '--verbose',
      ...hosts.flatMap((host) => ['--against', `${host},arch=x86_64,kernel=6.18`]),
    ]);
    expect(run.stderr).toBe('');
    expectGolden(
      `${run.stdout}exit status ${run.status}\n`,
      new URL('../golden/replay-tar.txt', import.meta.url),
    );
  });

  test('every known host at once', async () => {
    const run = await cli(['replay', file('all.strace', BUILD), '--against', 'all', '--json']);
    const { hosts } = replaySchema.parse(JSON.parse(run.stdout));
    expect(hosts.length).toBeGreaterThan(20);
    const labels = hosts.flatMap(({ alike }) => alike ?? []);
    expect(labels.some((label) => /^docker@20\.10\.\d+–20\.10\.9$/.test(label))).toBe(true);
    expect(labels.some((label) => label.endsWith(',arch=arm'))).toBe(true);
  });

  test('a trace from standard input, and one named after the hosts', async () => {
    const piped = await cli(['replay', '-', '--against', 'docker@20.10.5', '--json'], { input: BUILD });
    expect(piped.status).toBe(1);
    const after = await cli(['replay', '--against', 'docker@20.10.5', file('x.strace', BUILD), '--json']);
    expect(after.status).toBe(1);
  });

  test('a folder of traces is all of them', async () => {
    const inner = mkdtempSync(join(folder, 'many-'));
    writeFileSync(join(inner, 'a.strace'), BUILD);
    writeFileSync(join(inner, 'b.strace'), BUILD);
    const run = await cli(['replay', inner, '--against', 'docker@20.10.5', '--json']);
    const { traces, hosts } = replaySchema.parse(JSON.parse(run.stdout));
    expect(traces).toHaveLength(2);
    expect(hosts[0]?.blocked.find(({ syscall }) => syscall === 'clone3')?.count).toBe(2);
    expect(run.stderr).toMatch(/0 of 2 traces hold a denial already/);
    writeFileSync(
      join(inner, 'b.strace'),
      `${BUILD}7 mount("a", "b", "c", 0, NULL) = -1 EPERM (Operation not permitted)\n`,
    );
    const denied = await cli(['replay', inner, '--against', 'docker@20.10.5', '--only-denied', '--json']);
    expect(replaySchema.parse(JSON.parse(denied.stdout)).traces.map(({ file }) => file)).toEqual([
      join(inner, 'b.strace'),
    ]);
  });

  test('wrong use and unreadable input: status 2, one sentence, nothing on standard output', async () => {
    const missing = await cli(['replay', join(folder, 'nothing'), '--against', 'docker@20.10.5']);
    expect(missing).toMatchObject({ status: 2, stdout: '' });
    expect(missing.stderr.trim().split('\n').length).toBeLessThanOrEqual(2);
    const noTrace = await cli(['replay', file('passwd.txt', 'root:x:0:0\n'), '--against', 'docker@20.10.5']);
    expect(noTrace).toMatchObject({ status: 2, stdout: '' });
    expect(noTrace.stderr).toMatch(/not (?:a trace|the output of strace)/);
    const typo = await cli(['replay', file('z.strace', BUILD), '--against', 'doker@20.10.5']);
    expect(typo.status).toBe(2);
    expect(typo.stderr).toMatch(/docker/);
  });
});
