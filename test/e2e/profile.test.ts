import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { profileDiffSchema, profileEvalSchema, profileShowSchema } from '../../src/core/documents/profile.ts';
import { jsonText } from '../../src/core/seccomp/formats/documents.ts';
import { cli } from '../rig/cli.ts';
import { MAIN } from '../rig/program.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trace-build-profile-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string): string => join(folder, name);
const HOST = 'docker@20.10.5,kernel=6.1';

/** Runs `profile …` and expects it to go well and to be silent about it. */
async function profile(...args: readonly string[]): Promise<string> {
  const { status, stdout } = await cli(['profile', ...args]);
  expect(status).toBe(0);
  return stdout;
}

describe('profile eval', () => {
  test('answers one call of a host: the cases of the public record', async () => {
    const evaluate = async (host: string, ...call: string[]) =>
      profileEvalSchema.parse(JSON.parse(await profile('eval', host, ...call, '--json')));
    const rows: readonly (readonly [string, readonly string[], object])[] = [
      ['docker@18.03.1', ['statx', '--arch', 'x86_64'], { action: 'errno', errno: 'EPERM' }],
      ['docker@18.06.3,libseccomp=2.3.3', ['statx', '--arch', 'x86_64'], { action: 'allow' }],
      ['docker@19.03.8,arch=arm', ['clock_gettime64', '--arch', 'arm'], { action: 'errno', errno: 'EPERM' }],
      ['docker@20.10.5', ['clone3', '--arch', 'x86_64'], { action: 'errno', errno: 'EPERM' }],
      ['docker@20.10.10', ['clone3', '--arch', 'x86_64'], { action: 'errno', errno: 'ENOSYS' }],
      ['docker@24.0.9', ['fchmodat2', '--arch', 'x86_64'], { action: 'errno', errno: 'ENOSYS' }],
      ['docker@24.0.9,arch=arm', ['fchmodat2', '--arch', 'arm'], { action: 'errno', errno: 'EPERM' }],
      // No architecture named, and not one that this machine runs: a host of that architecture.
      ['docker@24.0.9', ['fchmodat2', '--arch', 's390x'], { action: 'errno', errno: 'ENOSYS' }],
      [HOST, ['personality', '0x20008', '--arch', 'x86_64'], { action: 'allow' }],
      [HOST, ['personality', '0x20009', '--arch', 'x86_64'], { action: 'errno', errno: 'EPERM' }],
    ];
    for (const [host, call, expected] of rows) {
      expect({ host, call, ...(await evaluate(host, ...call)) }).toMatchObject({ host, call, ...expected });
    }
  });

  test('reads many calls from standard input and stops at a line that is none', async () => {
    await profile('compile', '--on', HOST, '--arch', 'amd64', '-o', at('many.bpf'));
    const input =
      'x86_64 0\namd64 435 1 2\n\nx86_64 0x40000253\nriscv64 1\nx86_64 fchmodat2\nx86_64 135 18446744073709551615\n';
    const { status, stdout, stderr } = await cli(['profile', 'eval', at('many.bpf'), '-'], { input });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toBe('allow\nerrno 1\nerrno 38\nkill_thread\nerrno 38\nerrno 1\n');

    const bad = await cli(['profile', 'eval', at('many.bpf'), '-'], { input: 'x86_64 0\nvax 1\n' });
    expect(bad).toMatchObject({ status: 2, stdout: 'allow\n' });
    expect(bad.stderr).toContain("standard input:2: unknown architecture 'vax'");
  });

  test('answers a call before the next one is asked', async () => {
    const child = spawn(process.execPath, [MAIN, 'profile', 'eval', HOST, '--arch', 'x86_64', '-']);
    const answers = child.stdout[Symbol.asyncIterator]();
    for (const [call, answer] of [
      ['x86_64 0', 'allow\n'],
      ['x86_64 439', 'allow\n'],
      ['x86_64 452', 'errno 38\n'],
    ]) {
      child.stdin.write(`${call}\n`);
      expect(String((await answers.next()).value)).toBe(answer);
    }
    child.stdin.end();
    expect(await new Promise((done) => child.once('exit', done))).toBe(0);
  });

  test('says what is wrong', async () => {
    for (const [args, words] of [
      [['eval', HOST, 'no_such_call'], "no syscall 'no_such_call'"],
      [['eval', HOST, 'read', 'x'], "'x' is not a number"],
      [['eval', HOST, 'read', '0x1ffffffffffffffff'], "'0x1ffffffffffffffff' is not a number of 64 bits"],
      [['eval', HOST, '0x1ffffffff'], 'those have 32 bits'],
      [['show', HOST, '--on', 'docker@25.0.3'], "--on goes with a profile, and 'docker@20.10.5"],
      [['convert', '/dev/null', '--to', 'oci'], 'there is no rule in this text'],
      [['eval', at('none.bpf'), 'read'], 'there is no such file'],
      [['eval', HOST, 'read', '--arch', 'vax'], "unknown architecture 'vax'"],
    ] as const) {
      const { status, stdout, stderr } = await cli(['profile', ...args]);
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
      expect(stderr).toContain(words);
    }
  });
});

describe('profile compile, disasm, diff, show', () => {
  test('a compiled filter answers as its host, and reads as text', async () => {
    await profile('compile', '--on', HOST, '--arch', 'x86_64', '-o', at('out.bpf'));
    expect(await profile('diff', at('out.bpf'), HOST, '--arch', 'x86_64')).toContain(
      'answer every known call alike',
    );
    const text = await profile('disasm', at('out.bpf'));
    expect(text).toMatch(/^ {2}0: 20 00 00 00000004 {2}A = arch\n/);
    expect(text).toContain('; x86_64');
    expect(text).toContain('return ENOSYS');
  });

  test('a strace log is a filter too', async () => {
    const list =
      '[BPF_STMT(BPF_LD|BPF_W|BPF_ABS, 0), BPF_JUMP(BPF_JMP|BPF_K|BPF_JEQ, 0x1b3, 0, 0x1), BPF_STMT(BPF_RET|BPF_K, SECCOMP_RET_ERRNO|0x26), BPF_STMT(BPF_RET|BPF_K, SECCOMP_RET_ALLOW)]';
    writeFileSync(at('strace.log'), `12 seccomp(SECCOMP_SET_MODE_FILTER, 0, {len=4, filter=${list}}) = 0\n`);
    expect(await profile('disasm', at('strace.log'))).toContain('if nr == 0x1b3');
    expect(await profile('eval', at('strace.log'), 'clone3', '--arch', 'x86_64')).toBe('errno 38 (ENOSYS)\n');
    writeFileSync(at('strace.gz'), gzipSync(readFileSync(at('strace.log'))));
    expect(await profile('disasm', at('strace.gz'))).toContain('if nr == 0x1b3');
    writeFileSync(at('cut.gz'), Buffer.from([0x1f, 0x8b, 8]));
    expect((await cli(['profile', 'disasm', at('cut.gz')])).stderr).toMatch(
      /cut\.gz: cannot be read \(the compressed data is damaged\)/,
    );
  });

  test('diff tells what an upgrade changes, with exit status 1', async () => {
    const { status, stdout } = await cli([
      'profile',
      'diff',
      'docker@24.0.9,arch=x86_64',
      'docker@25.0.3,arch=x86_64',
      '--json',
    ]);
    expect(status).toBe(1);
    const { differences } = profileDiffSchema.parse(JSON.parse(stdout));
    expect(differences).toContainEqual({
      syscall: 'fchmodat2',
      abi: 'x86_64',
      nr: 452,
      a: { action: 'errno', errno: 'ENOSYS' },
      b: { action: 'allow' },
      since: '25.0.3',
    });
    expect(differences.some(({ syscall }) => syscall === 'read')).toBe(false);
  });

  test('diff finds what only some arguments show', async () => {
    const write = (name: string, value: number): string => {
      const syscalls = [
        { names: ['personality'], action: 'SCMP_ACT_ALLOW', args: [{ index: 0, value, op: 'SCMP_CMP_EQ' }] },
      ];
      writeFileSync(at(name), JSON.stringify({ defaultAction: 'SCMP_ACT_ERRNO', syscalls }));
      return at(name);
    };
    const { status, stdout } = await cli(['profile', 'diff', write('a.json', 8), write('b.json', 9)]);
    expect(status).toBe(1);
    expect(stdout).toContain('personality(0x8)');
    expect(stdout).toContain('personality(0x9)');
  });

  test('show groups names by action and conditions', async () => {
    const found = profileShowSchema.parse(
      JSON.parse(await profile('show', HOST, '--arch', 'x86_64', '--json')),
    );
    const [wide] = found.filter!.abis;
    expect(wide).toMatchObject({ abi: 'x86_64', enosysAbove: 439 });
    expect(wide!.rules[0]).toMatchObject({ action: 'allow' });
    expect(wide!.rules[0]!.names).toContain('faccessat2');
    expect(await profile('show', 'kernel@5.4')).toContain('no filter');
  });
});

describe('profile convert', () => {
  const DOCUMENT = {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: 38,
    architectures: ['SCMP_ARCH_X86_64'],
    syscalls: [
      { names: ['read', 'write'], action: 'SCMP_ACT_ALLOW' },
      { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: 1 },
      {
        names: ['personality'],
        action: 'SCMP_ACT_ALLOW',
        args: [{ index: 0, value: 0xffffffffffffffffn, op: 'SCMP_CMP_EQ' }],
      },
      { names: ['mount'], action: 'SCMP_ACT_ALLOW', includes: { caps: ['CAP_SYS_ADMIN'] } },
    ],
  };

  async function convert(...args: readonly string[]) {
    writeFileSync(at('profile.json'), jsonText(DOCUMENT));
    return cli(['profile', 'convert', at('profile.json'), '--arch', 'x86_64', ...args]);
  }

  test('docker: nothing is lost, 64-bit values stay whole', async () => {
    const { status, stdout, stderr } = await convert('--to', 'docker');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('18446744073709551615');
    writeFileSync(at('again.json'), stdout);
    expect(await profile('diff', at('profile.json'), at('again.json'))).toContain('alike');
  });

  test('oci, spo: conditions on capabilities are decided and said', async () => {
    const oci = await convert('--to', 'oci');
    expect(oci.stderr).toContain('does not survive: conditions of 1 groups');
    expect(oci.stdout).not.toContain('mount');
    const spo = await convert('--to', 'spo', '--name', 'builder');
    expect(spo.stdout).toContain('kind: SeccompProfile');
    expect(spo.stdout).toContain('name: builder');
    expect(spo.stderr).toContain('default errno 38');
    writeFileSync(at('spo.yaml'), spo.stdout);
    const back = await cli(['profile', 'convert', at('spo.yaml'), '--to', 'docker']);
    expect(JSON.parse(back.stdout).syscalls[0]).toEqual({
      names: ['read', 'write'],
      action: 'SCMP_ACT_ALLOW',
    });
  });

  test('systemd: an allow list, there and back', async () => {
    const { stdout, stderr } = await convert('--to', 'systemd');
    expect(stdout).toBe(
      '[Service]\nSystemCallArchitectures=x86-64\nSystemCallFilter=read write\nSystemCallErrorNumber=ENOSYS\nSystemCallFilter=~clone3:EPERM\n',
    );
    expect(stderr).toContain('argument conditions: personality are refused');
    expect(stderr).not.toContain('clone3');
    writeFileSync(at('unit'), stdout);
    const back = JSON.parse((await cli(['profile', 'convert', at('unit'), '--to', 'docker'])).stdout);
    expect(back).toMatchObject({
      defaultAction: 'SCMP_ACT_ERRNO',
      defaultErrnoRet: 38,
      syscalls: [
        { names: ['read', 'write'], action: 'SCMP_ACT_ALLOW' },
        { comment: 'systemd allows @default in every allow list' },
        { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: 1 },
      ],
    });
  });

  test('spo: JSON too; what the base profile allows is lost', async () => {
    const spec = { ...DOCUMENT, baseProfileName: 'runc-v1.2.0', listenerMetadata: 'who' };
    writeFileSync(at('spo.json'), jsonText({ kind: 'SeccompProfile', spec }));
    const { status, stdout, stderr } = await cli(['profile', 'convert', at('spo.json'), '--to', 'docker']);
    expect({ status, stderr }).toMatchObject({
      status: 0,
      stderr: expect.stringContaining("does not survive: what the base profile 'runc-v1.2.0' allows"),
    });
    expect(stdout).toContain('"listenerMetadata": "who"');
  });

  test('minijail: conditions survive, the default does not', async () => {
    const { stdout, stderr } = await convert('--to', 'minijail');
    expect(stdout).toBe('clone3: return EPERM\npersonality: arg0 == 0xffffffffffffffff\nread: 1\nwrite: 1\n');
    expect(stderr).toContain('the default ENOSYS');
    writeFileSync(
      at('policy'),
      'open: arg1 in 0x3 || arg1 & 0x40\nread: 1\nclose: return EBADF\nmmap: arg2 == PROT_READ\n',
    );
    const back = await cli(['profile', 'convert', at('policy'), '--from', 'minijail', '--to', 'docker']);
    expect(back.stderr).toContain("'arg2 == PROT_READ' for mmap (line 4)");
    expect(JSON.parse(back.stdout).syscalls[0].args[0]).toEqual({
      index: 1,
      value: expect.any(Number),
      valueTwo: 0,
      op: 'SCMP_CMP_MASKED_EQ',
    });
  });
});
