import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { manifestSchema } from '../../src/core/documents/manifest.ts';
import { replaySchema } from '../../src/core/documents/replay.ts';
import { runSchema } from '../../src/core/documents/run.ts';
import { buildDate, SID_ROOT, tarProject, ZigProject } from '../rig/components.ts';
import { needs } from '../rig/need.ts';
import { traceBuild, workFolder } from '../rig/program.ts';
import { THREAD_KILLING } from '../rig/refusing.ts';

const OLD = 'docker@19.03.15';

type Blocked = { syscall: string; abi: string; errno: string; cause: string };
const inWords = (blocked: readonly Blocked[]) =>
  blocked.map(({ syscall, abi, errno, cause }) => `${syscall} ${abi} ${errno} ${cause}`).sort();

interface Place {
  readonly cwd: string;
  readonly env?: Record<string, string>;
}

async function run(place: Place, file: string, ...args: string[]) {
  const ran = await traceBuild(['--json', '-o', file, ...args], place);
  expect(ran.stderr).not.toContain('trace-build:');
  return runSchema.parse(JSON.parse(ran.stdout));
}

async function judged({ cwd }: Place, file: string, host: string) {
  const said = await traceBuild(['replay', `${file}.strace.gz`, '--against', host, '--json'], { cwd });
  const { hosts, notes } = replaySchema.parse(JSON.parse(said.stdout));
  return { blocked: hosts[0]!.blocked, notes };
}

/** What a fast recording says was refused, which must be what a full recording of the same run says. */
async function sameRefused(place: Place, host: string, ...command: string[]) {
  const full = await run(place, 'full', '--on', host, ...command);
  const fast = await run(place, 'fast', '--fast', '--on', host, ...command);
  expect(fast).toMatchObject({ mode: 'fast', method: 'notification', exit: full.exit });
  const found = inWords(byFilter(fast.denials));
  expect(found).toEqual(inWords(byFilter(full.denials)));
  expect(fast.trace.complete).toBe(true);
  expect(fast.trace.lines).toBeLessThan(full.trace.lines);
  return found;
}

/** What the kernel itself refuses is not notified. */
const byFilter = <T extends Blocked>(denials: readonly T[]): readonly T[] =>
  denials.filter(({ cause }) => cause !== 'genuine' && cause !== 'unknown');

needs('linux', 'bwrap', 'strace', 'zig').describe('fast mode on the Zig fixture', () => {
  const zig = new ZigProject();
  afterAll(() => zig.remove());

  test('finds what full tracing finds', async () => {
    await zig.warm();
    const script = 'rm -rf .zig-cache zig-out && zig build -Dtls-backend=none';
    const found = await sameRefused({ cwd: zig.copy(), env: zig.env }, OLD, '--', 'sh', '-c', script);
    expect(found).toContain('faccessat2 x86_64 EPERM default');
  }, 300_000);
});

needs('linux', 'root', 'bwrap', 'strace', 'sid-root').describe('fast mode on the tar fixture', () => {
  let cwd: string | undefined;
  afterAll(() => cwd && rmSync(cwd, { recursive: true, force: true }));

  test('finds what full tracing finds, and tells for whom it answers', async () => {
    cwd = await tarProject();
    const place = { cwd };
    const found = await sameRefused(place, OLD, '--rootfs', SID_ROOT, '--', 'sh', 'build.sh');
    expect(found).toContain('fchmodat2 x86_64 EPERM default');
    const manifest = manifestSchema.parse(JSON.parse(readFileSync(join(cwd, 'fast.strace.json'), 'utf8')));
    expect(manifest).toMatchObject({ method: 'notification', host: OLD, answers: [OLD] });
    const note = `fast.strace.gz was recorded in fast mode to be checked against ${OLD}; calls that only other hosts refuse may be missing in it`;
    expect((await judged(place, 'fast', 'kernel@3.10')).notes).toEqual([note]);
    expect((await judged(place, 'fast', OLD)).notes).toBeUndefined();
  });
});

needs('linux', 'bwrap', 'strace').describe('fast mode where a filter can not notify', () => {
  const folder = workFolder();
  afterAll(() => folder.remove());

  test('runs free, stops only at what the host may refuse, and is evaluated', async () => {
    writeFileSync(join(folder.path, 'kills.json'), JSON.stringify(THREAD_KILLING));
    const host = 'profile:kills.json';
    const script = ['--', 'sh', '-c', '[ -x /bin/sh ] && echo passed'];
    const full = await run({ cwd: folder.path }, 'full', '--on', 'unconfined', ...script);
    const fast = await run({ cwd: folder.path }, 'fast', '--fast', '--on', host, ...script);
    expect(fast).toMatchObject({ mode: 'fast', method: 'strace', exit: { status: 0 } });
    const found = inWords(fast.denials);
    expect(found).toEqual(inWords((await judged({ cwd: folder.path }, 'full', host)).blocked));
    expect(found).toContain('faccessat2 x86_64 EPERM rule');
    expect(fast.trace.lines).toBeLessThan(full.trace.lines);
  });
});

needs('linux', 'root', 'bwrap', 'strace', 'i386-root').describe('fast mode on a 32-bit program', () => {
  const folder = workFolder();
  afterAll(() => folder.remove());

  test('finds what full tracing finds', async () => {
    buildDate(join(folder.path, 'date'));
    const found = await sameRefused({ cwd: folder.path }, 'docker@18.09.9', '--', './date', '--no-vdso');
    expect(found).toContain('clock_gettime64 x86 EPERM default');
  });
});
