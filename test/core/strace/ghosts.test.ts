import { describe, expect, it } from 'vitest';
import { TraceReader } from '../../../src/core/strace/fast/reader.ts';
import type { TraceSummary } from '../../../src/core/strace/grammar/event.ts';
import { EventParser } from '../../../src/core/strace/tracees/events.ts';

// A thread is counted once, and a recording whose threads have all ended is whole, in whatever order strace prints it.

const bytes = (lines: readonly string[]): Uint8Array => new TextEncoder().encode(`${lines.join('\n')}\n`);

function read(lines: readonly string[]): TraceSummary {
  const reader = new TraceReader({ file: 'x' });
  reader.push(bytes(lines));
  const summary = reader.end();
  const parser = new EventParser({ file: 'x' });
  parser.push(bytes(lines));
  parser.end();
  const { calls: _, ...stats } = summary;
  expect(parser.stats).toEqual(stats);
  return summary;
}

const START = '7 execve("/bin/make", ["make", "-j"], 0x7ffe /* 9 vars */) = 0';
const fork = (pid: number, result: string): string =>
  `${pid} clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLD, child_tidptr=0x7f) = ${result}`;
const BEGUN = '7 clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLD <unfinished ...>';
const resumed = (result: string): string => `7 <... clone resumed>, child_tidptr=0x7f) = ${result}`;
const exit = (pid: number): string => `${pid} +++ exited with 0 +++`;

describe('children', () => {
  it('that end before the call that made them returns are counted once', () => {
    const lines = [START, BEGUN, '8 getppid() = 7', exit(8), resumed('8'), exit(7)];
    expect(read(lines)).toMatchObject({ processes: 2, complete: true });
    // Its number is used again later.
    const again = [...lines.slice(0, -1), fork(7, '8'), '8 getppid() = 7', exit(8), exit(7)];
    expect(read(again)).toMatchObject({ processes: 3, complete: true });
    const twice = [
      START,
      BEGUN,
      '8 getppid() = 7',
      exit(8),
      resumed('8'),
      BEGUN,
      '8 getpid() = 8',
      exit(8),
      resumed('0x8'),
      exit(7),
    ];
    expect(read(twice)).toMatchObject({ processes: 3, complete: true });
  });

  it('that have the number of one that ended run what their own parent runs', () => {
    const lines = [
      START,
      '8 openat(AT_FDCWD, "x", 0) = -1 ENOENT (No such file or directory)',
      BEGUN,
      exit(8),
      '8 openat(AT_FDCWD, "x", 0) = -1 EPERM (Operation not permitted)',
      resumed('8'),
      exit(8),
      exit(7),
    ];
    const refused = read(lines).calls.find(
      ({ outcome }) => typeof outcome === 'object' && outcome.errno === 'EPERM',
    );
    expect(refused?.first).toEqual({ file: 'x', line: 5, pid: 8, command: 'make -j' });
  });

  it('of many parents are told apart', () => {
    const other = (line: string): string => line.replace(/^7/, '9');
    const lines = [
      START,
      fork(7, '9'),
      BEGUN,
      other(BEGUN),
      '11 getppid() = 9',
      exit(11),
      '10 getppid() = 7',
      resumed('10'),
      exit(10),
      other(resumed('11')),
      exit(9),
      exit(7),
    ];
    expect(read(lines)).toMatchObject({ processes: 4, complete: true });
  });

  it('of an inner PID namespace have another number than their parent was given', () => {
    const lines = [
      START,
      fork(7, '2'),
      '8 statx(3, "", 0, 0, {}) = -1 ENOSYS (Function not implemented)',
      exit(8),
    ];
    const summary = read([...lines, exit(7)]);
    expect(summary).toMatchObject({ processes: 2, complete: true });
    expect(summary.calls.find(({ call }) => call.name === 'statx')?.first.command).toBe('make -j');
    const torn = [START, BEGUN, '8 getpid() = 2', resumed('2'), exit(8), exit(7)];
    expect(read(torn)).toMatchObject({ processes: 2, complete: true });
    const early = [START, BEGUN, '8 getpid() = 2', exit(8), resumed('2'), exit(7)];
    expect(read(early)).toMatchObject({ processes: 2, complete: true });
  });

  it('that no line shows make the recording cut, and are counted', () => {
    expect(read([START, fork(7, '8'), exit(7)])).toMatchObject({ processes: 2, complete: false });
    const one = [START, fork(7, '8'), fork(7, '9'), '9 getpid() = 9', exit(9), exit(7)];
    expect(read(one)).toMatchObject({ processes: 3, complete: false });
    // A stranger that was there before stands for no child.
    const before = [START, '5 getpid() = 5', fork(7, '8'), exit(5), exit(7)];
    expect(read(before)).toMatchObject({ processes: 3, complete: false });
  });

  it('that run on when their parent has ended are the one that lines without a pid speak of', () => {
    const lines = [
      'execve("/bin/sh", ["sh"], 0x7ffe /* 9 vars */) = 0',
      'vfork() = 8',
      '+++ exited with 0 +++',
      'getpid() = 8',
      '+++ exited with 0 +++',
    ];
    expect(read(lines)).toMatchObject({ processes: 2, complete: true, events: 3 });
  });
});

it('joins the line of a clone that several announcements cut', () => {
  const lines = [
    'execve("/bin/sh", ["sh"], 0x7ffe /* 9 vars */) = 0',
    'clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLDstrace: Process 8 attached',
    'strace: Process 9 attached',
    'strace: Process 10 attached',
    ', child_tidptr=0x7f) = 10',
    '[pid     8] +++ exited with 0 +++',
    '[pid     9] +++ exited with 0 +++',
    '[pid    10] +++ exited with 0 +++',
    '+++ exited with 0 +++',
  ];
  expect(read(lines)).toMatchObject({ events: 2, processes: 4, unparsed: 0, complete: true });
  // The child ends before the rest of that line comes.
  const early = [
    ...lines.slice(0, 2),
    '[pid     8] +++ exited with 0 +++',
    ' <unfinished ...>',
    '<... clone resumed>, child_tidptr=0x7f) = 8',
    '+++ exited with 0 +++',
  ];
  expect(read(early)).toMatchObject({ events: 2, processes: 2, unparsed: 0, complete: true });
});
