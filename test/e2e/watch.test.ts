import { execFileSync, spawn } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { watchSchema } from '../../src/core/documents/watch.ts';
import { needs } from '../rig/need.ts';
import { traceBuild } from '../rig/program.ts';

const cwd = '/tmp';
const json = (stdout: string) => watchSchema.parse(JSON.parse(stdout));

needs('kernel events').test(
  'watch ends with the process, and knows what the kernel itself refused',
  async () => {
    const script = 'read go; exec setpriv --bounding-set=-all --inh-caps=-all mount -t tmpfs a /mnt';
    const child = spawn('sh', ['-c', script]);
    const { status, stdout } = await traceBuild(['watch', '--pid', String(child.pid), '--json'], {
      cwd,
      heard: () => child.stdin.end('go\n'),
    });
    const { ended, kernel, denials } = json(stdout);
    expect(status).toBe(0);
    expect(ended).toBe('exited');
    expect(kernel).toMatchObject({ byFilter: 0, lost: 0 });
    expect(kernel.calls).toBeGreaterThan(20);
    for (const { refusedBy, cause } of denials) expect([refusedBy, cause]).toEqual(['kernel', 'genuine']);
  },
);

needs('kernel events', 'docker', 'bookworm-image').describe('watch a container that runs', () => {
  const name = `trace-build-watch-${process.pid}`;
  beforeAll(() => {
    const loop = 'while :; do unshare -m true; sleep 0.1; done';
    execFileSync('docker', [
      'run',
      '-d',
      '--rm',
      '--name',
      name,
      'trace-build-ci/bookworm',
      'sh',
      '-c',
      loop,
    ]);
  });
  afterAll(() => {
    execFileSync('docker', ['rm', '-f', name]);
  });

  test('its engine’s model explains what the filter refused', async () => {
    const { status, stdout } = await traceBuild(
      ['watch', '--container', name, '--time', '1', '--json', '-q'],
      { cwd },
    );
    const { ended, host, denials } = json(stdout);
    expect(status).toBe(1);
    expect(ended).toBe('timeout');
    expect(host?.engine).toBe('docker');
    expect(denials.find(({ syscall }) => syscall === 'unshare')).toMatchObject({
      errno: 'EPERM',
      refusedBy: 'filter',
      basis: 'confirmed',
      reason: { kind: 'default-action' },
      first: { command: 'unshare' },
    });
  });

  test('by its process alone it is some filter', async () => {
    const pid = execFileSync('docker', ['inspect', '-f', '{{.State.Pid}}', name], {
      encoding: 'utf8',
    }).trim();
    const { stdout } = await traceBuild(['watch', '--pid', pid, '--time', '1', '-q'], { cwd });
    expect(stdout).toMatch(/^Of [\d,]+ calls a filter refused \d+, the kernel itself 0 \(\d+ s\)\.\n/);
    expect(stdout).toMatch(/│ unshare │ EPERM +│ +\d+ │ filter +│ unshare │/);
    expect(stdout.replace(/\s+/g, ' ')).toContain('the call never reached it');
  });
});

test.each([
  [['--pid', '1', '--container', 'a'], 'name what to watch'],
  [['--pid', '4194999'], 'there is no process 4194999'],
  [['--pid', 'x'], 'a process has a number'],
])('watch %j is a usage error', async (args, what) => {
  const { status, stderr } = await traceBuild(['watch', ...args], { cwd });
  expect(status).toBe(2);
  expect(stderr).toContain(what);
});
