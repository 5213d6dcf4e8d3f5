import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { containerEngine } from '../../../src/shell/engines/container.ts';
import { needs } from '../../rig/need.ts';
import { podmanPath } from '../../rig/podman.ts';
import { makeTinyImage } from '../../rig/tinyImage.ts';

const IMAGE = 'localhost/trace-build-test/podman';

needs('podman', 'crun', 'runc', 'busybox', 'strace').describe('podman', () => {
  let folder: string;
  const before = process.env.PATH;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'trace-build-test-'));
    process.env.PATH = podmanPath(join(folder, 'bin'));
    // The tracer image is built from the traced one, as no registry is asked.
    makeTinyImage('podman', IMAGE, folder);
    process.env.TRACE_BUILD_TRACER_BASE = IMAGE;
  });
  afterAll(() => {
    execFileSync(
      'sh',
      ['-c', 'podman rmi -f $(podman images -q --filter reference=trace-build-tracer) || true'],
      {
        stdio: 'ignore',
      },
    );
    execFileSync('podman', ['rmi', '-f', IMAGE], { stdio: 'ignore' });
    delete process.env.TRACE_BUILD_TRACER_BASE;
    process.env.PATH = before;
    rmSync(folder, { recursive: true, force: true });
  });

  test.each([
    // The first one builds the tracer image.
    ['runc', []],
    // crun wants a limit on locked memory lifted to watch devices by cgroup, which not every machine allows.
    ['crun', ['--cgroups=disabled']],
  ])('traces with %s', async (runtime, createArgs) => {
    const engine = containerEngine('podman');
    const output = join(folder, `${runtime}.trace`);
    const result = await engine.run({
      command: ['sh', '-c', 'echo hello; exit 7'],
      cwd: '',
      env: {},
      network: false,
      stdio: 'capture',
      image: IMAGE,
      container: { volumes: [], capAdd: [], capDrop: [], engineArgs: ['--runtime', runtime], createArgs },
      tracing: { output, strace: 'strace', options: ['-n'] },
    });
    if (!result.ok) throw new Error(`${result.failure.what} ${result.failure.hint ?? ''}`);
    expect(result.value).toMatchObject({ ended: 'exited', exit: { status: 7 }, stdout: 'hello\n' });
    expect(result.value.filters?.length).toBe(1);
    const lines = readFileSync(output, 'utf8').split('\n');
    expect(lines[0]).toContain('execve(');
    expect(lines.at(-2)).toBe('1 +++ exited with 7 +++');
    const listed = execFileSync('podman', ['ps', '-aq', '--filter', 'label=trace-build.owner'], {
      encoding: 'utf8',
    });
    expect(listed).toBe('');
  });
});
