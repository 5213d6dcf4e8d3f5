import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inferSchema } from '../../src/core/documents/infer.ts';
import { replaySchema } from '../../src/core/documents/replay.ts';
import { cli } from '../rig/cli.ts';
import { needs } from '../rig/need.ts';

// Real programs under emulated hosts: whose answer was it, and which host can it have been?

const PROGRAM = `
#define _GNU_SOURCE
#include <grp.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(void) {
  if (geteuid() == 0) {
    setgroups(0, 0);
    if (setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534)) return 1;
  }
  chown("/etc/passwd", 1, 1);          /* the kernel: not the owner */
  kill(1, 0);                          /* the kernel: somebody else's process */
  mount("a", "/mnt", "tmpfs", 0, 0);
  syscall(435, 0, 0);                  /* clone3 */
  syscall(452, -100, "/none", 0644, 0x100); /* fchmodat2 */
  syscall(439, -100, "/etc", 0, 0);    /* faccessat2 */
  return 0;
}
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trace-build-causes-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

needs('linux', 'strace', 'bwrap', 'cc').describe(
  'a program that is refused by filter, kernel and stub',
  () => {
    beforeAll(() => {
      writeFileSync(join(folder, 'deny.c'), PROGRAM);
      const made = spawnSync('cc', ['-o', 'deny', 'deny.c'], { cwd: folder, encoding: 'utf8' });
      if (made.status !== 0) throw new Error(made.stderr);
    });

    const run = async (host: string): Promise<Record<string, string>> => {
      const ran = await cli(
        ['run', '--full', '--on', host, '--json', '-q', '-o', 'a.strace.gz', '--', './deny'],
        {
          cwd: folder,
        },
      );
      if (!ran.stdout.startsWith('{')) throw new Error(ran.stderr);
      const { denials } = JSON.parse(ran.stdout) as {
        denials: { syscall: string; errno: string; cause: string }[];
      };
      return Object.fromEntries(denials.map(({ syscall, errno, cause }) => [syscall, `${errno} ${cause}`]));
    };

    test.runIf(process.arch === 'x64')(
      'the cause of each is told, and the genuine ones are not put down to the filter',
      async () => {
        expect(await run('docker@20.10.5')).toMatchObject({
          chown: 'EPERM genuine',
          kill: 'EPERM genuine',
          mount: 'EPERM default',
          clone3: 'EPERM default',
          fchmodat2: 'ENOSYS stub',
        });
        const infer = await cli(['infer', join(folder, 'a.strace.gz'), '--json']);
        const [best] = inferSchema.parse(JSON.parse(infer.stdout)).groups;
        expect(best?.hosts).toContain('docker@20.10.4–20.10.9');
        expect(best?.fit).toBe('possible');

        expect(await run('docker@19.03.15')).toMatchObject({
          fchmodat2: 'EPERM default',
          faccessat2: 'EPERM default',
        });
        expect(await run('podman@4.3.1')).toMatchObject({
          mount: 'EPERM genuine',
          fchmodat2: 'ENOSYS default',
        });
        expect(await run('kernel@4.19')).toMatchObject({
          kill: 'EPERM genuine',
          clone3: 'ENOSYS kernel',
          faccessat2: 'ENOSYS kernel',
        });
      },
    );

    test.runIf(process.arch === 'x64')(
      'what replay predicts from a free run is refused under the host',
      async () => {
        const hosts = [
          'docker@18.03.1',
          'docker@19.03.15',
          'docker@20.10.5',
          'docker@25.0.3',
          'podman@4.3.1',
          'kernel@5.4',
        ];
        await run('unconfined');
        const replayed = await cli(
          ['replay', 'a.strace.gz', ...hosts.flatMap((host) => ['--against', host]), '--json'],
          { cwd: folder },
        );
        const predicted = replaySchema.parse(JSON.parse(replayed.stdout)).hosts;
        for (const [index, host] of hosts.entries()) {
          const refused = Object.entries(await run(host)).filter(([, how]) => !how.endsWith('genuine'));
          const expected = predicted[index]!.blocked.map(
            ({ syscall, errno, cause }) => [syscall, `${errno} ${cause}`] as const,
          );
          expect(Object.fromEntries(expected), host).toEqual(Object.fromEntries(refused));
        }
      },
    );
  },
);
