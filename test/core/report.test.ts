import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ExcerptReader } from '../../src/core/diagnosis/report/excerpts.ts';
import { foldForeign } from '../../src/core/diagnosis/report/foreign.ts';
import { ProcessCollector } from '../../src/core/diagnosis/report/processes.ts';
import type { Denial } from '../../src/core/documents/denial.ts';
import { EventParser } from '../../src/core/strace/tracees/events.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test('excerpts are the wanted lines with their neighbours, however the trace is cut into chunks', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '"', ' ', '\ud83d\ude00') }), { maxLength: 30 }),
      fc.array(fc.integer({ min: 1, max: 35 }), { maxLength: 5 }),
      fc.integer({ min: 1, max: 9 }),
      fc.boolean(),
      (lines, wanted, size, ended) => {
        const all = bytes(lines.join('\n') + (ended && lines.length > 0 ? '\n' : ''));
        const reader = new ExcerptReader(wanted, 2, 1);
        for (let at = 0; at < all.length; at += size) reader.push(all.subarray(at, at + size));
        const found = new Map<number, string>();
        for (const { from, lines: part } of reader.end()) {
          for (const [index, line] of part.entries()) found.set(from + index, line);
        }
        const expected = new Map<number, string>();
        const last = all.length === 0 ? 0 : lines.length;
        for (const line of wanted) {
          for (let n = Math.max(1, line - 2); n <= line + 1 && n <= last; n++) {
            // A last line that is empty and not ended is no line.
            if (n === last && !ended && lines[n - 1] === '') continue;
            expected.set(n, lines[n - 1]!);
          }
        }
        expect([...found].sort(([a], [b]) => a - b)).toEqual([...expected].sort(([a], [b]) => a - b));
      },
    ),
  );
});

const TRACE = `100 1700000000.000000 execve("/bin/sh", ["sh", "-c", "make"], 0x7ff /* 3 vars */) = 0
100 1700000000.100000 clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLD, child_tidptr=0x7f) = 101
101 1700000000.200000 execve("/usr/bin/make", ["make", "-j2"], 0x7ff /* 3 vars */) = 0
101 1700000000.300000 syscall_0x1c4(0xffffff9c, 0x7ffe, 0x1ed, 0) = -1 EPERM (Operation not permitted)
101 1700000000.400000 openat(AT_FDCWD, "x", O_RDONLY) = -1 ENOENT (No such file or directory)
101 1700000000.500000 exit_group(2)     = ?
101 1700000000.510000 +++ exited with 2 +++
100 1700000000.600000 exit_group(0)     = ?
100 1700000000.610000 +++ exited with 0 +++
`;

function collect(text: string) {
  const parser = new EventParser();
  const collector = new ProcessCollector([{ syscall: 'fchmodat2', abi: 'x86_64', errno: 'EPERM' }]);
  for (const event of [...parser.push(bytes(text)), ...parser.end()]) collector.add(event);
  return collector.end();
}

test('a timeline has processes with parents, commands, times, exits, and marks refusals', () => {
  const timeline = collect(TRACE);
  expect(timeline).toMatchObject({ unit: 'seconds', from: 1700000000, to: 1700000000.6, omitted: 0 });
  expect(timeline.processes).toMatchObject([
    { pid: 100, command: 'sh -c make', events: 3, failed: 0, exit: { status: 0 } },
    { pid: 101, parent: 100, command: 'make -j2', events: 4, failed: 2, exit: { status: 2 } },
  ]);
  expect(timeline.marks).toEqual([{ at: 1700000000.3, pid: 101, denial: 0 }]);
});

test('without times lines stand for them', () => {
  const timeline = collect(TRACE.replace(/ 17\d+\.\d+/g, ''));
  expect(timeline).toMatchObject({ unit: 'lines', from: 1, to: 8 });
  expect(timeline.marks).toEqual([{ at: 4, pid: 101, denial: 0 }]);
});

test('a child whose lines come before its parent’s clone returns is the same process', () => {
  const timeline = collect(`100 execve("/bin/a", ["a"], 0x1 /* 1 var */) = 0
100 clone(child_stack=NULL, flags=SIGCHLD <unfinished ...>
101 getpid() = 101
100 <... clone resumed>) = 101
101 getppid() = 100
`);
  expect(timeline.processes).toMatchObject([
    { pid: 100 },
    { pid: 101, parent: 100, command: 'a', events: 2 },
  ]);
});

test('calls of an architecture that a host does not run are one entry', () => {
  const one = (syscall: string, line: number, abi: Denial['abi'] = 'x86'): Denial => ({
    syscall,
    abi,
    nr: line,
    errno: 'ENOSYS',
    cause: 'kernel',
    reason:
      abi === 'x86'
        ? { kind: 'gvisor-architecture', runs: 'x86_64' }
        : { kind: 'gvisor', release: '20240101', state: 'missing' },
    basis: 'computed',
    count: 2,
    first: { line, pid: 1 },
    sample: '"secret"',
    consequence: { effect: line % 2 === 0 ? 'breaks' : 'harmless', basis: 'known', because: 'callers' },
    matters: line % 2 === 0,
  });
  const foreign = ['read', 'write', 'brk', 'close', 'openat', 'mmap2', 'execve'].map((name, at) =>
    one(name, 9 - at),
  );
  const own = one('rseq', 1, 'x86_64');
  expect(foldForeign({ arch: 'x86_64' }, [...foreign, own])).toEqual([
    {
      ...one('execve', 3),
      everyCall: true,
      count: 14,
      sample: '',
      consequence: { effect: 'breaks', basis: 'computed', because: 'killed' },
      matters: true,
    },
    own,
  ]);
  expect(foldForeign({ arch: 'x86' }, foreign)).toEqual(foreign);
  expect(foldForeign({ arch: 'x86_64' }, foreign.slice(1))).toEqual(foreign.slice(1));
});
