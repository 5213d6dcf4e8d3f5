import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runSchema } from '../../src/core/documents/run.ts';
import { needs } from '../rig/need.ts';
import { traceBuild, workFolder } from '../rig/program.ts';

// `run --why`: really run again with one layer after another lifted.

const PROGRAM = `
#include <sys/mount.h>
#include <sys/ptrace.h>
int main(int count, char **words) {
  mount("a", "/mnt", "tmpfs", 0, 0);
  return count > 1 && ptrace(PTRACE_TRACEME, 0, 0, 0) != 0;
}
`;

const folder = workFolder();
const cwd = folder.path;
afterAll(() => folder.remove());

const layersOf = (stdout: string) => {
  const { denials, layers } = runSchema.parse(JSON.parse(stdout));
  return {
    found: Object.fromEntries(layers!.searches.map(({ syscall, found }) => [syscall, found])),
    kept: Object.fromEntries(layers!.kept.map(({ layer, why }) => [layer, why])),
    basis: Object.fromEntries(denials.map(({ syscall, basis }) => [syscall, basis])),
  };
};

// A filter that allows both: what refuses them then is something else.
const PROFILE = {
  defaultAction: 'SCMP_ACT_ALLOW',
  syscalls: [{ names: ['iopl'], action: 'SCMP_ACT_ERRNO', errnoRet: 1 }],
};

needs('strace', 'bwrap', 'cc', 'root').describe('run --why', () => {
  beforeAll(() => {
    writeFileSync(join(cwd, 'calls.c'), PROGRAM);
    writeFileSync(join(cwd, 'profile.json'), JSON.stringify(PROFILE));
    const made = spawnSync('cc', ['-static', '-o', 'calls', 'calls.c'], { cwd, encoding: 'utf8' });
    if (made.status !== 0) throw new Error(made.stderr);
  });
  const on = ['--why', '--json', '-q', '--on', 'profile:profile.json'];
  const SYS_ADMIN = { layers: ['capabilities'], grant: ['CAP_SYS_ADMIN'] };

  test('bubblewrap: the capability, and our own tracer', async () => {
    const ran = await traceBuild(['run', ...on, '--', 'sh', '-c', './calls ptrace || exit 1'], { cwd });
    const { found, kept, basis } = layersOf(ran.stdout);
    expect(found).toEqual({ mount: SYS_ADMIN, ptrace: { layers: ['tracer'] } });
    expect(kept).toMatchObject({ 'no-new-privileges': 'no-option', 'masked-paths': 'absent' });
    expect(basis).toMatchObject({ mount: 'seen', ptrace: 'seen' });
  });

  needs('docker', 'bookworm-image').test('Docker agrees about the same program', async () => {
    const image = ['--engine', 'docker', '--image', 'trace-build-ci/bookworm', '-v', `${cwd}:/w`];
    const ran = await traceBuild(['run', ...image, ...on, '--', '/w/calls'], { cwd });
    expect(layersOf(ran.stdout).found).toEqual({ mount: SYS_ADMIN });
  });
});
