import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type MinimizeDocument, minimizeSchema } from '../../src/core/documents/minimize.ts';
import { needs } from '../rig/need.ts';
import { signalProcess } from '../rig/program.ts';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const FIXTURES = fileURLToPath(new URL('../../fixtures/minimize/', import.meta.url));
const START = fileURLToPath(new URL('../../.ci/start-dockerd', import.meta.url));
const IMAGE = `trace-build-test-minimize-${process.pid}`;
const PROFILE = ['--on', `profile:${join(FIXTURES, 'base.json')}`];

let folder: string;

/** An image with the fixtures and nothing else: no shell, no libc. */
function makeImage(daemon: readonly string[]): void {
  const root = join(folder, 'root');
  execFileSync('sh', ['-c', `tar -C '${root}' -c . | docker ${daemon.join(' ')} import - ${IMAGE}`], {
    stdio: 'pipe',
  });
}

const COMMON = ['minimize', '--json', '--confirm', '2', '--engine', 'docker'];

/** With the image of the fixtures where no other one is named. */
const wordsOf = (args: readonly string[]): string[] => [
  MAIN,
  ...COMMON,
  ...(args.includes('--image') ? [] : ['--image', IMAGE]),
  ...args,
];

const environment = () => ({ ...process.env, XDG_CACHE_HOME: join(folder, 'xdg') });

function minimize(...args: readonly string[]): MinimizeDocument {
  const done = spawnSync(process.execPath, wordsOf(args), {
    cwd: folder,
    encoding: 'utf8',
    env: environment(),
  });
  expect(done.stdout, done.stderr).not.toBe('');
  return minimizeSchema.parse(JSON.parse(done.stdout));
}

/** Starts a search and calls `act` once its proof has begun. */
async function untilProof(args: readonly string[], act: () => void): Promise<MinimizeDocument> {
  const child = spawn(process.execPath, wordsOf(args), { cwd: folder, env: environment() });
  let [stdout, stderr, acted] = ['', '', false];
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
    if (acted || !stderr.includes('trace-build: prove:')) return;
    acted = true;
    act();
  });
  await new Promise((settle) => child.once('close', settle));
  expect(stdout, stderr).not.toBe('');
  return minimizeSchema.parse(JSON.parse(stdout));
}

needs('linux', 'root', 'docker', 'bookworm-image', 'sid-image', 'strace', 'gcc').describe(
  'minimize in Docker',
  () => {
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'trace-build-test-'));
      mkdirSync(join(folder, 'root/work'), { recursive: true });
      for (const name of ['alternatives', 'warm', 'needs']) {
        const out = join(folder, 'root', name);
        execFileSync('gcc', ['-O1', '-static', '-o', out, join(FIXTURES, `${name}.c`)]);
      }
      makeImage([]);
    });

    afterAll(() => {
      spawnSync('docker', ['rmi', '-f', IMAGE]);
      rmSync(folder, { recursive: true, force: true });
    });

    it('proves the change with the real runtime, and the profile does what was proven', () => {
      const found = minimize(...PROFILE, '--no-network', '-o', 'profile.json', '--', '/alternatives');
      expect(found).toMatchObject({ fix: { allow: [], enosys: ['openat2'] }, guarantee: 'smallest' });
      const under = (profile: string) =>
        spawnSync('docker', [
          'run',
          '--rm',
          '--network=none',
          `--security-opt=seccomp=${profile}`,
          IMAGE,
          '/alternatives',
        ]).status;
      expect(under(join(folder, 'profile.json'))).toBe(0);
      expect(under(join(FIXTURES, 'base.json'))).toBe(2);
    });

    it('finds that tar only needs ENOSYS for fchmodat2 on BuildKit 0.12.3 on loong64', () => {
      const work = join(folder, 'tar');
      mkdirSync(join(work, 'bin'), { recursive: true });
      writeFileSync(join(work, 'bin/build'), 'a program\n', { mode: 0o755 });
      execFileSync('tar', ['-C', work, '-cf', join(work, 'a.tar'), 'bin']);
      rmSync(join(work, 'bin'), { recursive: true });
      const host = ['--on', 'buildkit@0.12.3,arch=loong64', '--image', 'debian:sid', '--no-network'];
      const found = minimize(...host, '-v', `${work}:/work`, '-w', '/work', '--', 'tar', 'xf', 'a.tar');
      expect(found).toMatchObject({ fix: { allow: [], enosys: ['fchmodat2'] }, guarantee: 'smallest' });
    });

    it('gives each run fresh copies of the folders that are mounted', () => {
      const work = join(folder, 'mounted');
      mkdirSync(join(work, 'cache'), { recursive: true });
      const found = minimize(...PROFILE, '--no-network', '-v', `${work}:/work`, '-w', '/work', '--', '/warm');
      expect(found.fix.allow).toEqual(['sysinfo']);
      expect(existsSync(join(work, 'cache/done'))).toBe(false);
      // A warm cache hides the call that fails.
      writeFileSync(join(work, 'cache/done'), 'kept');
      const mounted = ['-v', `${work}:/work`, '-w', '/work', '--clear', 'mounted/cache'];
      const cold = minimize(...PROFILE, '--no-network', ...mounted, '--aim', '1-minimal', '--', '/warm');
      expect(cold.fix.allow).toEqual(['sysinfo']);
      expect(readFileSync(join(work, 'cache/done'), 'utf8')).toBe('kept');
    });

    it('does not take a container that ran out of memory for a need', () => {
      const trouble = 'head -c 200000000 /dev/zero | tail > /dev/null';
      const image = [
        '--image',
        'debian:bookworm-slim',
        '-v',
        `${join(folder, 'root')}:/fixtures:ro`,
        '--no-network',
      ];
      const command = ['sh', '-c', `/fixtures/alternatives || { ${trouble}; }`];
      const done = spawnSync(process.execPath, wordsOf([...PROFILE, ...image, '--', ...command]), {
        cwd: folder,
        encoding: 'utf8',
        env: { ...environment(), TRACE_BUILD_DOCKER_CREATE_ARGS: '--memory=16m' },
      });
      expect(done.stderr).toMatch(/gave no answer: .*memory/);
      expect({ status: done.status, stdout: done.stdout }).toEqual({ status: 3, stdout: '' });
    });

    it('makes an allowlist that runs under the real runtime, each entry needed', () => {
      const found = minimize('--allowlist', '--no-network', '-o', 'allow.json', '--', '/needs');
      expect(found).toMatchObject({ outcome: 'fixed', guarantee: '1-minimal' });
      expect(found.statusAlone).toBe(true);
      expect(found.fix.allow).toEqual(
        expect.arrayContaining(['eventfd2', 'getsid', 'sysinfo', 'timerfd_create']),
      );
      expect(found.proof.slice(2).every(({ outcome }) => outcome === 'fail')).toBe(true);
      const names = found.fix.allow.map((entry) => (typeof entry === 'string' ? entry : entry.name));
      expect(found.proof.length - 2).toBeGreaterThanOrEqual(new Set(names).size);
      expect(found.runtime).toMatchObject({ exact: true });
      const profile = JSON.parse(readFileSync(join(folder, 'allow.json'), 'utf8'));
      const status = () =>
        spawnSync('docker', [
          'run',
          '--rm',
          '--network=none',
          `--security-opt=seccomp=${join(folder, 'allow.json')}`,
          IMAGE,
          '/needs',
        ]).status;
      expect(status()).toBe(0);
      for (const group of profile.syscalls)
        group.names = group.names.filter((name: string) => name !== 'getsid');
      profile.syscalls.push({ names: ['getsid'], action: 'SCMP_ACT_ERRNO', errnoRet: 1 });
      writeFileSync(join(folder, 'allow.json'), JSON.stringify(profile));
      expect(status()).toBe(2);
    });

    it('spreads the executions over three daemons; one that dies or hangs decides nothing', async () => {
      const more = ['second', 'third'].map((name) => join(folder, name));
      const pidOf = (place: string) => Number(readFileSync(join(place, 'docker.pid'), 'utf8'));
      try {
        const addresses = more.map((place) => `unix://${place}/docker.sock`);
        for (const [at, place] of more.entries()) {
          execFileSync('bash', [START, place], { stdio: 'pipe' });
          makeImage(['-H', addresses[at]!]);
        }
        let started = '';
        const found = await untilProof(
          [
            ...PROFILE,
            ...['--no-network', '--no-trace', '--aim', '1-minimal'],
            ...['--context', ['unix:///var/run/docker.sock', ...addresses].join(','), '--', '/needs'],
          ],
          () => {
            const events = ['events', '--since', '10m', '--until', '0s', '--filter', 'event=start'];
            started = execFileSync('docker', ['-H', addresses[0]!, ...events], { encoding: 'utf8' });
            // In the middle of the proof: what it took along is no need.
            signalProcess(pidOf(more[0]!));
            signalProcess(pidOf(more[1]!), 'SIGSTOP');
          },
        );
        expect(started).not.toBe('');
        expect(found.fix).toEqual({
          allow: ['eventfd2', 'getsid', 'sysinfo', 'timerfd_create'],
          enosys: ['fchmodat2'],
        });
        expect(found.guarantee).toBe('1-minimal');
        expect(found.proof.filter(({ outcome }) => outcome === 'unresolved')).toEqual([]);
      } finally {
        for (const place of more.filter((one) => existsSync(join(one, 'docker.pid')))) {
          signalProcess(pidOf(place));
          signalProcess(pidOf(place), 'SIGCONT');
          // It takes a moment to let go of its folder.
          for (let i = 0; i < 50 && existsSync(join(place, 'docker.pid')); i++) spawnSync('sleep', ['0.2']);
        }
      }
    });
  },
);
