import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { containerEngine } from '../../../src/io/engines/container/container.ts';
import { ContainerCli } from '../../../src/io/engines/container/containerCli.ts';
import { OWNER_LABEL, sweep } from '../../../src/io/engines/container/containerOwner.ts';
import type { Job, JobResult } from '../../../src/io/engines/engine.ts';
import { ownerIsGone, ownerValue } from '../../../src/io/process/owner.ts';
import { needs } from '../../rig/need.ts';

const IMAGE = 'trace-build-ci/bookworm';

/** Containers of this process's runs that are still there. */
function left(): string[] {
  const listed = spawnSync(
    'docker',
    ['ps', '--all', '--filter', `label=${OWNER_LABEL}`, '--format', `{{.Label "${OWNER_LABEL}"}}`],
    { encoding: 'utf8' },
  );
  return listed.stdout.split('\n').filter((owner) => owner.split('/')[3] === String(process.pid));
}

needs('docker', 'bookworm-image', 'musl-gcc').describe('docker', () => {
  let folder: string;
  const engine = containerEngine('docker');

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'trace-build-test-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const job = (command: readonly [string, ...string[]], more: Partial<Job> = {}): Job => ({
    command,
    cwd: '',
    env: {},
    network: false,
    stdio: 'capture',
    image: IMAGE,
    ...more,
  });
  const traced = (name: string): Partial<Job> => ({
    tracing: {
      output: join(folder, `${name}.trace`),
      strace: 'strace',
      options: ['-f', '-q', '-n', '-s', '60'],
    },
  });
  const run = async (what: Job): Promise<JobResult> => {
    const result = await engine.run(what);
    if (!result.ok) throw new Error(`${result.failure.what} ${result.failure.hint ?? ''}`);
    return result.value;
  };

  test('traces the command from its execve to its end, and leaves nothing behind', async () => {
    const result = await run(
      job(['sh', '-c', 'echo out; echo err >&2; (sleep 0.01; true); ls -a /; exit 7'], traced('plain')),
    );
    expect(result).toMatchObject({ ended: 'exited', exit: { status: 7 }, stderr: 'err\n' });
    expect(result.stdout).toMatch(/^out\n/);
    // What held it is gone before the command begins.
    expect(result.stdout).toContain('\nbin\n');
    expect(result.stdout).not.toContain('trace-build');
    const lines = readFileSync(join(folder, 'plain.trace'), 'utf8').split('\n');
    expect(lines[0]).toMatch(/^1 +\[ +59\] execve\("\/usr\/local\/sbin\/sh"/);
    expect(lines.some((line) => line.includes('clone('))).toBe(true);
    expect(lines.at(-2)).toMatch(/^1 \+\+\+ exited with 7 \+\+\+$/);
    expect(lines.join('\n')).not.toContain('trace-build');
    expect(statSync(join(folder, 'plain.trace')).mode & 0o777).toBe(0o600);
    expect(result.filters?.length).toBe(1);
    expect(left()).toEqual([]);
  });

  test('an untraced run has no helper in it', async () => {
    const result = await run(job(['sh', '-c', 'ls -a /; exit 3']));
    expect(result).toMatchObject({ ended: 'exited', exit: { status: 3 } });
    expect(result.stdout).not.toContain('trace-build');
  });

  test('takes volumes, folder, environment, user and capabilities as docker run does', async () => {
    const result = await run(
      job(['sh', '-c', 'pwd; id -u; echo "$GREETING"; cat file; grep CapBnd /proc/self/status'], {
        ...traced('options'),
        cwd: '/work',
        env: { GREETING: 'a b=c' },
        container: {
          volumes: [`${folder}:/work:ro`],
          user: '65534',
          capAdd: ['SYS_TIME'],
          capDrop: ['ALL'],
          platform: `linux/${process.arch === 'x64' ? 'amd64' : process.arch}`,
        },
      }),
    );
    const lines = result.stdout.split('\n');
    expect(lines.slice(0, 3)).toEqual(['/work', '65534', 'a b=c']);
    // CAP_SYS_TIME is 25.
    expect(result.stdout).toContain('CapBnd:\t0000000002000000');
    expect(result.stderr).toContain('cat: file');
  });

  test('a command or an image that is not there is said in a sentence', async () => {
    const result = await run(job(['no-such-command'], traced('none')));
    expect(result).toMatchObject({
      exit: { status: 127 },
      stderr: 'trace-build: no-such-command: not found\n',
    });
    const image = await engine.run(job(['true'], { image: 'localhost:1/no-such-image:1' }));
    expect(image).toMatchObject({ ok: false, failure: { kind: 'undecided' } });
    const untraced = await run(job(['no-such-command']));
    expect(untraced).toMatchObject({
      ended: 'engine-failed',
      trouble: expect.stringContaining('no-such-command'),
    });
  });

  test('an image without a shell or anything else', async () => {
    const name = `trace-build-test-static-${process.pid}`;
    const static_ = join(folder, 'static');
    mkdirSync(static_);
    writeFileSync(
      join(static_, 'hello.c'),
      '#include <stdio.h>\n#include <unistd.h>\nint main(int argc, char **argv) {\n  if (argc > 1) *(volatile int *)0 = 0;\n  printf("pid %d\\n", getpid());\n  return 5;\n}\n',
    );
    execFileSync('musl-gcc', ['-static', '-o', join(static_, 'hello'), join(static_, 'hello.c')]);
    execFileSync('sh', ['-c', `tar -C ${static_} -c hello | docker import - ${name}`], { stdio: 'pipe' });
    try {
      const result = await run(job(['/hello'], { ...traced('static'), image: name }));
      expect(result).toMatchObject({ ended: 'exited', exit: { status: 5 }, stdout: 'pid 1\n' });
      expect(readFileSync(join(folder, 'static.trace'), 'utf8')).toMatch(/^1 +\[ +59\] execve\("\/hello"/);
      // A command that died of a signal is told apart from one that says a status above 128.
      const died = await run(job(['/hello', 'crash'], { ...traced('died'), image: name }));
      expect(died).toMatchObject({ ended: 'exited', exit: { signal: 'SIGSEGV' } });
      expect(readFileSync(join(folder, 'died.trace'), 'utf8')).toMatch(
        /^1 \+\+\+ killed by SIGSEGV \+\+\+$/m,
      );
      const said = await run(job(['sh', '-c', 'exit 139'], traced('said')));
      expect(said.exit).toEqual({ status: 139 });
    } finally {
      execFileSync('docker', ['rmi', '-f', name], { stdio: 'ignore' });
    }
  });

  test('a time limit and an abort end everything', async () => {
    const slow = await run(job(['sh', '-c', 'sleep 600 & wait'], { ...traced('slow'), timeoutSeconds: 2 }));
    // Not status 0: the report would say that the command succeeded.
    expect(slow).toMatchObject({ ended: 'timeout', exit: { signal: 'SIGKILL', timedOut: true } });
    expect(slow.exit).not.toHaveProperty('status');
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 1000);
    const stopped = await engine.run(
      job(['sleep', '600'], { ...traced('aborted'), signal: controller.signal }),
    );
    expect(stopped.ok ? stopped.value.ended : stopped.failure.kind).toMatch(/aborted|interrupted/);
    expect(left()).toEqual([]);
  });

  test('a custom profile is in force', async () => {
    const profile = join(folder, 'profile.json');
    writeFileSync(
      profile,
      JSON.stringify({
        defaultAction: 'SCMP_ACT_ALLOW',
        syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO', errnoRet: 95 }],
      }),
    );
    const result = await run(job(['mkdir', '/new'], { ...traced('custom'), profileFile: profile }));
    expect(result.exit).toEqual({ status: 1 });
    expect(readFileSync(join(folder, 'custom.trace'), 'utf8')).toMatch(
      /mkdir\("\/new", 0777\) += -1 EOPNOTSUPP/,
    );
  });

  test.each(['TRAP', 'KILL', 'KILL_PROCESS'])(
    'process 1 dies of SCMP_ACT_%s as without a tracer',
    async (act) => {
      const profile = join(folder, `${act}.json`);
      const syscalls = [{ names: ['mkdir', 'mkdirat'], action: `SCMP_ACT_${act}` }];
      writeFileSync(profile, JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', syscalls }));
      const result = await run(job(['mkdir', '/new'], { ...traced(act), profileFile: profile }));
      expect(result).toMatchObject({ ended: 'exited', exit: { signal: 'SIGSYS' } });
      expect(readFileSync(join(folder, `${act}.trace`), 'utf8')).toMatch(
        /^1 \+\+\+ killed by SIGSYS( \(core dumped\))? \+\+\+$/m,
      );
    },
  );

  test('what a killed run left behind is gone after the next start', async () => {
    // A process that is surely dead: this one ends before its number is used.
    const dead = spawnSync('sh', ['-c', 'echo $$; cat /proc/$$/stat'], { encoding: 'utf8' }).stdout.split(
      '\n',
    );
    const [machine, boot, namespace] = ownerValue().split('/');
    const owner = [machine, boot, namespace, dead[0], '1'].join('/');
    const create = (label: string) =>
      execFileSync('docker', ['run', '-d', '--label', `${OWNER_LABEL}=${label}`, IMAGE, 'sleep', '600'], {
        encoding: 'utf8',
      }).trim();
    const orphan = create(owner);
    const others = create(`another-machine/${boot}/${namespace}/${dead[0]}/1`);
    try {
      const cli = new ContainerCli('docker', undefined);
      // Another test's run may have been faster.
      await sweep(cli);
      const all = execFileSync('docker', ['ps', '-aq', '--no-trunc'], { encoding: 'utf8' });
      expect(all).not.toContain(orphan);
      expect(all).toContain(others);
    } finally {
      execFileSync('docker', ['rm', '-f', others], { stdio: 'ignore' });
    }
  });
});

describe('the owner of a container', () => {
  test('is this process while it lives', () => {
    expect(ownerIsGone(ownerValue())).toBe(false);
    const [machine, boot, namespace, pid, start] = ownerValue().split('/') as [
      string,
      string,
      string,
      string,
      string,
    ];
    expect(ownerIsGone([machine, boot, namespace, pid, `${Number(start) + 1}`].join('/'))).toBe(true);
    expect(ownerIsGone([machine, 'earlier', namespace, pid, start].join('/'))).toBe(true);
    expect(ownerIsGone([machine, boot, '1', '999999999', start].join('/'))).toBe(false);
    expect(ownerIsGone('someone else')).toBe(false);
  });
});
