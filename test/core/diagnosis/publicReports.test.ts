import { describe, expect, test } from 'vitest';
import { blockedOn } from '../../../src/core/diagnosis/blocked.ts';
import { denialsOf } from '../../../src/core/diagnosis/denials.ts';
import type { Denial } from '../../../src/core/documents/denial.ts';
import { isFinding } from '../../../src/core/documents/severity.ts';
import type { HostModel } from '../../../src/core/hosts/host.ts';
import { resolveHost } from '../../../src/core/hosts/resolve/resolve.ts';
import { TraceReader } from '../../../src/core/strace/fast/reader.ts';
import { evidencePhrase } from '../../../src/render/phrases/reason.ts';

// The kinds of public bug reports of notes/public-reports.md, each in a few lines of a trace made for it.

const surroundings = {
  running: { kernel: '6.12', arch: 'x86_64' as const },
  loadProfile: () => Promise.reject(new Error('no profile is read here')),
};

async function on(expression: string): Promise<HostModel> {
  const host = await resolveHost(expression, surroundings);
  if (!host.ok) throw new Error(host.failure.what);
  return host.value;
}

function summary(lines: readonly string[]) {
  const reader = new TraceReader({ file: 'a.strace' });
  reader.push(Buffer.from(`${lines.join('\n')}\n`));
  return reader.end();
}

const GONE = ['7 write(2, "failed\\n", 7) = 7', '7 exit_group(1) = ?', '7 +++ exited with 1 +++'];
const seen = async (host: string | undefined, ...lines: string[]): Promise<Denial> =>
  denialsOf(summary([...lines, ...GONE]), host === undefined ? undefined : await on(host))[0]!;
const kindsOf = ({ reason }: Denial): readonly string[] =>
  reason.kind === 'not-known' ? reason.candidates.map(({ kind }) => kind) : [reason.kind];

describe('what a host would refuse', () => {
  const library = (name: string) =>
    `7 openat(AT_FDCWD, "/lib/x86_64-linux-gnu/${name}", O_RDONLY|O_CLOEXEC) = 3`;

  test('GLib’s spawn breaks on close_range EPERM', async () => {
    const trace = summary([
      '7 execve("/usr/bin/tool", ["tool"], 0x7ffd0 /* 1 var */) = 0',
      library('libglib-2.0.so.0'),
      '7 close_range(4, 4294967295, 0) = 0',
      '7 exit_group(0) = ?',
      '7 +++ exited with 0 +++',
    ]);
    const [denial] = blockedOn([trace], await on('docker@20.10.5'));
    expect(denial).toMatchObject({
      syscall: 'close_range',
      errno: 'EPERM',
      consequence: { effect: 'breaks', basis: 'known' },
    });
  });

  test('numactl breaks on set_mempolicy EPERM', async () => {
    const trace = summary([
      '7 execve("/usr/bin/numactl", ["numactl", "--interleave=all", "make"], 0x7ffd0 /* 1 var */) = 0',
      library('libnuma.so.1'),
      '7 set_mempolicy(MPOL_INTERLEAVE, [0x1], 1024) = 0',
      '7 exit_group(0) = ?',
      '7 +++ exited with 0 +++',
    ]);
    const [denial] = blockedOn([trace], await on('docker@24.0.7'));
    expect(denial).toMatchObject({
      syscall: 'set_mempolicy',
      consequence: { effect: 'breaks', basis: 'known' },
    });
  });
});

describe('a death of SIGSYS', () => {
  test('names the call that has no result, and is a finding', async () => {
    const trace = summary([
      '7 execve("/usr/bin/node", ["node"], 0x7ffd0 /* 1 var */) = 0',
      '7 io_uring_setup(256, {flags=IORING_SETUP_SQPOLL}) = ?',
      '7 +++ killed by SIGSYS (core dumped) +++',
    ]);
    const [denial] = denialsOf(trace, undefined);
    expect(denial).toMatchObject({
      syscall: 'io_uring_setup',
      errno: 'SIGSYS',
      reason: { because: 'killed' },
    });
    expect(isFinding(denial!)).toBe(true);
  });

  test('names the call whose own number is its result', () => {
    const [denial] = denialsOf(
      summary([
        '7 [  59] execve("./grow", ["./grow"], 0x7ffd0 /* 1 var */) = 0',
        '7 [  25] mremap(0x7f0000, 4096, 8192, MREMAP_MAYMOVE) = 0x19',
        '7 --- SIGSYS {si_signo=SIGSYS, si_code=SYS_SECCOMP, si_call_addr=0x7f01, si_syscall=__NR_mremap, si_arch=AUDIT_ARCH_X86_64} ---',
        '7 +++ killed by SIGSYS +++',
      ]),
      undefined,
    );
    expect(denial).toMatchObject({ syscall: 'mremap', errno: 'SIGSYS', consequence: { effect: 'breaks' } });
  });

  test('by a filter that the program loaded itself is that filter’s', () => {
    const [denial] = denialsOf(
      summary([
        '7 execve("./vmm", ["./vmm"], 0x7ffd0 /* 1 var */) = 0',
        '7 seccomp(SECCOMP_SET_MODE_FILTER, 0, {len=12, filter=0x7f0}) = 0',
        '7 accept4(3, NULL, NULL, 0) = 288',
        '7 --- SIGSYS {si_signo=SIGSYS, si_code=SYS_SECCOMP, si_call_addr=0x1, si_syscall=__NR_accept4, si_arch=AUDIT_ARCH_X86_64} ---',
        '7 +++ killed by SIGSYS +++',
      ]),
      undefined,
    );
    expect(denial?.reason).toEqual({ kind: 'own-filter', line: 2 });
  });
});

describe('refused by something else than the profile', () => {
  test.each([
    [
      'a device',
      '7 openat(AT_FDCWD, "/dev/fuse", O_RDWR) = -1 EPERM (Operation not permitted)',
      ['device-cgroup', 'security-module'],
    ],
    [
      'a masked path',
      '7 openat2(8, "self/setgroups", {flags=O_PATH}, 24) = -1 EPERM (Operation not permitted)',
      ['masked-path', 'security-module'],
    ],
    [
      'a security module',
      '7 mount(NULL, "/", NULL, MS_REC|MS_SLAVE, NULL) = -1 EACCES (Permission denied)',
      ['security-module'],
    ],
    [
      'the quota of keys',
      '7 keyctl(KEYCTL_JOIN_SESSION_KEYRING, "_ses.a") = -1 EDQUOT (Disk quota exceeded)',
      ['resource-limit'],
    ],
    ['a sysctl', '7 io_uring_setup(8, {flags=0}) = -1 EPERM (Operation not permitted)', ['sysctl']],
    [
      'the tracer',
      '7 ptrace(PTRACE_TRACEME) = -1 EPERM (Operation not permitted)',
      ['tracer', 'sysctl', 'capability'],
    ],
  ])('%s, on a host whose filter does not return that', async (_, line, kinds) => {
    expect(kindsOf(await seen('docker@24.0.9', line))).toEqual(kinds);
    // Without a host it is at least among the candidates.
    expect(kindsOf(await seen(undefined, line))).toEqual(expect.arrayContaining(kinds));
  });

  test('says of an errno that the filter does not return that the caller was outside of it', async () => {
    const denial = await seen(
      'docker@24.0.9',
      '7 mount(NULL, "/", NULL, MS_REC, NULL) = -1 EACCES (Permission denied)',
    );
    expect(evidencePhrase(denial)).toContain('would have returned EPERM, so the caller was not under it');
  });

  test('a user namespace is the profile’s or the system’s where no host is named, the profile’s on Docker', async () => {
    const line = '7 unshare(CLONE_NEWNS|CLONE_NEWUSER) = -1 EPERM (Operation not permitted)';
    expect(kindsOf(await seen(undefined, line))).toEqual(['some-filter', 'user-namespace-limit']);
    expect(kindsOf(await seen('docker@24.0.9', line))).toEqual(['default-action']);
  });

  test('io_uring is the profile’s on a Docker that refuses it, not the sysctl’s', async () => {
    const line = '7 io_uring_setup(8, {flags=0}) = -1 EPERM (Operation not permitted)';
    expect(await seen('docker@29.4.2', line)).toMatchObject({ basis: 'computed', cause: 'default' });
  });

  test('two layers may refuse userfaultfd and perf_event_open', async () => {
    const uffd = '7 userfaultfd(O_CLOEXEC) = -1 EPERM (Operation not permitted)';
    expect(kindsOf(await seen(undefined, uffd))).toEqual(expect.arrayContaining(['some-filter', 'sysctl']));
    const perf =
      '7 perf_event_open({type=PERF_TYPE_HARDWARE}, 0, -1, -1, 0) = -1 EPERM (Operation not permitted)';
    expect(kindsOf(await seen(undefined, perf))).toEqual(expect.arrayContaining(['some-filter', 'sysctl']));
  });

  test('a refused socket behind the program’s own filter may be that filter’s', async () => {
    const denial = await seen(
      'unconfined',
      '7 prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, {len=6, filter=0x7f0}) = 0',
      '7 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = -1 EPERM (Operation not permitted)',
    );
    expect(kindsOf(denial)).toContain('own-filter');
    expect(kindsOf(denial)).not.toContain('capability');
  });
});

describe('records that are not of a host', () => {
  test('number -1 of an old kernel: a filter, and the call is lost', async () => {
    const line = '7 syscall_18446744073709551615(0x5, 0, 0x6, 0, 0xd20, 0x7f32) = -1 (errno 1)';
    for (const host of [undefined, 'docker@1.12.0']) {
      const denial = await seen(host, line);
      expect(denial.reason).toMatchObject({ kind: 'some-filter', because: 'number-lost' });
      expect(denial.consequence.effect).not.toBe('harmless');
    }
  });

  test('qemu-user’s own table does not know the call', async () => {
    const trace = summary(['7 Unknown syscall 437', '7 write(2,0x4000e0,50) = 50', '7 exit(1)']);
    expect(denialsOf(trace, undefined)[0]).toMatchObject({
      syscall: 'openat2',
      reason: { kind: 'emulator' },
    });
  });

  test('lines that end as on Windows say the same', async () => {
    const denial = await seen(
      'docker@19.03.15',
      '7 faccessat2(AT_FDCWD, "x", X_OK, AT_EACCESS) = -1 EPERM (Operation not permitted)\r',
    );
    expect(denial).toMatchObject({
      syscall: 'faccessat2',
      cause: 'default',
      consequence: { effect: 'breaks' },
    });
  });
});
