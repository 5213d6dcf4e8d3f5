import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runSchema } from '../../src/core/documents/run.ts';
import { capture } from '../../src/io/process/exec.ts';
import { needs } from '../rig/need.ts';
import { signalProcess } from '../rig/program.ts';
import { makeTinyImage } from '../rig/tinyImage.ts';

const ROOT = join(import.meta.dirname, '../..');
const MAIN = join(ROOT, 'dist/cli/main.js');
const IMAGE = 'trace-build-ci/bookworm';

function docker(...args: readonly string[]): string {
  return execFileSync('docker', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Ids of containers that a process of ours made. */
function madeBy(pid: number | undefined, env = process.env): string[] {
  const listed = execFileSync(
    'docker',
    ['ps', '-a', '--filter', 'label=trace-build.owner', '--format', '{{.ID}} {{.Label "trace-build.owner"}}'],
    { encoding: 'utf8', env },
  );
  return listed.split('\n').filter((line) => line.split('/')[3] === String(pid));
}

async function until(what: () => boolean): Promise<void> {
  for (let round = 0; round < 200; round++) {
    if (what()) return;
    await sleep(100);
  }
  throw new Error('waited for too long');
}

needs('docker', 'bookworm-image', 'sid-image', 'bwrap', 'strace', 'busybox', 'script').describe(
  'run --engine docker',
  () => {
    let folder: string;
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'trace-build-test-'));
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    const run = (args: readonly string[], env: Record<string, string> = {}) =>
      capture(process.execPath, [MAIN, 'run', ...args], {
        cwd: folder,
        env: { ...(process.env as Record<string, string>), ...env },
        timeoutSeconds: 100,
      });
    const json = async (args: readonly string[], env: Record<string, string> = {}) => {
      const ran = await run(['--json', '--quiet', ...args], env);
      if (ran.stdout === '') throw new Error(ran.stderr);
      return runSchema.parse(JSON.parse(ran.stdout));
    };

    test('what the daemon refuses is asked for once', async () => {
      const { status, stderr } = await run(['--quiet', '--image', IMAGE, '--user', 'nosuch', '--', 'id']);
      expect(status).toBe(3);
      expect(stderr.match(/^Error response from daemon: unable to find user nosuch/gm)).toHaveLength(1);
    });

    test('where the container does not start nothing is said of refusals, only why', async () => {
      const ran = await run([
        '--engine',
        'docker',
        '--image',
        IMAGE,
        '--user',
        'nobodyx',
        '-q',
        '--',
        'true',
      ]);
      expect(ran).toMatchObject({ status: 3, stdout: '' });
      expect(ran.stderr).toMatch(/^trace-build: unable to find user nobodyx/m);
    });

    test('and bubblewrap as that Docker refuse the same calls', async () => {
      const rootfs = join(folder, 'rootfs');
      execFileSync('sh', [
        '-c',
        `mkdir ${rootfs} && id=$(docker create ${IMAGE}) && docker export "$id" | tar -x -C ${rootfs} --exclude 'dev/*'; docker rm "$id"`,
      ]);
      // Calls that the default profile answers in all its ways: rule, default, condition, and what is allowed.
      const script =
        'unshare -m true; unshare -U true; mount -t tmpfs x /mnt; dmesg; setarch i386 true; chmod 700 /tmp/x; true';
      const command = ['--', 'sh', '-c', script];
      const real = await json(['--engine', 'docker', '--image', IMAGE, '--no-network', ...command]);
      expect(real.ended).toBe('exited');
      expect(real.notes.join()).toMatch(
        /the filter in force is what the model of docker .* says, in all \d+ calls/,
      );
      const { host } = real;
      const same = `docker@${host.version},runc=${host.runtimeVersion},libseccomp=${host.libseccomp},kernel=${host.kernel}`;
      const emulated = await json([
        '--engine',
        'bubblewrap',
        '--rootfs',
        rootfs,
        '--no-network',
        '--on',
        same,
        ...command,
      ]);
      const verdicts = ({ denials }: typeof real) =>
        denials
          .filter(({ cause }) => cause !== 'genuine' && cause !== 'unknown')
          .map(({ syscall, abi, errno, cause }) => `${syscall} ${abi} ${errno} ${cause}`)
          .sort();
      expect(verdicts(real).length).toBeGreaterThan(2);
      expect(verdicts(emulated)).toEqual(verdicts(real));
    });

    test('tar of Debian sid: works under the default of this Docker, broken by a profile that says EPERM', async () => {
      const script =
        'cd /tmp && mkdir d && touch d/f && chmod 751 d/f && tar cf a.tar d && rm -r d && tar xf a.tar';
      const args = ['--engine', 'docker', '--image', 'trace-build-ci/sid', '--no-network'];
      const usual = await json([...args, '--', 'sh', '-c', script]);
      expect(usual).toMatchObject({ ended: 'exited', exit: { status: 0 } });
      const called = usual.denials.filter(({ syscall }) => syscall === 'fchmodat2');
      // Docker 26, which Debian 13 has, allows it.
      const isOld = Number.parseInt(docker('version', '--format', '{{.Server.Version}}'), 10) < 23;
      const refused = { syscall: 'fchmodat2', errno: 'ENOSYS', cause: 'stub', matters: false };
      expect(called).toEqual(isOld ? [expect.objectContaining(refused)] : []);
      const profile = join(folder, 'profile.json');
      const syscalls = [{ names: ['fchmodat2'], action: 'SCMP_ACT_ERRNO', errnoRet: 1 }];
      writeFileSync(profile, JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', syscalls }));
      const broken = await run([
        '--json',
        '--quiet',
        '--on',
        `profile:${profile}`,
        ...args,
        '--',
        'sh',
        '-c',
        script,
      ]);
      expect(broken.stderr).toContain('Cannot change mode');
      expect(broken.status).toBe(1);
      const document = runSchema.parse(JSON.parse(broken.stdout));
      expect(document.exit.status).toBeGreaterThan(0);
      expect(document.denials).toContainEqual(
        expect.objectContaining({ syscall: 'fchmodat2', errno: 'EPERM', cause: 'rule', matters: true }),
      );
    });

    test('Ctrl-C and a kill end the containers; those of a killed run are gone after the next', async () => {
      const start = () =>
        spawn(
          process.execPath,
          [MAIN, 'run', '--engine', 'docker', '--image', IMAGE, '--no-network', '--', 'sleep', '600'],
          { cwd: folder, stdio: 'ignore', detached: true },
        );
      for (const signal of ['SIGINT', 'SIGTERM'] as const) {
        const child = start();
        const ended = new Promise((settle) => child.once('exit', (_, death) => settle(death)));
        await until(() => madeBy(child.pid).length === 2);
        child.kill(signal);
        expect(await ended).toBe(signal);
        expect(madeBy(child.pid)).toEqual([]);
      }
      const killed = start();
      const ended = new Promise((settle) => killed.once('exit', settle));
      await until(() => madeBy(killed.pid).length === 2);
      killed.kill('SIGKILL');
      await ended;
      await json(['--engine', 'docker', '--image', IMAGE, '--no-network', '--', 'true']);
      expect(madeBy(killed.pid)).toEqual([]);
    });

    /** Runs a script in a container from a terminal; types `keys` when it says READY. */
    async function atTerminal(script: string, keys: string, columns?: number) {
      const file = join(folder, 'script');
      writeFileSync(file, script);
      const trace = join(folder, 'terminal');
      const command = `tty >tty; exec '${process.execPath}' '${MAIN}' run -q --propagate -o '${trace}' --engine docker --image ${IMAGE} --no-network -v .:/work -- sh /work/script`;
      const child = spawn('script', ['-qec', command, '/dev/null'], {
        cwd: folder,
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      const ended = new Promise<number | null>((settle) => child.once('close', settle));
      let said = '';
      child.stdout.on('data', (chunk: Buffer) => {
        if (!said.includes('READY') && (said + chunk).includes('READY')) {
          const terminal = readFileSync(join(folder, 'tty'), 'utf8').trim();
          if (columns !== undefined) execFileSync('stty', ['-F', terminal, 'cols', String(columns)]);
          child.stdin.write(keys);
        }
        said += chunk.toString();
      });
      return { status: await ended, said };
    }

    test('at a terminal the command has one, with our keys and size; Ctrl-C is what it is elsewhere', async () => {
      const reading = 'test -t 0 && test -t 1 && test -t 2 && echo isatty; echo READY; read x; echo "got $x"';
      const read = await atTerminal(
        `${reading}; for i in $(seq 50); do stty size | grep ' 99$' && exit 4; sleep 0.1; done`,
        'hello\n',
        99,
      );
      expect(read.said).toContain('isatty\r\nREADY\r\n');
      expect(read.said).toContain('got hello\r\n');
      expect(read.said).toMatch(/^\d+ 99\r$/m);
      expect(read.status).toBe(4);
      const heard = await atTerminal('trap "echo heard; exit 5" INT; echo READY; sleep 60', '\x03');
      expect(heard.said.match(/heard/g)).toHaveLength(1);
      expect(heard.status).toBe(5);
      // Process 1 would not hear it without a handler. Perl has none; a shell has one until it executes something.
      const ended = await atTerminal(`exec perl -e '$| = 1; print "READY\\n"; sleep 60'`, '\x03');
      expect(ended.said).toContain('The command was ended by SIGINT');
      expect(ended.status).toBe(130);
    });

    test('Dockerfile.tracer is built as its head says, and traces by hand', async () => {
      const name = `trace-build-test-tracer-${process.pid}`;
      try {
        docker(
          'build',
          '-q',
          '-f',
          join(ROOT, 'Dockerfile.tracer'),
          '--build-arg',
          `BASE=${IMAGE}`,
          '-t',
          name,
          folder,
        );
        const target = docker('run', '-d', IMAGE, 'sleep', '600').trim();
        try {
          const tracer = spawn(
            'docker',
            [
              'run',
              '--rm',
              `--pid=container:${target}`,
              '--cap-add=SYS_PTRACE',
              '--security-opt=seccomp=unconfined',
              name,
              '-f',
              '-p',
              '1',
            ],
            { stdio: ['ignore', 'ignore', 'pipe'] },
          );
          let said = '';
          tracer.stderr.on('data', (chunk: Buffer) => {
            said += chunk.toString();
          });
          await until(() => said.includes('attached'));
        } finally {
          docker('rm', '-f', target);
        }
        const given = await json([
          '--engine',
          'docker',
          '--image',
          IMAGE,
          '--tracer-image',
          name,
          '--',
          'true',
        ]);
        expect(given.ended).toBe('exited');
      } finally {
        execFileSync('docker', ['rmi', '-f', name], { stdio: 'ignore' });
      }
    });

    test('reaches a daemon by address and by context; its folders are not copied from here', async () => {
      // Half open: the command's input ends before its output.
      const server = createServer({ allowHalfOpen: true }, (client) => {
        const daemon = connect({ path: '/var/run/docker.sock', allowHalfOpen: true });
        client.pipe(daemon).pipe(client);
        client.on('error', () => daemon.destroy());
        daemon.on('error', () => client.destroy());
      });
      await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
      const address = `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const config = join(folder, 'config');
      try {
        const args = ['--engine', 'docker', '--image', IMAGE, '--no-network'];
        const env = { DOCKER_CONFIG: config };
        execFileSync('docker', ['context', 'create', 'far', '--docker', `host=${address}`], {
          env: { ...process.env, ...env },
          stdio: 'ignore',
        });
        const named = await json(['--context', 'far', ...args, '--', 'sh', '-c', 'exit 6'], env);
        expect(named).toMatchObject({ ended: 'exited', exit: { status: 6 }, trace: { complete: true } });
        const copied = await run(['--snapshot', ...args, '-v', '.:/src', '--', 'true'], {
          DOCKER_HOST: address,
        });
        expect(copied.status).toBe(2);
        expect(copied.stderr).toContain(`${address} mounts folders of its own machine`);
      } finally {
        server.close();
      }
    });

    test('works with another daemon, and says when one goes away', async () => {
      const place = join(folder, 'daemon');
      execFileSync('bash', [join(ROOT, '.ci/start-dockerd'), place], { stdio: 'ignore' });
      const host = `unix://${place}/docker.sock`;
      const env = { DOCKER_HOST: host };
      const stop = () => {
        const file = join(place, 'docker.pid');
        if (!existsSync(file)) return;
        const pid = Number(readFileSync(file, 'utf8'));
        signalProcess(pid, 'SIGTERM');
      };
      try {
        makeTinyImage(`docker --host ${host}`, 'tiny', folder);
        const tiny = ['--engine', 'docker', '--image', 'tiny', '--tracer-image', 'tiny', '--no-network'];
        const there = await json([...tiny, '--', 'sh', '-c', 'exit 4'], env);
        expect(there).toMatchObject({ ended: 'exited', exit: { status: 4 } });
        const named = await json(['--context', host, ...tiny, '--', 'true']);
        expect(named).toMatchObject({ ended: 'exited', exit: { status: 0 } });

        const child = spawn(process.execPath, [MAIN, 'run', ...tiny, '--', 'sleep', '600'], {
          cwd: folder,
          stdio: ['ignore', 'ignore', 'pipe'],
          env: { ...process.env, ...env },
        });
        let said = '';
        child.stderr.on('data', (chunk: Buffer) => {
          said += chunk.toString();
        });
        const ended = new Promise<number | null>((settle) => child.once('exit', settle));
        await until(() => madeBy(child.pid, { ...process.env, ...env }).length === 2);
        stop();
        expect(await ended).toBe(3);
        expect(said).toMatch(/trace-build: .*(docker|tracer|command)/);
        // The daemon is back: what it kept of that run is removed by the next.
        await until(() => !existsSync(join(place, 'docker.pid')));
        execFileSync('bash', [join(ROOT, '.ci/start-dockerd'), place], { stdio: 'ignore' });
        await json([...tiny, '--', 'true'], env);
        expect(madeBy(child.pid, { ...process.env, ...env })).toEqual([]);
      } finally {
        stop();
        await until(() => !existsSync(join(place, 'docker.pid')));
      }
    });
  },
);
