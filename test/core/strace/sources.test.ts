import { describe, expect, it } from 'vitest';
import { TraceReader } from '../../../src/core/strace/fast/reader.ts';
import type { TraceEvent, TraceSummary } from '../../../src/core/strace/grammar/event.ts';
import { EventParser } from '../../../src/core/strace/tracees/events.ts';

function read(input: string | Uint8Array): {
  readonly events: readonly TraceEvent[];
  readonly summary: TraceSummary;
} {
  const bytes = typeof input === 'string' ? new TextEncoder().encode(input) : input;
  const parser = new EventParser({ file: 'x' });
  const events = [...parser.push(bytes), ...parser.end()];
  const reader = new TraceReader({ file: 'x' });
  // In pieces, as from a pipe.
  for (let at = 0; at < bytes.length; at += 100) reader.push(bytes.subarray(at, at + 100));
  const summary = reader.end();
  const { calls, ...stats } = summary;
  expect(stats).toEqual(parser.stats);
  expect(calls.reduce((sum, { count }) => sum + count, 0)).toBe(events.length);
  return { events: events.sort((a, b) => a.line - b.line), summary };
}

const audit = (head: string, arch: string, nr: number | string, more: string): string =>
  `${head} auid=1000 uid=0 gid=0 ses=2 pid=812 comm="worker" exe="/usr/bin/worker" ${more.includes('sig') ? '' : 'sig=0 '}arch=${arch} syscall=${nr} compat=0 ip=0x7f1a ${more}`;

describe('audit records', () => {
  it.each([
    [
      'dmesg',
      audit(
        '[ 1204.118] audit: type=1326 audit(1723456789.123:42):',
        'c000003e',
        435,
        'sig=31 code=0x80000000',
      ),
    ],
    [
      'journald',
      audit('Mar 09 09:00:00 node kernel: audit: type=1326 audit(1.2:3):', 'c000003e', 435, 'code=0x30000'),
    ],
    ['auditd', audit('type=SECCOMP msg=audit(1723456789.123:42):', 'c000003e', 435, 'sig=31 code=0x0')],
    [
      'ausearch -i',
      audit('type=SECCOMP msg=audit(03/09/25 09:00:00.123:42) :', 'x86_64', 'clone3', 'code=kill'),
    ],
    [
      'journald json',
      JSON.stringify({ _TRANSPORT: 'audit', MESSAGE: audit('SECCOMP', 'c000003e', 435, 'code=0x80000000') }),
    ],
  ])('of %s name the call that a filter killed', (_, line) => {
    const { events, summary } = read(`some other line\n${line}\n`);
    expect(events).toMatchObject([
      { pid: 812, abi: 'x86_64', name: 'clone3', nr: 435, args: '', outcome: { kind: 'sigsys' }, line: 2 },
    ]);
    expect(summary).toMatchObject({ processes: 1, unparsed: 1, complete: true });
    expect(summary.calls[0]?.first).toMatchObject({ line: 2, pid: 812, command: '/usr/bin/worker' });
    expect(summary.sources).toEqual([
      { tool: 'audit', events: 1, lacks: ['arguments', 'errno', 'other-calls', 'consequence'] },
    ]);
  });

  it.each([
    ['0x50000', { kind: 'refused' }],
    ['0x50026', { kind: 'failed', errno: 'ENOSYS' }],
    ['errno', { kind: 'refused' }],
    ['0x7ffc0000', { kind: 'unknown' }],
    ['0x7fc00000', { kind: 'unknown' }],
    ['0x7ff00000', { kind: 'unknown' }],
  ])('with code %s', (code, outcome) => {
    const line = audit('type=1326 audit(1.2:3):', '40000028', 382, `code=${code}`);
    const { events, summary } = read(`${line}\n`);
    expect(events).toMatchObject([{ abi: 'arm', name: 'renameat2', outcome }]);
    expect(summary.arch).toEqual({ value: 'arm', basis: 'seen', by: 'siginfo' });
  });

  it('of the Security Profiles Operator', () => {
    const line =
      'I0309 09:00:00.1 1 enricher.go:445] "audit" logger="log-enricher" timestamp="1.2:3" type="seccomp" node="n" pod="p" container="c" executable="/usr/bin/worker" pid=812 syscallID=435 syscallName="clone3"';
    const { events, summary } = read(`${line}\n`);
    expect(events).toMatchObject([{ pid: 812, name: 'clone3', outcome: { kind: 'unknown' } }]);
    expect(summary.sources?.[0]?.tool).toBe('security-profiles-operator');
  });

  it('stand beside the lines of strace', () => {
    const lines = [
      '812 close(3) = 0',
      audit('audit: type=1326 audit(1.2:3):', 'c000003e', 435, 'sig=31 code=0x80000000'),
      '812 +++ exited with 0 +++',
    ];
    expect(read(`${lines.join('\n')}\n`).summary).toMatchObject({ events: 2, complete: true, unparsed: 0 });
  });
});

describe('perf trace', () => {
  const lines = [
    '         ? (         ): make/900  ... [continued]: execve())                                = 0',
    '     0.101 ( 0.004 ms): make/900 openat(dfd: CWD, filename: 0x7f12, flags: RDONLY|CLOEXEC) = 3',
    '     0.120 ( 0.003 ms): make/900 socket(family: LOCAL, type: STREAM|CLOEXEC|NONBLOCK)      = 4',
    '     0.130 (         ): make/900 wait4(upid: -1, options: NOHANG) ...',
    '     0.140 ( 0.002 ms): cc/901 faccessat2(dfd: CWD, filename: 0x7f13, mode: X) = -1 ENOSYS (Function not implemented)',
    '     0.150 ( 0.002 ms): cc/901 faccessat(dfd: CWD, filename: 0x7f13, mode: X) = 0',
    '     9.000 ( 8.870 ms): make/900  ... [continued]: wait4())                                = 901',
  ];

  it('gives events with the names that strace uses', () => {
    const { events, summary } = read(`${lines.join('\n')}\n`);
    expect(events.map(({ pid, name }) => `${pid} ${name}`)).toEqual([
      '900 execve',
      '900 openat',
      '900 socket',
      '900 wait4',
      '901 faccessat2',
      '901 faccessat',
    ]);
    expect(events[2]).toMatchObject({ args: 'AF_LOCAL, SOCK_STREAM|SOCK_CLOEXEC|SOCK_NONBLOCK' });
    expect(events[3]).toMatchObject({ line: 4, endLine: 7, outcome: { kind: 'returned', value: '901' } });
    expect(summary).toMatchObject({
      unparsed: 0,
      processes: 2,
      complete: true,
      sources: [{ tool: 'perf-trace' }],
    });
    const socket = summary.calls.find(({ call }) => call.name === 'socket');
    expect(socket?.call.args[0]).toBe(1n);
    const refused = summary.calls.find(({ call }) => call.name === 'faccessat2');
    expect(refused?.after).toMatchObject({ fellBack: 1, shown: { fellBack: { name: 'faccessat' } } });
  });
});

it('sysdig joins the beginning and the end of a call', () => {
  const text = [
    '81 09:00:00.100000001 2 tar (4322) > fchmodat2 dirfd=-100(AT_FDCWD) filename=x mode=0755 ',
    '82 09:00:00.100000002 2 tar (4322) < fchmodat2 res=-1(EPERM) ',
    '83 09:00:00.100000003 1 tar (4322) > openat dirfd=-100(AT_FDCWD) name=/etc/x ',
    '84 09:00:00.100000004 1 tar (4322) < openat fd=3(<f>/etc/x) ',
  ].join('\n');
  const { events, summary } = read(`${text}\n`);
  expect(events).toMatchObject([
    { pid: 4322, name: 'fchmodat2', line: 1, endLine: 2, outcome: { kind: 'failed', errno: 'EPERM' } },
    { pid: 4322, name: 'openat', outcome: { kind: 'returned', value: '3' } },
  ]);
  expect(summary.sources).toEqual([{ tool: 'sysdig', events: 2, lacks: ['numbers'] }]);
});

describe('the siginfo of a core', () => {
  const GDB = (arch: number): string =>
    `$1 = {si_signo = 31, si_code = 1, _sifields = {_kill = {si_pid = 1}, _sigsys = {_call_addr = 0x7f29 <syscall+25>, _syscall = 435, _arch = ${arch}}}}`;

  it('as gdb prints it, in one line or in many', () => {
    for (const text of [GDB(0xc000003e), GDB(0xc000003e).replaceAll(', _', ',\n      _')]) {
      const { events, summary } = read(`${text}\n`);
      expect(events).toMatchObject([{ abi: 'x86_64', name: 'clone3', outcome: { kind: 'sigsys' } }]);
      expect(summary).toMatchObject({ arch: { value: 'x86_64', basis: 'seen' }, sources: [{ tool: 'gdb' }] });
    }
    // gdb prints all members of the union for every signal.
    expect(read(`${GDB(0)}\n`).events).toEqual([]);
  });

  /** A core file of one thread: header, one PT_NOTE, NT_PRSTATUS and NT_SIGINFO, and memory behind it. */
  function core(wide: boolean, signal: number, code: number, nr: number, arch: number): Uint8Array {
    const bytes = new Uint8Array(70_000).fill(0xcc);
    const view = new DataView(bytes.buffer);
    bytes.fill(0, 0, 1200);
    bytes.set([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, 1, 1]);
    view.setUint16(16, 4, true);
    const headers = wide ? 64 : 52;
    view.setUint32(wide ? 32 : 28, headers, true);
    view.setUint16(wide ? 54 : 42, wide ? 56 : 32, true);
    view.setUint16(wide ? 56 : 44, 1, true);
    view.setUint32(headers, 4, true);
    const notes = 256;
    const statusSize = wide ? 336 : 144;
    view.setUint32(headers + (wide ? 8 : 4), notes, true);
    view.setUint32(headers + (wide ? 32 : 16), 20 + statusSize + 20 + 128, true);
    const note = (at: number, type: number, size: number): number => {
      view.setUint32(at, 5, true);
      view.setUint32(at + 4, size, true);
      view.setUint32(at + 8, type, true);
      return at + 20;
    };
    view.setUint32(note(notes, 1, statusSize) + (wide ? 32 : 24), 4711, true);
    const info = note(notes + 20 + statusSize, 0x53494749, 128);
    view.setUint32(info, signal, true);
    view.setInt32(info + 8, code, true);
    view.setUint32(info + (wide ? 24 : 16), nr, true);
    view.setUint32(info + (wide ? 28 : 20), arch, true);
    return bytes;
  }

  it('as the kernel writes it', () => {
    for (const [wide, arch, abi] of [
      [true, 0xc000003e, 'x86_64'],
      [false, 0x40000003, 'x86'],
    ] as const) {
      const { events, summary } = read(core(wide, 31, 1, 435, arch));
      expect(events).toMatchObject([{ pid: 4711, abi, name: 'clone3', outcome: { kind: 'sigsys' } }]);
      expect(summary).toMatchObject({ events: 1, unparsed: 0, complete: true, arch: { value: abi } });
      expect(summary.sources).toMatchObject([{ tool: 'core', events: 1 }]);
    }
  });

  it('of another signal, or sent by somebody, names no call', () => {
    expect(read(core(true, 11, 1, 435, 0xc000003e)).events).toEqual([]);
    expect(read(core(true, 31, 0, 435, 0xc000003e)).events).toEqual([]);
  });
});

it('qemu-user says which call its emulator does not know', () => {
  const text = ['900 Unknown syscall 437', '900 write(2,0x4000e0,9)tar: f: x', ' = 9', '900 exit(1)'].join(
    '\n',
  );
  const { events, summary } = read(`${text}\n`);
  expect(events.map(({ name, outcome }) => [name, outcome])).toEqual([
    ['openat2', { kind: 'failed', errno: 'ENOSYS' }],
    ['write', { kind: 'returned', value: '9' }],
    ['exit', { kind: 'unknown' }],
  ]);
  expect(summary).toMatchObject({ unparsed: 0, processes: 1, sources: [{ tool: 'qemu-user', events: 1 }] });
});
