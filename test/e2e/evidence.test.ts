import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runSchema } from '../../src/core/documents/run.ts';
import { needs } from '../rig/need.ts';
import { traceBuild, workFolder } from '../rig/program.ts';

// Real programs that take another way, or none, whatever the tables of callers say.

const PROGRAM = `
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(int argc, char **argv) {
  const char *how = argv[1];
  if (syscall(330, 0, 1) < 0 && argc > 9) return 9;       /* pkey_alloc, as V8 does: any error will do */
  long no = syscall(439, AT_FDCWD, "/etc/passwd", R_OK, 0); /* faccessat2 */
  if (no < 0) {
    if (!strcmp(how, "back")) no = syscall(269, AT_FDCWD, "/etc/passwd", R_OK);
    if (!strcmp(how, "message")) { perror("faccessat2"); return 1; }
    if (!strcmp(how, "silent")) return 4;
    if (!strcmp(how, "hang")) for (;;) pause();
  }
  if (!strcmp(how, "back")) { for (int i = 0; i < 20; i++) getppid(); return 5; }
  return 0;
}
`;

// runc answers ENOSYS to what is newer than this profile: every known caller of faccessat2 takes that well.
const STUB = 'docker@20.10.5,libseccomp=2.4.1';

const folder = workFolder();
afterAll(() => folder.remove());

needs('linux', 'strace', 'bwrap', 'cc').describe('what follows a refused call', () => {
  beforeAll(() => {
    writeFileSync(join(folder.path, 'ask.c'), PROGRAM);
    const made = spawnSync('cc', ['-o', 'ask', 'ask.c'], { cwd: folder.path, encoding: 'utf8' });
    if (made.status !== 0) throw new Error(made.stderr);
  });

  const run = async (...command: string[]) => {
    const done = await traceBuild(
      ['run', '--full', '--on', STUB, '--json', '-q', '-o', 'a.strace', '--', ...command],
      { cwd: folder.path },
    );
    const { denials } = runSchema.parse(JSON.parse(done.stdout));
    const one = (name: string) => denials.find(({ syscall }) => syscall === name);
    return {
      status: done.status,
      first: denials[0]?.syscall,
      access: one('faccessat2')!,
      pkey: one('pkey_alloc'),
    };
  };

  test('an older call: harmless, also where the command fails later', async () => {
    const { status, access, pkey } = await run('./ask', 'back');
    expect(access).toMatchObject({ role: 'harmless', matters: false, after: { fellBack: 1, failed: 0 } });
    expect(access.followed).toMatch(/went on with faccessat on the next line: it fell back/);
    // V8 bears it; that this program does is not known.
    expect(pkey).toMatchObject({ matters: true, consequence: { effect: 'unknown' } });
    expect(status).toBe(1);
  });

  test.each([
    ['message', 'a message and an error exit'],
    ['silent', 'an error exit at once'],
  ])('%s: %s is suspect, against the tables', async (how) => {
    const { status, first, access, pkey } = await run('./ask', how);
    expect(access).toMatchObject({ role: 'suspect', matters: true, errno: 'ENOSYS' });
    expect(first).toBe('faccessat2');
    // Refused too, before: nothing followed it, and who made it is not known.
    expect(pkey).toMatchObject({ consequence: { effect: 'unknown', because: 'caller-not-identified' } });
    expect(status).toBe(1);
  });

  test('a thread that never came back and was killed', async () => {
    const { access } = await run('timeout', '-s', 'KILL', '1', './ask', 'hang');
    expect(access).toMatchObject({ role: 'suspect', matters: true });
    expect(access.followed).toContain('was killed by SIGKILL');
  });

  test('nothing else, and the command succeeds: harmless', async () => {
    const { status, access } = await run('./ask', 'on');
    expect(access).toMatchObject({ role: 'harmless', matters: false });
    expect(status).toBe(0);
  });
});
