import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { DoctorResult } from '../../src/core/documents/doctor.ts';
import { doctorResult } from '../../src/core/documents/doctor.ts';
import { needs } from '../rig/need.ts';
import { spawnSandbox } from '../rig/sandbox.ts';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const DOCTOR = [process.execPath, MAIN, 'doctor', '--json'];

/** Runs the doctor behind `before`, a program that takes something away and then runs the rest of its arguments. */
function doctor(
  before: readonly string[],
  env: Record<string, string> = {},
  command: readonly string[] = DOCTOR,
): { status: number | null; result: DoctorResult } {
  const done = spawnSandbox([...before, ...command], { env: { ...process.env, ...env } });
  if (!done.stdout.startsWith('{')) throw new Error(`no document: ${done.stderr}`);
  expect(done.stderr).toBe('');
  return { status: done.status, result: doctorResult.parse(JSON.parse(done.stdout)) };
}

/** Where root binds Node and this clone for users who may be shut out of both, as from a home with mode 0700. */
const FOR_ALL = '/mnt/trace-build';
const BOUND = [
  [process.execPath, 'node'],
  ...['dist', 'node_modules', 'package.json'].map((name) => [join(REPOSITORY, name), name]),
].map(([from = '', name = '']) => ({ from, to: join(FOR_ALL, name) }));
const DOCTOR_FOR_ALL = [join(FOR_ALL, 'node'), join(FOR_ALL, 'dist/cli/main.js'), 'doctor', '--json'];

const check = ({ result }: { result: DoctorResult }, name: string) =>
  result.checks.find((one) => one.name === name)!;
const answer = ({ result }: { result: DoctorResult }, syscall: string) =>
  result.calls.find((one) => one.syscall === syscall)!;

needs('linux', 'root', 'strace', 'bwrap', 'unshare', 'setpriv').describe(
  'the doctor where things are really taken away',
  () => {
    test('here', () => {
      const seen = doctor([]);
      expect(seen.status).toBe(0);
      expect(seen.result.engine?.name).toBe('bubblewrap');
      expect(check(seen, 'strace').state).toBe('works');
      expect(answer(seen, 'statx')).toMatchObject({ here: 'present', agrees: true });
    });

    needs('user namespaces').test('no user namespaces left, and no root outside', () => {
      const seen = doctor([
        'unshare',
        '--user',
        '--map-user=65534',
        'sh',
        '-c',
        'echo 0 2>/dev/null > /proc/sys/user/max_user_namespaces; exec "$@"',
        'sh',
      ]);
      const limited = doctor([
        'unshare',
        '--user',
        '--map-root-user',
        'sh',
        '-c',
        'echo 0 > /proc/sys/user/max_user_namespaces; exec "$@"',
        'sh',
      ]);
      expect(check(limited, 'user namespaces')).toMatchObject({
        state: 'missing',
        why: expect.stringContaining('limit is 0'),
      });
      expect(seen.result.checks.length).toBeGreaterThan(8);
    });

    needs('docker client').test('no daemon', () => {
      const seen = doctor([], { DOCKER_HOST: 'unix:///nonexistent/docker.sock' });
      expect(check(seen, 'docker')).toMatchObject({
        state: 'limited',
        fix: expect.stringContaining('DOCKER_HOST'),
      });
    });

    needs('docker client', 'dockerd', 'iptables', 'nft').test(
      'no right to list the packet filter, and no daemon',
      () => {
        const without = ['setpriv', '--bounding-set', '-net_admin', '--inh-caps', '-net_admin'];
        const seen = doctor(['unshare', '--net', ...without], {
          DOCKER_HOST: 'unix:///nonexistent/docker.sock',
        });
        expect(check(seen, 'docker')).toMatchObject({
          state: 'limited',
          why: expect.stringContaining("dockerd can't set up its network here: "),
          fix: expect.stringContaining('--iptables=false'),
        });
      },
    );

    needs('docker client', 'dockerd').test('no iptables and no nft', () => {
      const bin = mkdtempSync(join(tmpdir(), 'trace-build-test-'));
      try {
        for (const name of ['docker', 'dockerd']) {
          symlinkSync(
            execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim(),
            join(bin, name),
          );
        }
        const seen = doctor([], { PATH: bin, DOCKER_HOST: 'unix:///nonexistent/docker.sock' });
        expect(check(seen, 'docker').why).toContain('nft: not found');
        expect(check(seen, 'docker').fix).toContain('iptables');
      } finally {
        rmSync(bin, { recursive: true });
      }
    });

    needs('docker', 'podman', 'clone for all').test('a chroot, without root, /proc, /sys and home', () => {
      const root = mkdtempSync(join(tmpdir(), 'trace-build-test-'));
      try {
        const enter = [
          `mount --rbind / ${root}`,
          `mount --make-rslave ${root}`,
          `mount -t tmpfs -o mode=755 tmpfs ${root}/mnt`,
          `mkdir ${root}${FOR_ALL}`,
          ...BOUND.flatMap(({ from, to }) => [
            statSync(from).isDirectory() ? `mkdir ${root}${to}` : `touch ${root}${to}`,
            `mount --bind '${from}' ${root}${to}`,
          ]),
          `umount -l ${root}/proc ${root}/sys`,
          `exec chroot --userspec=65534:65534 ${root} "$@"`,
        ].join(' && ');
        const unshare = ['unshare', '--mount', 'sh', '-c', enter, 'sh'];
        const seen = doctor(unshare, { HOME: '/nonexistent' }, DOCTOR_FOR_ALL);
        expect(seen.status).toBe(0);
        expect(seen.result.engine).toMatchObject({
          name: 'host',
          why: expect.stringContaining('bubblewrap: bwrap: '),
        });
        for (const name of ['user namespaces', 'bubblewrap']) {
          expect(check(seen, name).fix).toContain('mount -t proc proc /proc');
        }
        expect(check(seen, 'podman')).toMatchObject({
          state: 'limited',
          // Podman 5 misses /proc before it misses its home.
          why: expect.stringMatching(/\/nonexistent|cannot retrieve cmd line/),
        });
        expect(check(seen, 'docker').why).toContain('not for this user');
        for (const name of ['seccomp', 'cgroups', 'home folder'])
          expect(check(seen, name).state).toBe('limited');
        expect(answer(seen, 'statx')).toMatchObject({ here: 'present', agrees: true });
      } finally {
        rmdirSync(root);
      }
    });

    test('a /proc with one process in it, which has no setgroups', () => {
      const link = (to: string) => ['--symlink', `/mnt/proc/${to}`, `/proc/${to}`];
      const own = readdirSync('/proc/self').filter((name) => name !== 'setgroups');
      const proc = [
        '--tmpfs',
        '/mnt',
        '--bind',
        '/proc',
        '/mnt/proc',
        '--tmpfs',
        '/proc',
        '--dir',
        '/proc/self',
      ];
      const links = [...own.map((name) => `self/${name}`), 'sys', 'version', 'filesystems', 'mounts'].flatMap(
        link,
      );
      const mark = `doctor-${process.pid}`;
      const seen = doctor(['bwrap', '--dev-bind', '/', '/', ...proc, ...links, '--'], { MARK: mark });
      expect(check(seen, 'user namespaces')).toMatchObject({
        state: 'missing',
        found: expect.stringContaining('no /proc/self/setgroups'),
        why: expect.stringMatching(/rootless engines \(podman\) do not work: .*gid_map/),
        fix: 'mount a full /proc: mount -t proc proc /proc',
      });
      // bwrap fails late here, and would leave a child that waits for ever.
      expect(check(seen, 'bubblewrap').why).toContain('bwrap: open /proc/');
      const left = spawnSync('sh', ['-c', `grep -lsaz '^MARK=${mark}$' /proc/[0-9]*/environ`], {
        encoding: 'utf8',
      });
      expect(left.stdout).toBe('');
      expect(seen.result.engine?.name).toBe('host');
    });

    test('no programs at all', () => {
      const seen = doctor([], { PATH: '/nonexistent' });
      expect(seen.status).toBe(3);
      expect(seen.result.engine).toBe(null);
      for (const name of ['strace', 'bubblewrap', 'docker', 'podman'])
        expect(check(seen, name).state).toBe('missing');
      expect(answer(seen, 'statx').here).toBe('present');
    });

    test('no /proc', () => {
      const seen = doctor(['bwrap', '--dev-bind', '/', '/', '--tmpfs', '/proc', '--']);
      expect(check(seen, 'seccomp').state).toBe('limited');
      expect(check(seen, 'user namespaces').found).toContain('no /proc/self/setgroups');
    });

    needs('clone for all').test('no root, and a read-only home', () => {
      const seen = doctor(
        [
          'bwrap',
          '--ro-bind',
          '/',
          '/',
          '--dev',
          '/dev',
          '--proc',
          '/proc',
          '--tmpfs',
          '/tmp',
          '--tmpfs',
          '/mnt',
          '--dir',
          FOR_ALL,
          ...BOUND.flatMap(({ from, to }) => ['--ro-bind', from, to]),
          '--',
          'setpriv',
          '--reuid',
          '65534',
          '--regid',
          '65534',
          '--clear-groups',
        ],
        { HOME: '/', TMPDIR: '/tmp' },
        DOCTOR_FOR_ALL,
      );
      expect(check(seen, 'home folder').state).toBe('limited');
      expect(check(seen, 'this folder').state).toBe('limited');
    });

    test('under a filter, the calls show what it refuses', () => {
      const on = ['profile', 'compile', '--on', 'docker@20.10.24', '--arch', 'x86_64', '-o', '-'];
      const program = spawnSync(process.execPath, [MAIN, ...on], { maxBuffer: 1 << 20 });
      expect(program.status).toBe(0);
      const words = ['bwrap', '--dev-bind', '/', '/', '--seccomp', '0', '--', ...DOCTOR];
      const done = spawnSandbox(words, { input: program.stdout });
      const seen = { result: doctorResult.parse(JSON.parse(done.stdout)) };
      expect(answer(seen, 'fchmodat2')).toMatchObject({ here: 'ENOSYS', kernel: 'present', agrees: false });
      expect(answer(seen, 'keyctl')).toMatchObject({ here: 'EPERM', kernel: 'present', agrees: false });
      expect(check(seen, 'seccomp')).toMatchObject({ state: 'limited' });
    });

    test('where uname says gVisor', () => {
      // strace writes another struct utsname over the answer: sysname, nodename, release, version of 65 bytes each.
      const field = (text: string) => Buffer.from(text.padEnd(65, '\0')).toString('hex');
      const poke = ['Linux', 'sandbox', '4.4.0', '#1 SMP Sun Jan 10 15:06:54 PST 2016'].map(field).join('');
      const seen = doctor([
        'strace',
        '-f',
        '-o',
        '/dev/null',
        '-e',
        'trace=uname',
        '-e',
        `inject=uname:poke_exit=@arg1=${poke}`,
      ]);
      expect(seen.result.sandbox).toBe('gvisor');
      expect(check(seen, 'sandbox').why).toContain('4.4.0');
      // Somebody else traces us: ptrace is taken, so that is named too.
      expect(check(seen, 'ptrace').state).not.toBe('works');
      expect(seen.result.engine).toBe(null);
      expect(seen.status).toBe(3);
    });
  },
);
