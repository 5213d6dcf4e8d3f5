import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openCandidates } from '../../src/commands/openHosts.ts';
import { openTraces } from '../../src/commands/openTraces.ts';
import { type Candidate, inferHosts } from '../../src/core/diagnosis/infer/infer.ts';
import { inferSchema } from '../../src/core/documents/infer.ts';
import { compareVersions, version } from '../../src/core/hosts/version.ts';
import { cli } from '../rig/cli.ts';
import { needs } from '../rig/need.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trace-build-infer-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Calls on which hosts differ; each is harmless, and several are refused by the kernel itself. */
const CALLS = `
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(void) {
  struct statx x;
  syscall(332, AT_FDCWD, "/", 0, STATX_BASIC_STATS, &x); /* statx */
  syscall(439, AT_FDCWD, "/", 0, 0);                     /* faccessat2 */
  syscall(436, 900, 901, 0);                             /* close_range */
  syscall(435, 0, 0);                                    /* clone3: EINVAL */
  syscall(452, AT_FDCWD, "/nonexistent", 0644, 0);       /* fchmodat2: ENOENT */
  return 0;
}
`;

/** Whether a label such as \`docker@20.10.0–20.10.9\` speaks of this host. */
function isWithin(host: string, label: string): boolean {
  const [engine, at] = host.split('@');
  const [name, range = ''] = label.split('@');
  if (engine !== name || label.includes(',')) return false;
  const [from, to = from] = range.split('–');
  if (at === undefined || from === undefined || to === undefined || range === '') return host === label;
  return compareVersions(version(from), version(at)) <= 0 && compareVersions(version(at), version(to)) <= 0;
}

function file(name: string, lines: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

describe('infer', () => {
  test('clone3 EPERM with faccessat2 allowed: Docker 20.10 before 20.10.10, with the lines', async () => {
    const trace = file('ci.strace', [
      '7 execve("/usr/bin/make", ["make"], 0x7ffd /* 20 vars */) = 0',
      '7 faccessat2(AT_FDCWD, "bin", X_OK, AT_EACCESS) = 0',
      '7 clone3({flags=CLONE_VM|CLONE_VFORK, exit_signal=SIGCHLD}, 88) = -1 EPERM (Operation not permitted)',
      '7 +++ exited with 1 +++',
    ]);
    const run = await cli(['infer', trace, '--json']);
    expect(run.status).toBe(0);
    const document = inferSchema.parse(JSON.parse(run.stdout));
    expect(document.candidates).toBeGreaterThan(500);
    const [best] = document.groups;
    expect(best?.fit).toBe('possible');
    expect(best?.hosts.some((host) => /^docker@20\.10\.\d+(–20\.10\.9)?$/.test(host))).toBe(true);
    expect(best?.deciding[0]).toMatchObject({ syscall: 'clone3', outcome: 'EPERM', first: { line: 3 } });
    expect(document.probes.length).toBeGreaterThan(0);

    const text = await cli(['infer', trace]);
    expect(text.stdout).toMatch(/ci\.strace:3 clone3 EPERM/);
    expect(text.stdout).toMatch(/Docker 20\.10/);
    expect(Math.max(...text.stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(
      80 + folder.length,
    );
  });

  test('a trace without a refusal does not point anywhere but rules some out', async () => {
    const trace = file('free.strace', [
      '7 statx(AT_FDCWD, "bin", AT_STATX_SYNC_AS_STAT, STATX_ALL, 0x7ffd) = 0',
      '7 landlock_create_ruleset(NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) = 4',
    ]);
    const document = inferSchema.parse(JSON.parse((await cli(['infer', trace, '--json'])).stdout));
    expect(document.kernel.atLeast).toBe('5.13');
    const possible = document.groups.filter(({ fit }) => fit === 'possible').flatMap(({ hosts }) => hosts);
    expect(possible).toContain('unconfined');
    expect(possible.some((host) => host.startsWith('docker@20.10.5'))).toBe(false);
  });

  needs('linux', 'cc', 'bwrap', 'strace').describe('a trace recorded here as that host', () => {
    let program: string;
    let candidates: readonly Candidate[];
    beforeAll(async () => {
      const source = join(folder, 'calls.c');
      writeFileSync(source, CALLS);
      program = join(folder, 'calls');
      expect(spawnSync('cc', ['-o', program, source]).status).toBe(0);
      const opened = await openCandidates(['x86_64']);
      if (!opened.ok) throw new Error(opened.failure.what);
      candidates = opened.value;
    });

    // What stands behind the host: other hosts that these calls tell apart from it.
    test.each([
      ['docker@18.03.1', 'docker@18.04.0', undefined],
      ['docker@19.03.8', 'docker@20.10.4', undefined],
      ['docker@20.10.5', 'docker@20.10.10', undefined],
      ['docker@20.10.24', 'docker@25.0.3', undefined],
      ['docker@24.0.9', 'docker@20.10.9', undefined],
      ['podman@3.0.2', 'podman@4.3.1', undefined],
      ['spec-proposal', 'docker@24.0.9', undefined],
      // A host without a filter is named as such; the kernel is told apart from it.
      ['kernel@5.4', 'docker@24.0.9', { names: 'unconfined', below: '5.8' }],
      ['unconfined', 'docker@29.7.2', undefined],
    ])('%s comes out first, before %s', async (host, other, kernel) => {
      const file = join(folder, `${host}.strace`);
      const options = ['--on', `${host},arch=x86_64`, '--engine', 'bubblewrap', '-q', '-o', file];
      const ran = await cli(['run', ...options, '--', program]);
      expect([0, 1], ran.stderr).toContain(ran.status);
      const opened = await openTraces([file]);
      if (!opened.ok) throw new Error(opened.failure.what);
      const { groups } = inferHosts(opened.value.traces, candidates);
      const place = (wanted: string) =>
        groups.findIndex(({ hosts }) => hosts.some((label) => isWithin(wanted, label)));
      expect(groups[0]?.fit).toBe('possible');
      expect(groups[0]?.kernelBelow).toBe(kernel?.below);
      expect(groups[0]?.size).toBeLessThan(candidates.length / 4);
      expect(place(kernel?.names ?? host), groups[0]?.hosts.join(' ')).toBe(0);
      expect(place(other)).not.toBe(0);
    });
  });

  test('only among the hosts named; no one fits: status 3', async () => {
    const trace = file('odd.strace', [
      '7 getpid() = -1 ENOSYS (Function not implemented)',
      '7 getppid() = -1 ENOSYS (x)',
    ]);
    const run = await cli(['infer', trace, '--among', 'docker@20.10.5', '--among', 'unconfined', '--json']);
    expect(inferSchema.parse(JSON.parse(run.stdout)).candidates).toBe(2);
    expect(run.status).toBe(3);
  });
});

// A job on Ubuntu 22.04, where Podman 3.4.4 comes with crun 0.17: no release of Podman alone was like that.
test('names the stacks that distributions ship', async () => {
  const path = join(folder, 'ubuntu.strace');
  writeFileSync(
    path,
    [
      '9 execve("/usr/bin/tar", ["tar", "x"], 0x7ffe /* 9 vars */) = 0',
      '9 fchmodat2(AT_FDCWD, "a", 0755, AT_SYMLINK_NOFOLLOW) = -1 EPERM (Operation not permitted)',
      '9 exit_group(2) = ?',
      '9 +++ exited with 2 +++',
      '',
    ].join('\n'),
  );
  const { groups } = inferSchema.parse(JSON.parse((await cli(['infer', path, '--json'])).stdout));
  expect(groups[0]).toMatchObject({ fit: 'possible', explained: 1 });
  expect(groups[0]!.hosts).toContain('podman@3.4.4,crun=0.17,libseccomp=2.5.3 (Ubuntu 22.04)');
  // Debian 12's crun and libseccomp answer otherwise.
  expect(groups[0]!.hosts.join()).not.toContain('Debian 12');
});
