import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { HostModel } from '../../src/core/hosts/host.ts';
import { resolveHost } from '../../src/core/hosts/resolve/resolve.ts';
import type { Choice } from '../../src/core/minimize/problem.ts';
import { wholeProfile } from '../../src/core/minimize/profileDocument.ts';
import { compile } from '../../src/core/seccomp/filter/compile.ts';
import { encodeProgram } from '../../src/core/seccomp/filter/encode.ts';
import { needs } from '../rig/need.ts';
import { podmanPath } from '../rig/podman.ts';

const IMAGE = 'localhost/trace-build-test/errnos';
const SILENT: Choice = { kind: 'enosys', cost: 1 };

/** The whole profile for a host, with ENOSYS for one call. */
async function written(expression: string, name: string) {
  const found = await resolveHost(`${expression},arch=x86_64`, {
    running: { kernel: '6.1', arch: 'x86_64' },
    loadProfile: async () => ({ ok: false, failure: { kind: 'input', what: 'none' } }),
  });
  if (!found.ok) throw new Error(found.failure.what);
  const whole = wholeProfile(found.value, new Map([[name, SILENT]]));
  if (!whole.ok) throw new Error(whole.failure.what);
  return whole.value;
}

// What docker and podman make of the files, and the kernel of SCMP_ACT_TRACE.
needs('linux', 'root', 'docker', 'podman', 'crun', 'gcc').describe('a written profile', () => {
  let folder: string;
  const before = process.env.PATH;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'trace-build-test-'));
    process.env.PATH = podmanPath(join(folder, 'bin'));
    const source = join(folder, 'errnos.c');
    writeFileSync(
      source,
      `#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int main(int n, char **args) {
  for (int i = 1; i < n; i++) printf("%d ", syscall(atoi(args[i]), 0, 0, 0, 0, 0) < 0 ? errno : 0);
}
`,
    );
    execFileSync('gcc', ['-static', '-o', join(folder, 'errnos'), source]);
    for (const engine of ['docker', 'podman'])
      execFileSync('sh', ['-c', `tar -c errnos | ${engine} import - ${IMAGE}`], {
        cwd: folder,
        stdio: 'pipe',
      });
  });
  afterAll(() => {
    for (const engine of ['docker', 'podman'])
      execFileSync(engine, ['rmi', '-f', IMAGE], { stdio: 'ignore' });
    process.env.PATH = before;
    rmSync(folder, { recursive: true, force: true });
  });

  it.each([
    // [the host, the call with ENOSYS, the form, errnos of clone3, cachestat, mount by docker, the same by podman]
    ['docker@20.10.5', 'clone3', 'trace', '38 38 1', '38 38 1'],
    ['docker@20.10.2,libseccomp=2.3.3', 'clone3', 'trace-default', '38 1 1', '38 1 1'],
    // No rule for cachestat: runc's stub alone makes it ENOSYS, and crun has none.
    ['docker@20.10.5', 'cachestat', 'rule', '1 38 1', '1 1 1'],
  ])('for %s with ENOSYS for %s, by %s', async (expression, name, form, byDocker, byPodman) => {
    const whole = await written(expression, name);
    expect(whole.form).toBe(form);
    const file = join(folder, 'profile.json');
    writeFileSync(file, JSON.stringify(whole.profile));
    const says = (engine: string, ...more: readonly string[]) => {
      const options = ['--rm', '--network=none', '--security-opt', `seccomp=${file}`, ...more];
      const done = spawnSync(engine, ['run', ...options, IMAGE, '/errnos', '435', '451', '165'], {
        encoding: 'utf8',
      });
      return done.stdout.trim() || done.stderr;
    };
    expect(says('docker')).toBe(byDocker);
    expect(says('podman', '--cgroups=disabled')).toBe(byPodman);
  });
});

needs('linux', 'bwrap', 'strace', 'perl').describe('SCMP_ACT_TRACE', () => {
  it('is ENOSYS without a tracer and under one that asks for no such stops, and is lifted by one that does', async () => {
    const { loaded } = await written('docker@20.10.5', 'clone3');
    const program = compile((loaded as HostModel).policy!);
    if (!program.ok) throw new Error(program.failure.what);
    const folder = mkdtempSync(join(tmpdir(), 'trace-build-test-'));
    try {
      const file = join(folder, 'filter.bpf');
      writeFileSync(file, encodeProgram(program.value));
      const errno = (...tracer: readonly string[]) => {
        const filter = openSync(file, 'r');
        const script = 'syscall(435, 0, 0); print $! + 0';
        const bwrap = ['--dev-bind', '/', '/', '--seccomp', '3', '--', ...tracer, 'perl', '-e', script];
        const done = spawnSync('bwrap', bwrap, {
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'pipe', filter],
        });
        closeSync(filter);
        return done.stdout;
      };
      expect(errno()).toBe('38');
      expect(errno('strace', '-f', '-o', '/dev/null')).toBe('38');
      // The kernel reads the arguments then: EINVAL.
      expect(errno('strace', '-f', '--seccomp-bpf', '-e', 'trace=clone3', '-o', '/dev/null')).toBe('22');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
