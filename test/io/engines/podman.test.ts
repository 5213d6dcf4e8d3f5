import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { containerEngine } from '../../../src/io/engines/container/container.ts';
import { needs } from '../../rig/need.ts';
import { podmanPath } from '../../rig/podman.ts';
import { MAIN } from '../../rig/program.ts';
import { makeTinyImage } from '../../rig/tinyImage.ts';

const IMAGE = 'localhost/trace-build-test/podman';

needs('podman', 'crun', 'runc', 'busybox', 'strace', 'root', 'setpriv').describe('podman', () => {
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

  test('an image without a shell', async () => {
    const name = `${IMAGE}-bare`;
    execFileSync('sh', ['-c', `cp "$(command -v busybox)" . && tar -c busybox | podman import - ${name}`], {
      cwd: folder,
      stdio: 'pipe',
    });
    try {
      const output = join(folder, 'bare.trace');
      const result = await containerEngine('podman').run({
        command: ['/busybox', 'ls', '/'],
        cwd: '',
        env: {},
        network: false,
        stdio: 'capture',
        image: name,
        container: { volumes: [], capAdd: [], capDrop: [], engineArgs: ['--runtime', 'runc'] },
        tracing: { output, strace: 'strace', options: ['-n'] },
      });
      expect(result).toMatchObject({ ok: true, value: { ended: 'exited', exit: { status: 0 } } });
      expect(readFileSync(output, 'utf8')).toMatch(/^1 +\[ +59\] execve\("\/busybox"/);
      expect(result.ok && result.value.stdout).not.toContain('trace-build');
    } finally {
      execFileSync('podman', ['rmi', '-f', name], { stdio: 'ignore' });
    }
  });

  test('works without root; only the filter in force is not to be read', () => {
    const UID = '65533';
    const home = join(folder, 'home');
    mkdirSync(join(home, 'run'), { recursive: true });
    execFileSync('chmod', ['755', folder]);
    writeFileSync(join(home, 'containers.conf'), '[containers]\ndefault_ulimits = []\npids_limit = 0\n');
    execFileSync('chown', ['-R', UID, home]);
    const cgroups = existsSync('/sys/fs/cgroup/cgroup.controllers')
      ? 'true'
      : 'mount -t cgroup2 none /sys/fs/cgroup';
    const options = ['--storage-driver=vfs', '--cgroup-manager=cgroupfs', '--runtime=runc'];
    /** As a user without root, without a session, without subordinate ids. */
    const user = (...command: readonly string[]) =>
      spawnSync(
        'unshare',
        [
          '--mount',
          'sh',
          '-c',
          `${cgroups} && exec setpriv --reuid=${UID} --regid=${UID} --clear-groups "$@"`,
          'sh',
          ...command,
        ],
        {
          cwd: home,
          encoding: 'utf8',
          env: {
            PATH: before,
            HOME: home,
            XDG_RUNTIME_DIR: join(home, 'run'),
            CONTAINERS_CONF: join(home, 'containers.conf'),
            TRACE_BUILD_PODMAN_ARGS: options.join(' '),
          },
        },
      );
    const podman = (...args: readonly string[]) => user('podman', ...options, ...args);
    try {
      execFileSync('podman', ['save', '-q', '-o', join(folder, 'image.tar'), IMAGE]);
      execFileSync('chmod', ['644', join(folder, 'image.tar')]);
      expect(podman('load', '-q', '-i', join(folder, 'image.tar')).status).toBe(0);
      const images = ['--image', IMAGE, '--tracer-image', IMAGE];
      const script = 'cat /none; exit 7';
      const ran = user(
        process.execPath,
        MAIN,
        'run',
        '-q',
        '--propagate',
        '--engine',
        'podman',
        ...images,
        '--no-network',
        '-o',
        'trace',
        '--',
        'sh',
        '-c',
        script,
      );
      expect(ran.status, ran.stderr).toBe(7);
      expect(ran.stdout.replaceAll(/\s+/g, ' ')).toContain(
        'the filter in force could not be read: the tracer is under a filter itself or lacks CAP_SYS_ADMIN',
      );
      expect(JSON.parse(readFileSync(join(home, 'trace.strace.json'), 'utf8'))).toMatchObject({
        complete: true,
        exit: { status: 7 },
      });
      expect(podman('ps', '-aq').stdout).toBe('');
    } finally {
      // Ends the process that keeps the user's namespace.
      podman('system', 'migrate');
      rmSync(`/dev/shm/libpod_rootless_lock_${UID}`, { force: true });
    }
  });
});
