import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runSchema } from '../../src/core/documents/run.ts';
import { needs } from '../rig/need.ts';
import { MAIN, program, traceBuild, workFolder } from '../rig/program.ts';

// The kernel's own events say who refused; the model is held against them.

const PROGRAM = `
#define _GNU_SOURCE
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
static void calls(void) {
  unsigned long files[2] = {1ul << 40, 1ul << 40};
  syscall(SYS_prlimit64, 0, 7, files, 0); /* the kernel: above fs.nr_open */
  unshare(0x20000);                    /* the filter, without CAP_SYS_ADMIN */
  mount("a", "/mnt", "tmpfs", 0, 0);   /* the filter */
  syscall(452, -100, "/none", 0644, 0);/* fchmodat2: the stub */
  syscall(999);                        /* no kernel has it */
  syscall(SYS_add_key, 0, 0, 0, 0, 0); /* the filter */
  syscall(SYS_bpf, 0, 0, 0);           /* the filter */
}
int main(void) {
  calls();
  if (fork() == 0) { calls(); _exit(0); }
  wait(0);
  return 0;
}
`;

const folder = workFolder();
const cwd = folder.path;
afterAll(() => folder.remove());

const refusers = (stdout: string) => {
  const { denials, kernel } = runSchema.parse(JSON.parse(stdout));
  return {
    kernel,
    denials,
    by: Object.fromEntries(denials.map(({ syscall, refusedBy }) => [syscall, refusedBy])),
    defects: denials.filter(({ reason }) => reason.kind === 'differs-from-model'),
  };
};

const BY = {
  add_key: 'filter',
  bpf: 'filter',
  prlimit64: 'kernel',
  fchmodat2: 'filter',
  mount: 'filter',
  unshare: 'filter',
};

needs('strace', 'bwrap', 'cc', 'kernel events').describe('run --confirm', () => {
  beforeAll(() => {
    writeFileSync(join(cwd, 'calls.c'), PROGRAM);
    const made = spawnSync('cc', ['-static', '-o', 'calls', 'calls.c'], { cwd, encoding: 'utf8' });
    if (made.status !== 0) throw new Error(made.stderr);
  });

  test('the kernel says of each refusal whose it was, and the model agrees', async () => {
    const ran = await traceBuild(
      ['run', '--confirm', '--on', 'docker@20.10.24', '--json', '-q', '--', './calls'],
      {
        cwd,
      },
    );
    const { by, kernel, denials, defects } = refusers(ran.stdout);
    expect(by).toMatchObject(BY);
    expect(by.syscall_0x3e7).toBe('filter');
    expect(defects).toEqual([]);
    // Twice each: the child is watched as well.
    expect(kernel).toMatchObject({ byFilter: 12, lost: 0 });
    for (const { syscall, basis, refusedBy } of denials)
      if (refusedBy === 'filter') expect([syscall, basis]).toEqual([syscall, 'confirmed']);
  });

  test('without a filter all of them are the kernel’s', async () => {
    const ran = await traceBuild(
      ['run', '--confirm', '--on', 'unconfined', '--json', '-q', '--', './calls'],
      { cwd },
    );
    const { by, kernel } = refusers(ran.stdout);
    expect(kernel).toMatchObject({ byFilter: 0 });
    expect(new Set(Object.values(by))).toEqual(new Set(['kernel']));
  });

  test('--confirm says what was seen, and without it nothing is asked', async () => {
    const args = ['run', '--on', 'docker@20.10.24', '-q'];
    const loud = await traceBuild([...args, '--confirm', '--', './calls'], { cwd });
    expect(loud.stdout.replace(/\s+/g, ' ')).toMatch(
      /Confirmed by the kernel's own events: of \d+ calls a filter refused 12, the kernel itself \d+\./,
    );
    const silent = await traceBuild([...args, '--json', '--', './calls'], { cwd });
    const { kernel, denials } = refusers(silent.stdout);
    expect(kernel).toBeUndefined();
    expect(denials.find(({ syscall }) => syscall === 'mount')).toMatchObject({ basis: 'computed' });
  });

  needs('docker', 'bookworm-image').test('a real container agrees with its model', async () => {
    const ran = await traceBuild(
      [
        'run',
        '--confirm',
        '--engine',
        'docker',
        '--image',
        'trace-build-ci/bookworm',
        '-v',
        `${cwd}:/w`,
        '--json',
        '-q',
        '--',
        '/w/calls',
      ],
      { cwd },
    );
    const { by, defects } = refusers(ran.stdout);
    expect(by).toMatchObject(BY);
    expect(defects).toEqual([]);
  });
});

needs('strace', 'bwrap', 'root', 'setpriv', 'clone for all').test(
  'who may not ask the kernel is told so with --confirm, and nothing is said without',
  async () => {
    const as = ['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath];
    const run = (...args: string[]) =>
      program(
        'setpriv',
        [...as, MAIN, 'run', '-q', '-o', '/tmp/', '--on', 'docker@20.10.24', ...args, '--', 'true'],
        {
          cwd: '/tmp',
        },
      );
    const loud = await run('--confirm');
    expect(loud.stdout.replace(/\s+/g, ' ')).toContain("The kernel's own events were not seen: ");
    expect((await run()).stdout).not.toContain('events were not seen');
  },
);
