import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { needs } from '../rig/need.ts';
import { MAIN, program, traceBuild, workFolder } from '../rig/program.ts';

const folder = workFolder();
afterAll(() => folder.remove());
const cwd = folder.path;

const refuse = (names: readonly string[], errnoRet = 1) => ({ names, action: 'SCMP_ACT_ERRNO', errnoRet });
const NEW_NAMESPACE = 0x00020000;
const FILTERS = {
  ptrace: [refuse(['ptrace'])],
  namespaces: [
    refuse(['unshare', 'setns', 'mount']),
    refuse(['clone3'], 38),
    {
      ...refuse(['clone']),
      args: [{ index: 0, value: NEW_NAMESPACE, valueTwo: NEW_NAMESPACE, op: 'SCMP_CMP_MASKED_EQ' }],
    },
  ],
};

/** trace-build in a place whose filter refuses what `FILTERS` says, as a container's does. */
const under = (filter: keyof typeof FILTERS, ...args: readonly string[]) =>
  program(
    'sh',
    [
      '-c',
      'exec bwrap --dev-bind / / --seccomp 3 -- "$@" 3<"$0"',
      join(cwd, filter),
      process.execPath,
      MAIN,
      ...args,
    ],
    { cwd },
  );

needs('linux', 'root', 'bwrap', 'strace').describe('run where something is refused to us', () => {
  beforeAll(async () => {
    for (const [name, syscalls] of Object.entries(FILTERS)) {
      const profile = join(cwd, `${name}.json`);
      writeFileSync(profile, JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', syscalls }));
      const compiled = await traceBuild(
        ['profile', 'compile', '--on', `profile:${profile}`, '--arch', 'x86_64', '-o', join(cwd, name)],
        { cwd },
      );
      expect(compiled.status, compiled.stderr).toBe(0);
    }
  });

  test.each(['auto', 'host'])('ptrace: one sentence and what is left (--engine %s)', async (engine) => {
    const ran = await under('ptrace', 'run', '-q', '--engine', engine, '-o', 'none', '--', 'true');
    expect(ran.status).toBe(3);
    expect(ran.stderr).toMatch(
      /^trace-build: nothing can be traced here: ptrace\(PTRACE_TRACEME, \.\.\.\): Operation not permitted\n {2}.*--engine docker.*replay/m,
    );
    expect(ran.stderr.match(/^strace: ptrace\(/gm)).toHaveLength(1);
    expect(ran.stdout).toBe('');
  });

  test('ptrace, taken by another tracer', async () => {
    const command = [process.execPath, MAIN, 'run', '-q', '-o', 'none', '--', 'true'];
    const ran = await program('strace', ['-f', '-o', '/dev/null', ...command], { cwd });
    expect(ran).toMatchObject({ status: 3, stderr: expect.stringContaining('nothing can be traced here') });
  });

  test('namespaces: strace alone, and what the place itself refuses is seen all the same', async () => {
    const command = ['unshare', '-m', 'true'];
    const ran = await under('namespaces', 'run', '--on', 'docker@20.10.5', '-o', 'host', '--', ...command);
    expect(ran.stderr).toMatch(/engine host: only strace works here; .*\(bubblewrap: bwrap: /);
    expect(ran.stdout).toMatch(/Would be refused on docker@20\.10\.5: unshare|unshare +│ EPERM/);
    const root = await under('namespaces', 'run', '-q', '--rootfs', '/', '--', 'true');
    expect(root).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('no engine works here (bubblewrap:'),
    });
  });
});
