import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { constants, gunzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { needs } from '../rig/need.ts';
import { MAIN, program, signalProcess, traceBuild, workFolder } from '../rig/program.ts';
import { THREAD_KILLING } from '../rig/refusing.ts';
import { inSandbox } from '../rig/sandbox.ts';

const folder = workFolder();
afterAll(() => folder.remove());
const cwd = folder.path;

const manifest = (name: string) => JSON.parse(readFileSync(join(cwd, `${name}.strace.json`), 'utf8'));
/** What can be read of a trace, cut or not. */
const trace = (name: string): string =>
  gunzipSync(readFileSync(join(cwd, `${name}.strace.gz`)), { finishFlush: constants.Z_SYNC_FLUSH }).toString(
    'utf8',
  );

/** Processes below `root` whose name is `name`. */
function below(root: number, name: string): number[] {
  const all = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  const seen = all.flatMap((pid) => {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      return [
        {
          pid: Number(pid),
          name: /^Name:\t(.*)$/m.exec(status)![1],
          parent: Number(/^PPid:\t(\d+)/m.exec(status)![1]),
        },
      ];
    } catch {
      return [];
    }
  });
  const family = new Set([root]);
  for (let i = 0; i < 6; i++) for (const one of seen) if (family.has(one.parent)) family.add(one.pid);
  return seen.filter((one) => family.has(one.pid) && one.name === name).map(({ pid }) => pid);
}

async function waitFor<T>(look: () => T | undefined): Promise<T> {
  for (let i = 0; i < 300; i++) {
    const found = look();
    if (found !== undefined) return found;
    await sleep(50);
  }
  throw new Error('waited in vain');
}

async function untilGone(pid: number): Promise<void> {
  await waitFor(() => {
    try {
      signalProcess(pid, 0);
      return undefined;
    } catch {
      return true;
    }
  });
}

needs('linux', 'strace', 'bwrap').describe('what was recorded stays', () => {
  test('SIGTERM goes to the command; the recording is marked', async () => {
    let pid = 0;
    const running = traceBuild(
      [
        '-o',
        'term',
        '--on',
        'unconfined',
        '--',
        'sh',
        '-c',
        'trap "echo asked to stop; kill \\$!; exit 9" TERM; sleep 61 & wait',
      ],
      {
        cwd,
        started: (started) => {
          pid = started;
        },
      },
    );
    await waitFor(() => below(pid, 'sleep')[0]);
    signalProcess(pid, 'SIGTERM');
    const done = await running;
    expect(done.stdout).toContain('asked to stop\n');
    expect(manifest('term')).toMatchObject({
      complete: false,
      trouble: 'interrupted by SIGTERM',
      exit: { status: 9 },
    });
    expect(trace('term')).toContain('+++ exited with 9 +++');
    // It might have been refused something later.
    expect(done.status).toBe(3);
    expect(done.stderr).toContain('the command ended because of SIGTERM');
  });

  test.each(['SIGHUP', 'SIGQUIT'] as const)('%s that ends the command ends us, too', async (signal) => {
    let pid = 0;
    const started = (it: number): void => {
      pid = it;
    };
    const running = traceBuild(['-o', signal, '--on', 'unconfined', '--', 'sleep', '62'], { cwd, started });
    await waitFor(() => below(pid, 'sleep')[0]);
    signalProcess(pid, signal);
    expect(await running).toMatchObject({ signal, stdout: expect.stringContaining(`ended by ${signal}`) });
  });

  test('a daemon that the command leaves behind does not hold up the user', async () => {
    const script = 'sleep 63 >/dev/null 2>&1 & echo $!';
    const done = await traceBuild(['-o', 'daemon', '--on', 'unconfined', '--', 'sh', '-c', script], { cwd });
    const daemon = Number(done.stdout.split('\n')[0]);
    expect(below(process.pid, 'strace')).toEqual([]);
    signalProcess(daemon, 'SIGKILL');
    expect(done.status).toBe(0);
    expect(manifest('daemon')).toMatchObject({ complete: true, exit: { status: 0 } });
    expect(manifest('daemon').notes.join()).toContain('no longer watched');
  });

  test('a fast recording by strace says that it waits for a daemon, and a signal ends both', async () => {
    writeFileSync(join(cwd, 'kills.json'), JSON.stringify(THREAD_KILLING));
    let pid = 0;
    let said = '';
    const running = traceBuild(
      [
        '--fast',
        '-o',
        'bound',
        '--on',
        'profile:kills.json',
        '--',
        'sh',
        '-c',
        'sleep 65 >/dev/null 2>&1 & echo $! >daemon',
      ],
      {
        cwd,
        started: (started) => {
          pid = started;
        },
        heard: (text) => {
          said += text;
        },
      },
    );
    await waitFor(() => said.includes('the command has ended') || undefined);
    signalProcess(pid, 'SIGTERM');
    const done = await running;
    const daemon = Number(readFileSync(join(cwd, 'daemon'), 'utf8'));
    expect(done.status).toBe(0);
    expect(done.stderr).toContain(`the command has ended; sleep (pid ${daemon}) of it goes on`);
    expect(manifest('bound')).toMatchObject({ exit: { status: 0 }, trouble: 'interrupted by SIGTERM' });
    expect(manifest('bound').notes.join()).toContain('were ended');
    await untilGone(daemon);
  });

  test('strace killed: nothing of the command is left, exit 3', async () => {
    let pid = 0;
    const running = traceBuild(
      ['-o', 'killed', '--on', 'unconfined', '--', 'sh', '-c', 'ls / >/dev/null; sleep 62 & sleep 62'],
      {
        cwd,
        started: (started) => {
          pid = started;
        },
      },
    );
    const sleeping = await waitFor(() => below(pid, 'sleep')[1]);
    signalProcess(below(pid, 'strace')[0]!, 'SIGKILL');
    const done = await running;
    expect(done.status).toBe(3);
    expect(done.stderr).toContain('strace ended before the command did');
    expect(manifest('killed')).toMatchObject({ complete: false });
    expect(trace('killed')).toContain('execve(');
    await untilGone(sleeping);
  });

  test('trace-build killed: the next start ends the command and removes what was left', async () => {
    let pid = 0;
    const running = traceBuild(['-o', 'gone', '--on', 'unconfined', '--', 'sh', '-c', 'sleep 64; true'], {
      cwd,
      started: (started) => {
        pid = started;
      },
    });
    const sleeping = await waitFor(() => below(pid, 'sleep')[0]);
    signalProcess(pid, 'SIGKILL');
    const left = () => readdirSync(tmpdir()).filter((name) => name.includes(`-${pid}-`));
    expect(left()).toHaveLength(1);
    signalProcess(sleeping, 0);
    // Its streams are held open by the command.
    await traceBuild(['-q', '-o', 'next', '--on', 'unconfined', '--', 'true'], { cwd });
    expect(left()).toEqual([]);
    await untilGone(sleeping);
    expect((await running).signal).toBe('SIGKILL');
    expect(manifest('gone')).toMatchObject({ complete: false });
  });

  test('disk full: the command goes on, the part that fitted can be read', async () => {
    const inside = [
      `"${process.execPath}" "${MAIN}" -q --on unconfined -o /mnt/full -- sh -c 'for i in $(seq 150); do od -An -N99 /dev/urandom >/dev/null; done; echo to the end'`,
      'echo "status $?"',
      'cat /mnt/full.strace.json',
      'gzip -dc /mnt/full.strace.gz 2>/dev/null | head -1',
    ].join('; ');
    const done = await inSandbox(['--size', '24576', '--tmpfs', '/mnt'], inside, { cwd });
    expect(done.stdout).toContain('to the end\n');
    expect(done.stdout).toContain('The recording is not complete: the disk is full.');
    expect(done.stdout).toContain('status 0');
    expect(done.stdout).toContain('"complete": false');
    expect(done.stdout.trimEnd().split('\n').pop()).toMatch(/execve\(.* = 0$/);
  });
});

needs('linux', 'strace', 'bwrap', 'script').describe('at a terminal', () => {
  const terminal = (command: string, keys: string) =>
    program(
      'sh',
      ['-c', `(sleep 2; printf '${keys}'; sleep 1) | script -qec "${command}" /dev/null; echo "status $?"`],
      { cwd },
    );

  test('Ctrl-C is the command’s, once; we tell what was seen', async () => {
    const inner = `trap 'echo heard' INT; sleep 33; sleep 1; exit 5`;
    const done = await terminal(
      `'${process.execPath}' '${MAIN}' -q --propagate -o int --on unconfined -- sh -c \\"${inner}\\"`,
      '\\003',
    );
    expect(done.stdout.match(/heard/g)).toHaveLength(1);
    expect(done.stdout).toContain('interrupted by SIGINT');
    expect(done.stdout).toContain('status 5');
    expect(manifest('int')).toMatchObject({ complete: false, exit: { status: 5 } });
  });

  test('a command that dies of Ctrl-C takes us with it, after the report', async () => {
    const done = await terminal(
      `'${process.execPath}' '${MAIN}' -q -o dead --on unconfined -- sleep 34`,
      '\\003',
    );
    expect(done.stdout).toContain('The command was ended by SIGINT');
    expect(done.stdout).toContain('status 130');
  });

  test('the command has the terminal, and progress is told', async () => {
    const done = await terminal(
      `'${process.execPath}' '${MAIN}' -o tty --on unconfined -- sh -c 'test -t 0 && test -t 1 && echo isatty; sleep 2'`,
      '',
    );
    expect(done.stdout).toContain('isatty');
    expect(done.stdout).toMatch(/\d+ events, 0 refused, \d+ s/);
  });
});
