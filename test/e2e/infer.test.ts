import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inferSchema } from '../../src/faces/schemas/infer.ts';
import { cli } from '../rig/cli.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trace-build-infer-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

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
