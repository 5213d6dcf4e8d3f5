import { describe, expect, it } from 'vitest';
import { TraceReader } from '../../../src/core/strace/fast/reader.ts';
import type { TraceEvent, TraceSummary } from '../../../src/core/strace/grammar/event.ts';
import { abiOfAudit, sigsysInfo } from '../../../src/core/strace/grammar/siginfo.ts';
import { EventParser } from '../../../src/core/strace/tracees/events.ts';

// Whatever strace shows of a SIGSYS, the call is named, or it is said that a thread died of one that is not known.

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function summary(text: string, scan: boolean | 'plain' | 'simd' = true): TraceSummary {
  const reader = new TraceReader({ file: 'x', scan });
  reader.push(bytes(text));
  return reader.end();
}

/** The refused calls, the same by every reader, also after the scanner has learned all kinds of line. */
function refused(lines: readonly string[]): string[] {
  const text = `${lines.join('\n')}\n`;
  const parser = new EventParser({ file: 'x' });
  const events: TraceEvent[] = [...parser.push(bytes(text)), ...parser.end()];
  const learned = ['brk(NULL)', 'mmap(NULL, 4096)', 'mremap(0x7f)', 'read(3, "", 1)', 'openat(AT_FDCWD, "x")']
    .map((call) => `3 ${call} = 0x7f0c8cc72000\n3 ${call} = 4\n`)
    .join('');
  const inFull = summary(learned + text, false);
  for (const scan of ['plain', 'simd'] as const) expect(summary(learned + text, scan)).toEqual(inFull);
  const dead = (calls: TraceSummary['calls']) =>
    calls
      .filter(({ outcome }) => outcome === 'sigsys')
      .map(({ call }) => `${call.abi} ${call.name} ${call.nr}`);
  const found = dead(summary(text).calls);
  expect(dead(inFull.calls)).toEqual(found);
  const seen = events.filter(({ outcome }) => outcome.kind === 'sigsys');
  expect([...new Set(seen.map(({ abi, name, nr }) => `${abi} ${name} ${nr ?? -1}`))]).toEqual(found);
  expect(events.length).toBe(summary(text).events);
  return found;
}

const START = '7 execve("./a", ["./a"], 0x7ffe /* 9 vars */) = 0';
const KILLED = '7 +++ killed by SIGSYS (core dumped) +++';
const signal = (more: string): string =>
  `7 --- SIGSYS {si_signo=SIGSYS, si_code=SYS_SECCOMP, si_call_addr=0x7f8829${more}} ---`;

describe('SIGSYS names the call', () => {
  it.each([
    ['mremap(0x7f0c, 4096, 8192, MREMAP_MAYMOVE) = 0x19', 'x86_64 mremap 25'],
    ['brk(NULL)                         = 0xc', 'x86_64 brk 12'],
    ['mmap(NULL, 8192, PROT_READ, MAP_PRIVATE, 3, 0) = 0x9', 'x86_64 mmap 9'],
    ['shmat(3, NULL, 0) = 0x1e', 'x86_64 shmat 30'],
    ['ptrace(PTRACE_TRACEME)             = 101', 'x86_64 ptrace 101'],
    ['io_uring_setup(8, {flags=0}) = ?', 'x86_64 io_uring_setup 425'],
    // A 32-bit program under a filter without that architecture: no line says that it is one.
    ['brk(NULL)                         = 0x2d', 'x86 brk 45'],
  ])('by the number in place of a result: %s', (call, name) => {
    expect(refused([START, `7 ${call}`, KILLED])).toEqual([name]);
    expect(refused([START, `7 ${call}`, signal(''), KILLED])).toEqual([name]);
  });

  it('not by an address that is large, or a result of another call', () => {
    for (const call of [
      'mmap(NULL, 8192, PROT_READ) = 0x7f0c8cc72000',
      'brk(NULL) = 0x1019',
      'read(3, "", 1) = 25',
    ])
      expect(refused([START, `7 ${call}`, KILLED])).toEqual(['x86_64 unknown -1']);
  });

  it('by siginfo where the line of the call is missing, as with strace -e', () => {
    const opened = '7 openat(AT_FDCWD, "/proc", O_RDONLY) = 3';
    const clone3 = signal(', si_syscall=__NR_clone3, si_arch=AUDIT_ARCH_X86_64');
    expect(refused([START, opened, clone3, KILLED])).toEqual(['x86_64 clone3 435']);
    expect(refused([START, opened, signal(', si_syscall=452, si_arch=0x40000003'), KILLED])).toEqual([
      'x86 fchmodat2 452',
    ]);
    // Each once, though the thread goes on after a trap.
    expect(refused([START, clone3, opened, clone3, '7 +++ exited with 0 +++'])).toEqual([
      'x86_64 clone3 435',
    ]);
    const counts = summary(`${[START, clone3, opened, clone3].join('\n')}\n`).calls.find(
      ({ outcome }) => outcome === 'sigsys',
    );
    expect(counts).toMatchObject({ count: 2, first: { line: 2, pid: 7, command: './a' } });
  });

  it('by siginfo while the call has not returned', () => {
    const lines = [START, '7 clone3({flags=CLONE_VM}, 88 <unfinished ...>'];
    const info = signal(', si_syscall=__NR_clone3, si_arch=AUDIT_ARCH_X86_64');
    expect(refused([...lines, info, KILLED])).toEqual(['x86_64 clone3 435']);
    expect(summary(`${[...lines, info, KILLED].join('\n')}\n`)).toMatchObject({ events: 2, unfinished: 0 });
  });

  it('by its number where siginfo names another call, as kernels of s390x did', () => {
    const info = signal(', si_syscall=__NR_setup, si_arch=AUDIT_ARCH_S390X');
    expect(refused([START, '7 faccessat2(AT_FDCWD, "x", X_OK, 0) = 439', info, KILLED])).toEqual([
      's390x faccessat2 439',
    ]);
  });

  it('where the line of the call has no result at all', () => {
    expect(refused([START, '7 openat(AT_FDCWD, "/usr (x)", O_RDONLY|O_PATH)', KILLED])).toEqual([
      'x86_64 openat 257',
    ]);
  });
});

describe('SIGSYS that names no call', () => {
  it('is reported as the death that it is', () => {
    const text = `${[START, '7 openat(AT_FDCWD, "/proc", O_RDONLY) = 3', KILLED].join('\n')}\n`;
    expect(summary(text).killed).toEqual([{ line: 3, pid: 7, command: './a' }]);
    // So that nothing which lists refused calls can pass it over.
    expect(refused(text.trimEnd().split('\n'))).toEqual(['x86_64 unknown -1']);
  });

  it('is explained by the thread that was killed with it', () => {
    const lines = [
      START,
      '7 futex(0x7f, FUTEX_WAIT, 1 <unfinished ...>',
      '8 ptrace(PTRACE_TRACEME) = 101',
      '7 <... futex resumed>) = ?',
      '8 +++ killed by SIGSYS +++',
      '7 +++ killed by SIGSYS +++',
    ];
    expect(refused(lines)).toEqual(['x86_64 ptrace 101']);
    expect(summary(`${lines.join('\n')}\n`).killed).toBeUndefined();
  });

  it('is no refusal when somebody sent it', () => {
    const sent = '7 --- SIGSYS {si_signo=SIGSYS, si_code=SI_USER, si_pid=1, si_uid=0} ---';
    const lines = [START, '7 getpid() = 39', sent, KILLED];
    expect(refused(lines)).toEqual([]);
    expect(summary(`${lines.join('\n')}\n`).killed).toBeUndefined();
  });
});

it('a call whose result is not shown is a call, words with parentheses are none', () => {
  const text = '7 read(3, "", 1) = 0\n7 _exit(1)\n';
  expect(summary(text)).toMatchObject({ events: 2, unparsed: 0, complete: true });
  expect(summary('close(3) = 0\nmake(1) says no\nreadme(x)\n')).toMatchObject({ events: 1, unparsed: 2 });
});

it('kernels before 4.8 show number -1 for a refused call: which it was is lost', () => {
  for (const name of ['syscall_18446744073709551615', 'syscall_0xffffffffffffffff', 'syscall_4294967295']) {
    const { calls } = summary(`7 ${name}(0x5, 0, 0x6) = -1 (errno 1)\n`);
    expect(calls).toMatchObject([{ call: { nr: -1, name }, outcome: { errno: 'EPERM' } }]);
  }
});

it('AUDIT_ARCH in words, hexadecimal and decimal', () => {
  expect(
    ['AUDIT_ARCH_I386', '40000003', '0xc000003e', '3221225534', 'AUDIT_ARCH_S390X', '7'].map(abiOfAudit),
  ).toEqual(['x86', 'x86', 'x86_64', 'x86_64', 's390x', undefined]);
  expect(sigsysInfo('{si_signo=SIGSYS, si_code=1, si_syscall=1073741849, si_arch=c000003e}')).toMatchObject({
    seccomp: true,
    abi: 'x32',
    name: 'mremap',
  });
});
