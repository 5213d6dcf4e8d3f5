import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Fix } from '../../src/core/documents/denial.ts';
import { type MinimizeDocument, minimizeSchema } from '../../src/core/documents/minimize.ts';
import { danger } from '../../src/core/linux/risk.ts';
import { runtimeNeeds } from '../../src/core/minimize/runtimeNeeds.ts';
import { needs } from '../rig/need.ts';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const FIXTURES = fileURLToPath(new URL('../../fixtures/minimize/', import.meta.url));
const TRACES = fileURLToPath(new URL('../../traces/', import.meta.url));

let folder: string;
let work: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trace-build-test-'));
  for (const file of readdirSync(FIXTURES).filter((name) => name.endsWith('.c'))) {
    execFileSync('gcc', ['-O1', '-o', join(folder, file.slice(0, -2)), join(FIXTURES, file)]);
  }
  work = join(folder, 'work');
  mkdirSync(join(work, 'cache'), { recursive: true });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const environment = () => ({ ...process.env, XDG_CACHE_HOME: join(folder, 'xdg') });

/** Two passes are enough where it is not about how sure a result is. */
const run = (...args: readonly string[]) =>
  runWith({}, ...(args.includes('--confirm') ? [] : ['--confirm', '2']), ...args);

function runWith(env: Record<string, string>, ...args: readonly string[]) {
  const done = spawnSync(process.execPath, [MAIN, 'minimize', ...args], {
    cwd: work,
    encoding: 'utf8',
    env: { ...environment(), ...env },
  });
  return { status: done.status, stdout: done.stdout, stderr: done.stderr };
}

/** Runs a fixture under the base profile of the fixtures; the document is checked against the published schema. */
function minimize(
  fixture: string,
  ...options: readonly string[]
): MinimizeDocument & { status: number | null } {
  const on = ['--on', `profile:${join(FIXTURES, 'base.json')}`];
  const { status, stdout, stderr } = run('--json', ...on, ...options, '--', join(folder, fixture));
  expect(stdout, stderr).not.toBe('');
  return { ...minimizeSchema.parse(JSON.parse(stdout)), status };
}

const outcomes = ({ proof }: MinimizeDocument) => proof.map(({ change, outcome }) => `${change}: ${outcome}`);

const WHOLE = 0xffffffff;

/** Calls that `values.c` makes: number and name on x86_64, the argument that the profile tests, its mask and value. */
const CALLS = {
  families: [
    [41, 'socket', 0, WHOLE, 38],
    [41, 'socket', 0, WHOLE, 40],
  ],
  operations: [
    [157, 'prctl', 0, WHOLE, 29],
    [157, 'prctl', 0, WHOLE, 3],
    [72, 'fcntl', 1, WHOLE, 1031],
    [72, 'fcntl', 1, WHOLE, 1032],
  ],
  flags: [
    [319, 'memfd_create', 1, 2, 2],
    [319, 'memfd_create', 1, 3, 1],
  ],
  detour: [
    [135, 'personality', 0, WHOLE, 8],
    [135, 'personality', 0, WHOLE, 32],
    [41, 'socket', 0, WHOLE, 40],
  ],
} as const;

needs('linux', 'root', 'bwrap', 'strace', 'gcc').describe('minimize beside brute force', () => {
  it.each(Object.keys(CALLS) as (keyof typeof CALLS)[])('finds the cheapest change for %s', (program) => {
    const calls = CALLS[program];
    const specs = calls.map(([nr, , index, mask, value]) => [nr, index, mask, value].join(':'));
    const passing = execFileSync(join(folder, 'values'), [program, ...specs], { encoding: 'utf8' });
    const costOf = (levels: readonly number[]) =>
      calls.reduce((sum, [, name], i) => sum + [0, 1, 1000 * (1 + danger(name).weight)][levels[i]!]!, 0);
    const truth = passing
      .trim()
      .split('\n')
      .map((line) => costOf([...line].map(Number)));

    const syscalls = calls.map(([, name, index, mask, value]) => ({
      names: [name],
      action: 'SCMP_ACT_ERRNO',
      errnoRet: 1,
      args: [
        mask === WHOLE
          ? { index, value, op: 'SCMP_CMP_EQ' }
          : { index, value: mask, valueTwo: value, op: 'SCMP_CMP_MASKED_EQ' },
      ],
    }));
    const archMap = [{ architecture: 'SCMP_ARCH_X86_64', subArchitectures: [] }];
    const profile = join(folder, `${program}.json`);
    writeFileSync(profile, JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', archMap, syscalls }));
    const { stdout, stderr } = run(
      '--json',
      '--on',
      `profile:${profile}`,
      '--',
      join(folder, 'values'),
      program,
    );
    expect(stdout, stderr).not.toBe('');
    const { fix, guarantee } = minimizeSchema.parse(JSON.parse(stdout));
    const levels = calls.map(([, name, index, mask, value]) => {
      const wanted = mask === WHOLE ? value : mask;
      const is = (one: Fix['allow'][number]) =>
        typeof one !== 'string' &&
        one.name === name &&
        one.args.some((arg) => arg.index === index && arg.value === wanted);
      return fix.allow.some(is) ? 2 : (fix.enosysArgs ?? []).some(is) ? 1 : 0;
    });
    expect([guarantee, costOf(levels)]).toEqual(['smallest', Math.min(...truth)]);
    expect(passing.split('\n')).toContain(levels.join(''));
  });
});

needs('linux', 'root', 'bwrap', 'strace', 'gcc').describe('minimize with bubblewrap', () => {
  it('names no upgrade that answers ENOSYS where the call has to be allowed', () => {
    const script = 'syscall(435, 0, 0); exit($!{ENOSYS} || $!{EPERM})';
    const { stdout } = run('--json', '--on', 'docker@20.10.6', '--', 'perl', '-e', script);
    const { fix, upgrade } = minimizeSchema.parse(JSON.parse(stdout));
    expect([fix, upgrade]).toEqual([{ allow: ['clone3'], enosys: [] }, null]);
  });

  it('says before the first run what can never work', () => {
    const refused = (...args: readonly string[]) => {
      const { status, stderr } = run(...args, '--', 'true');
      return [status, stderr.split('\n')[0]];
    };
    expect(refused('-o', folder)).toEqual([
      2,
      `trace-build: ${folder}: the profile can't be written there: it is a folder`,
    ]);
    expect(refused('-o', '/etc/passwd/x.json')[1]).toContain('/etc/passwd is a file, not a directory');
    expect(refused('--ready', '99999')[1]).toContain('a port is a number from 1 to 65535.');
    expect(refused('--ready', '(')[1]).toContain('Unterminated group');
  });

  it('refuses what only a container heeds', () => {
    const { status, stderr } = run('-e', 'A=1', '--', 'true');
    expect(status).toBe(2);
    expect(stderr).toContain('-e is for containers; bubblewrap would not heed it\n');
  });

  it('answers ENOSYS where that is enough, and allows nothing', () => {
    const found = minimize('alternatives');
    expect(found).toMatchObject({
      status: 1,
      outcome: 'fixed',
      fix: { allow: [], enosys: ['openat2'] },
      guarantee: 'smallest',
    });
    expect(outcomes(found)).toEqual([
      'the whole result: pass',
      'the whole result, again: pass',
      'without it: openat2 left at EPERM: fail',
    ]);
    expect(found.patch).toEqual({
      remove: ['openat2'],
      append: [{ names: ['openat2'], action: 'SCMP_ACT_ERRNO', errnoRet: 38 }],
    });
  });

  it('does not drop both of two alternatives of which one is needed', () => {
    const found = minimize('either');
    expect(found.fix).toEqual({ allow: ['mknodat'], enosys: [] });
    expect(found.guarantee).toBe('smallest');
  });

  it('finds independent and dependent needs, also those that show only behind others', () => {
    const found = minimize('needs');
    expect(found.fix).toEqual({
      allow: ['eventfd2', 'getsid', 'sysinfo', 'timerfd_create'],
      enosys: ['fchmodat2'],
    });
    expect(['smallest', '1-minimal']).toContain(found.guarantee);
    expect(found.denials.map(({ syscall }) => syscall)).toEqual(['getpriority', 'fchmodat2']);
    expect(found.proof.filter(({ outcome }) => outcome === 'fail')).toHaveLength(9);
  });

  it('gives the same answer with parallel executions', () => {
    const one = minimize('needs', '--aim', '1-minimal');
    const two = minimize('needs', '--aim', '1-minimal', '--jobs', '2');
    expect(two.fix).toEqual(one.fix);
    expect(two.runs.experiments).toBe(one.runs.experiments);
    expect(outcomes(two)).toEqual(outcomes(one));
  });

  it('takes a hang that repeats itself for a failure, and says so', () => {
    const found = minimize('hangs', '--timeout', '3');
    expect(found).toMatchObject({ fix: { allow: ['sysinfo'], enosys: [] }, guarantee: 'smallest' });
    expect(found.proof.at(-1)).toMatchObject({ outcome: 'fail', why: 'hung 2 times of 2, 3 s each' });
  });

  it('does not take a full disk for a need', () => {
    const small = join(folder, 'small');
    mkdirSync(small);
    try {
      // The copies of the working tree are made there.
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', small]);
      const on = ['--on', `profile:${join(FIXTURES, 'base.json')}`];
      const command = ['sh', '-c', `${join(folder, 'either')} || head -c 9000000 /dev/zero > big`];
      const { status, stdout, stderr } = runWith({ TMPDIR: small }, ...on, '--', ...command);
      expect(stderr).toContain('gave no answer: the disk is full');
      expect({ status, stdout }).toEqual({ status: 3, stdout: '' });
    } finally {
      spawnSync('umount', [small]);
      rmSync(small, { recursive: true });
    }
  });

  it.each([
    ['kills itself', 'kill -9 $$'],
    ['says that something was killed', 'echo Killed >&2; exit 1'],
    ['says that the disk is full', 'echo "No space left on device" >&2; exit 1'],
  ])('takes a command that %s whenever it is refused a call for a failure', (_, trouble) => {
    const on = ['--on', `profile:${join(FIXTURES, 'base.json')}`];
    const script = `${join(folder, 'alternatives')} || { ${trouble}; }`;
    const { stdout, stderr } = run('--json', '--confirm', '1', ...on, '--', 'sh', '-c', script);
    expect(stdout, stderr).not.toBe('');
    expect(JSON.parse(stdout)).toMatchObject({
      fix: { allow: [], enosys: ['openat2'] },
      guarantee: 'smallest',
    });
  });

  it('sees that a command is flaky, and votes', () => {
    const found = minimize('flaky', '--repeat', '6', '--aim', '1-minimal');
    expect(found.fix).toEqual({ allow: ['sysinfo'], enosys: [] });
    expect(found.guarantee).toBe('1-minimal');
    expect(found.proof.filter(({ why }) => why === 'passed 0 of 6 times')).toHaveLength(2);
  });

  it('finds a need that shows in one of five runs, or says how sure it is', () => {
    writeFileSync(join(folder, 'turns'), '');
    const script =
      'open($f, ">>", $ARGV[0]); syswrite($f, "x"); exit(1) if syscall(250, 0, -3, 0) < 0; exit((-s $ARGV[0]) % 5 == 0 && syscall(135, 0x40000) < 0)';
    const command = ['perl', '-e', script, join(folder, 'turns')];
    const { stdout } = run('--json', '--confirm', '10', '--on', 'docker@20.10.5', '--', ...command);
    const { fix, guarantee, passRate } = minimizeSchema.parse(JSON.parse(stdout));
    expect(fix.allow).toMatchObject(['keyctl', { name: 'personality', args: [{ value: 0x40000 }] }]);
    expect(guarantee).toBe('smallest');
    expect(passRate).toEqual({ passed: 10, runs: 10, atLeast: 0.741, confidence: 0.95 });
  });

  it('sees what a flaky command calls although it often ends before', () => {
    writeFileSync(join(folder, 'times'), '');
    // Every other execution ends early, the first one too; keyctl is needed.
    const script =
      'open($f, ">>", $ARGV[0]); syswrite($f, "x"); exit(5) if (-s $ARGV[0]) % 2; exit(syscall(250, 0, -3, 0) < 0)';
    const command = ['perl', '-e', script, join(folder, 'times')];
    const { stdout } = run('--json', '--aim', '1-minimal', '--on', 'docker@20.10.5', '--', ...command);
    const { fix, baseline } = minimizeSchema.parse(JSON.parse(stdout));
    expect([fix, baseline.flaky]).toEqual([{ allow: ['keyctl'], enosys: [] }, true]);
  });

  it('allows the argument values that are needed, also those that show only behind others, and no more', () => {
    const values = (script: string) => {
      const { stdout } = run('--json', '--on', 'docker@20.10.5', '--', 'perl', '-e', script);
      const { fix, guarantee } = minimizeSchema.parse(JSON.parse(stdout));
      const args = fix.allow.flatMap((one) => (typeof one === 'string' ? one : one.args[0]!.value));
      return [guarantee, fix.enosys, args];
    };
    // Unfiltered, it never calls personality.
    const behind =
      'exit(0) if syscall(250, 0, -3, 0) >= 0; exit(syscall(135, 0x40000) < 0 || syscall(135, 0x80000) < 0)';
    expect(values(behind)).toEqual(['smallest', [], [0x40000, 0x80000]]);
    // Only where the first value is refused, it asks for the second one: either of them will do.
    const instead =
      'exit(1) if syscall(135, 0x40000) < 0 && syscall(135, 0x80000) < 0; exit(syscall(135, 0x200000) < 0)';
    expect(values(instead)).toEqual(['smallest', [], [0x200000, 0x80000]]);
  });

  it('takes a server that is up for a pass, and stops it in order', () => {
    const found = minimize('server', '--ready', 'ready to accept');
    expect(found.fix).toEqual({ allow: ['eventfd2'], enosys: [] });
    expect(found.guarantee).toBe('smallest');
  });

  it.each([
    ['a port', (port: number) => `${port}`],
    ['a command', (port: number) => `cmd:exec bash -c 'exec 3<>/dev/tcp/127.0.0.1/${port}'`],
  ])('takes a server for ready by %s', (_, ready) => {
    const port = 20_000 + (process.pid % 20_000);
    const on = ['--on', `profile:${join(FIXTURES, 'base.json')}`];
    const server = ['--', join(folder, 'server'), `${port}`];
    const { stdout, stderr } = run('--json', ...on, '--ready', ready(port), ...server);
    expect(JSON.parse(stdout || stderr)).toMatchObject({
      fix: { allow: ['eventfd2'], enosys: [] },
      guarantee: 'smallest',
      asWritten: { outcome: 'pass' },
    });
  });

  it('says ENOSYS in the form that the host can load, or that no profile helps there', () => {
    const found = (host: string, ...command: readonly string[]) =>
      minimizeSchema.parse(JSON.parse(run('--json', '--on', host, '--', ...command).stdout));
    // It drops errnoRet.
    const old = found('docker@19.03.15', join(folder, 'alternatives'));
    expect(old).toMatchObject({
      fix: { allow: [], enosys: ['openat2'] },
      enosys: { form: 'trace', syscalls: ['openat2'], liftable: true },
      asWritten: { outcome: 'pass' },
      obstacles: [],
    });
    expect(old.apply[0]).toMatchObject({ kind: 'docker-run', evaluated: [{ version: '19.03.15' }] });
    expect(old.patch?.append).toEqual([{ names: ['openat2'], action: 'SCMP_ACT_TRACE' }]);

    // A call that has to be allowed, and that its libseccomp has no name for.
    const script = 'syscall(435, 0, 0); exit($!{ENOSYS} || $!{EPERM})';
    const deaf = found('docker@20.10.2,libseccomp=2.3.3', 'perl', '-e', script);
    expect(deaf.asWritten?.outcome).toBe('fail');
    expect(deaf.obstacles).toEqual([expect.stringContaining('does not know clone3')]);
    expect(deaf.apply.map(({ kind }) => kind)).not.toContain('docker-run');
  });

  it('starts every run from the same tree, caches included, unless they are to be cold', () => {
    const cold = minimize('warm');
    expect(cold.fix.allow).toEqual(['sysinfo']);
    writeFileSync(join(work, 'cache/done'), '');
    expect(minimize('warm')).toMatchObject({ status: 0, outcome: 'nothing-to-fix', guarantee: 'smallest' });
    expect(minimize('warm', '--clear', 'cache').fix.allow).toEqual(['sysinfo']);
    expect(existsSync(join(work, 'cache/done'))).toBe(true);
    rmSync(join(work, 'cache/done'));
    expect(readdirSync(join(work, 'cache'))).toEqual([]);
    expect(
      readdirSync(tmpdir()).filter((name) => name.startsWith(`trace-build-tree-${process.pid}`)),
    ).toEqual([]);
  });

  it('lets a test decide instead of the command', () => {
    const on = ['--on', `profile:${join(FIXTURES, 'base.json')}`];
    const { stdout } = run('--json', ...on, '--test', join(folder, 'alternatives'), '--', 'false');
    expect(JSON.parse(stdout)).toMatchObject({
      fix: { allow: [], enosys: ['openat2'] },
      guarantee: 'smallest',
    });
  });

  it('runs a command without strace that only strace makes fail', () => {
    const refused = run(
      '--json',
      '--on',
      'docker@19.03.15,kernel=4.4',
      '--',
      'strace',
      '-o',
      '/dev/null',
      'true',
    );
    const found = minimizeSchema.parse(JSON.parse(refused.stdout));
    expect(found).toMatchObject({ outcome: 'fixed', fix: { allow: ['ptrace'], enosys: [] } });
    expect(found.tracerFails).toContain('PTRACE_TRACEME: Operation not permitted');
    // Of calls that no trace shows, no change was tried.
    expect([found.guarantee, found.smallestIfMonotone]).toEqual(['1-minimal', false]);
    const allowlist = run('--allowlist', '--', 'strace', '-o', '/dev/null', 'true');
    expect(allowlist.status).toBe(3);
    expect(allowlist.stderr).toContain('the command fails whenever strace watches it: ');
  });

  it('says that it is no question of seccomp when the command fails without a filter', () => {
    const { status, stderr, stdout } = run(
      '--on',
      'docker@20.10.5',
      '--',
      'sh',
      '-c',
      'echo an error: why >&2; echo the end >&2; exit 1',
    );
    expect({ status, stdout }).toEqual({ status: 3, stdout: '' });
    expect(stderr).toContain('without a filter the command fails too: exit status 1: an error: why\n');
  });

  it('writes a profile that Docker takes, and prints how to use it', () => {
    const { status, stdout } = run(
      '--on',
      `profile:${join(FIXTURES, 'base.json')}`,
      '-o',
      'out.json',
      '--',
      join(folder, 'alternatives'),
    );
    expect(status).toBe(1);
    expect(stdout).toContain('--security-opt seccomp=');
    const profile = JSON.parse(readFileSync(join(work, 'out.json'), 'utf8')) as {
      syscalls: { names: string[]; action: string; errnoRet?: number }[];
    };
    expect(profile.syscalls.find(({ names }) => names.includes('openat2'))).toMatchObject({
      action: 'SCMP_ACT_ERRNO',
      errnoRet: 38,
    });
    rmSync(join(work, 'out.json'));
  });

  it('makes an allowlist that the runtime of a container can start under, and a service', () => {
    const { stdout } = run('--allowlist', '--json', '--budget', '1', '--on', 'docker', '--', 'true');
    const { profile, apply, asWritten, why } = minimizeSchema.parse(JSON.parse(stdout));
    // What is written was run, also where the budget ended the search.
    expect(why).toContain('the budget was used up');
    expect(asWritten).toMatchObject({ outcome: 'pass', newErrors: [] });
    const groups = profile?.syscalls as { names: string[]; action: string }[];
    const allowed = groups.filter(({ action }) => action === 'SCMP_ACT_ALLOW').flatMap(({ names }) => names);
    const runc = runtimeNeeds('runc', '1.1.5', false)!.names;
    expect(runc.filter((name) => !allowed.includes(name))).toEqual([]);
    expect(allowed).toContain('restart_syscall');
    expect(allowed).not.toContain('clone3');
    const dropIn = apply.find(({ where }) => where.startsWith('systemd'))!.text.split(/[\s=]/);
    expect(allowed.filter((name) => !dropIn.includes(name))).toEqual([]);
  });

  it('grants no more than the host, also to what only shows under the list', () => {
    const script = 'syscall(272, 0x10000000); syscall(39); print STDERR $! + 0 ? "error: $!\\n" : ""';
    const { stdout } = run(
      '--allowlist',
      '--json',
      '--budget',
      '40',
      '--on',
      'docker',
      '--',
      'perl',
      '-e',
      script,
    );
    const found = minimizeSchema.parse(JSON.parse(stdout));
    expect(found.outcome).toBe('fixed');
    expect(found.refusedByHost).toEqual([{ name: 'unshare', count: 2 }]);
    expect(found.fix.allow).not.toContain('unshare');
    expect(found.escapes).toBeUndefined();
    // perl passes whatever its calls give: what it prints then is named.
    expect(found.asWritten?.newErrors).toEqual(['error: Function not implemented']);
  });

  it('merges traces into one allowlist, with where each entry came from', () => {
    const traces = ['tar-sid', 'tar'].map((name) => join(TRACES, `${name}.strace.gz`));
    const { status, stdout, stderr } = run('--json', '--merge', traces[0]!, '--merge', traces[1]!);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const { outcome, guarantee, allowlist = [], profile } = minimizeSchema.parse(JSON.parse(stdout));
    expect({ outcome, guarantee }).toEqual({ outcome: 'merged', guarantee: 'unproven' });
    const of = (name: string) => allowlist.find((entry) => entry.name === name);
    expect(of('read')).toMatchObject({ why: 'used', origins: traces });
    // Only sid's tar calls it, and there it is not answered ENOSYS.
    expect(of('fchmodat2')).toMatchObject({ why: 'used', origins: [traces[0]] });
    expect(of('capset')).toMatchObject({ why: 'runtime', count: 0 });
    expect(JSON.stringify(profile)).toContain('fchmodat2');
    // The second one is no command.
    expect(run('--json', '--merge', ...traces).stdout).toBe(stdout);
    expect(run('--merge', ...traces, '-o', 'x.json')).toMatchObject({ status: 2, stdout: '' });
  });

  it('never says more than a small budget could show', () => {
    const found = minimize('needs', '--budget', '3');
    expect(found.runs.experiments).toBeLessThanOrEqual(3);
    expect(found.guarantee).toBe('unproven');
  });

  it('returns the best so far when it is interrupted, and goes on with --resume', async () => {
    const args = ['--on', `profile:${join(FIXTURES, 'base.json')}`, '--json', '--', join(folder, 'needs')];
    const child = spawn(process.execPath, [MAIN, 'minimize', ...args], { cwd: work, env: environment() });
    let [stdout, stderr, asked] = ['', '', false];
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
      // A best is there: the proof has begun.
      if (!asked && stderr.includes('trace-build: prove:')) asked = child.kill('SIGINT');
    });
    await new Promise((settle) => child.once('close', settle));
    expect(stdout, stderr).not.toBe('');
    const stopped = minimizeSchema.parse(JSON.parse(stdout));
    expect(stopped.guarantee).toBe('unproven');
    expect(stopped.fix.enosys).toEqual(['fchmodat2']);
    const resumed = minimize('needs', '--resume', '--aim', '1-minimal');
    expect(resumed.guarantee).toBe('1-minimal');
    const whole = minimize('needs', '--aim', '1-minimal');
    expect(resumed.fix).toEqual(whole.fix);
    expect(resumed.runs.executions).toBeLessThan(whole.runs.executions);
  });
});
