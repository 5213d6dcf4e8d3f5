import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type MinimizeDocument, minimizeSchema } from '../../src/core/documents/minimize.ts';
import { needs } from '../rig/need.ts';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const FIXTURES = fileURLToPath(new URL('../../fixtures/minimize/', import.meta.url));

let folder: string;
let path = process.env.PATH;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trace-build-test-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function minimize(image: string, ...args: readonly string[]): MinimizeDocument {
  const container = ['--engine', 'docker', '--image', image, '--no-network'];
  const done = spawnSync(
    process.execPath,
    [MAIN, 'minimize', '--json', '--confirm', '2', ...container, ...args],
    {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, PATH: path, XDG_CACHE_HOME: join(folder, 'xdg') },
    },
  );
  expect(done.stdout, done.stderr).not.toBe('');
  return minimizeSchema.parse(JSON.parse(done.stdout));
}

needs('linux', 'docker', 'postgres-image').describe('PostgreSQL in Docker', () => {
  const IMAGE = 'trace-build-ci/postgres';
  const QUERY = `timeout 5 psql -h 127.0.0.1 -d postgres -Atc 'select 6*7' | grep -x 42`;
  const SERVER = ['/usr/lib/postgresql/15/bin/postgres', '-D', '/var/lib/postgresql/data'];

  it('gets an allowlist under which it answers a query, each entry of which is needed', () => {
    const server = ['--user', 'postgres', '--ready', 'ready to accept connections', '--test', QUERY];
    const search = ['--allowlist', '--jobs', '2', '-o', 'profile.json'];
    const found = minimize(IMAGE, ...search, ...server, '--', ...SERVER);
    expect(found).toMatchObject({ outcome: 'fixed', guarantee: '1-minimal' });
    const names = found.fix.allow.map((entry) => (typeof entry === 'string' ? entry : entry.name));
    expect(names).toEqual(expect.arrayContaining(['accept', 'bind', 'listen', 'sendto', 'socket']));
    const [whole, ...rest] = found.proof;
    const removals = rest.filter(({ change }) => change !== 'the whole result, again');
    expect(whole).toMatchObject({ change: 'the whole result', outcome: 'pass' });
    // One for each entry; what is let through with some arguments has several rules.
    expect(removals.length).toBeGreaterThanOrEqual(new Set(names).size);
    expect(removals.filter(({ outcome }) => outcome !== 'fail')).toEqual([]);

    expect(found.patch).toBeNull();
    expect(found.notes.join()).toContain('Security Profiles Operator loses the default errno 38');

    // The profile as it was written, with no help of ours.
    const name = `trace-build-test-postgres-${process.pid}`;
    const under = ['--network=none', '--user=postgres', `--security-opt=seccomp=${folder}/profile.json`];
    execFileSync('docker', ['run', '--detach', '--rm', `--name=${name}`, ...under, IMAGE, ...SERVER]);
    try {
      const beside = [`--network=container:${name}`, '--security-opt=seccomp=unconfined'];
      const asked = `until timeout 2 psql -h 127.0.0.1 -U postgres -Atc 'select 6*7'; do sleep 0.2; done`;
      const ask = ['docker', 'run', '--rm', ...beside, IMAGE, 'timeout', '30', 'sh', '-c', asked];
      expect(execFileSync(ask[0]!, ask.slice(1), { encoding: 'utf8', stdio: 'pipe' }).trim()).toBe('42');
    } finally {
      spawnSync('docker', ['rm', '--force', name]);
    }
    // Some 70 runs, each a server with a query: a minute where nothing else goes on.
  }, 480_000);
});

needs('linux', 'docker', 'gcc').describe('a server in an image without a shell', () => {
  const IMAGE = `trace-build-test-server-${process.pid}`;

  beforeAll(() => {
    mkdirSync(join(folder, 'root'));
    const build = ['-O1', '-static', '-o', join(folder, 'root/server'), join(FIXTURES, 'server.c')];
    execFileSync('gcc', build);
    execFileSync('sh', ['-c', `tar -C '${folder}/root' -c . | docker import - ${IMAGE}`], { stdio: 'pipe' });
  });

  afterAll(() => void spawnSync('docker', ['rmi', '-f', IMAGE]));

  const on = ['--on', `profile:${join(FIXTURES, 'base.json')}`];

  it('is ready when it listens on a port of its own network; no strace is needed here', () => {
    path = join(folder, 'bin');
    mkdirSync(path);
    for (const program of ['docker', 'mkfifo']) {
      const found = execFileSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' });
      symlinkSync(found.trim(), join(path, program));
    }
    const found = minimize(IMAGE, ...on, '--ready', '5432', '--', '/server', '5432');
    path = process.env.PATH;
    expect(found).toMatchObject({
      fix: { allow: ['eventfd2'], enosys: [] },
      guarantee: 'smallest',
      asWritten: { outcome: 'pass' },
    });
  });

  it('is not ready when it listens on another one', () => {
    const args = [
      '--engine',
      'docker',
      '--image',
      IMAGE,
      '--no-network',
      ...on,
      '--timeout',
      '2',
      '--retries',
      '0',
    ];
    const done = spawnSync(
      process.execPath,
      [MAIN, 'minimize', ...args, '--ready', '5433', '--', '/server', '5432'],
      { cwd: folder, encoding: 'utf8' },
    );
    expect(done.stderr).toContain('it was not ready within the time limit');
    expect(done.status).toBe(3);
  });
});
