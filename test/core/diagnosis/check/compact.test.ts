import { expect, test } from 'vitest';
import { compactTrace } from '../../../../src/core/diagnosis/check/compact.ts';
import { tellsOrder } from '../../../../src/core/diagnosis/distinct.ts';
import { TraceReader } from '../../../../src/core/strace/fast/reader.ts';
import type { TraceSummary } from '../../../../src/core/strace/grammar/event.ts';

function read(text: string): TraceSummary {
  const reader = new TraceReader({ file: 'a.strace' });
  reader.push(new TextEncoder().encode(text));
  return reader.end();
}

/** What judging looks at. */
const facts = ({ calls }: TraceSummary): readonly string[] =>
  calls
    .map(({ call, outcome }) => {
      const ended = typeof outcome === 'object' ? `${outcome.errno} ${outcome.injected}` : outcome;
      return `${call.abi} ${call.nr} ${call.name} ${call.args.map(String).join()} ${ended}`;
    })
    .sort();

const TRACE = `7 execve("/usr/bin/make", ["make"], 0x7ffd /* 20 vars */) = 0
7 openat(AT_FDCWD, "a) = -1 EPERM", O_RDONLY) = 3
7 openat(AT_FDCWD, "b", O_RDONLY) = 3
7 openat(AT_FDCWD, "c", O_RDONLY) = -1 ENOENT (No such file or directory)
7 syscall_0x1c4(0xffffff9c, 0x55d0, 0x1ed, 0x100, 0, 0) = -1 EPERM (Operation not permitted)
7 clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLD, child_tidptr=0x7f) = 8
8 socket(AF_VSOCK, SOCK_STREAM, 0) = -1 EPERM (Operation not permitted)
8 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3
7 statx(AT_FDCWD, "x", 0, STATX_ALL, 0x7f) = -1 ENOSYS (Function not implemented) (INJECTED)
8 read(3, <unfinished ...>
7 wait4(-1, 0x7f, 0, NULL) = ? ERESTARTSYS (To be restarted if SA_RESTART is set)
8 <... read resumed>"x", 1) = 1
8 getpid() = ?
8 +++ killed by SIGSYS (core dumped) +++
7 [ Process PID=7 runs in 32 bit mode. ]
7 clock_gettime64(CLOCK_REALTIME, 0xff) = -1 EPERM (Operation not permitted)
7 +++ exited with 1 +++
`;

test('a compacted trace holds the same distinct calls, each once', () => {
  const whole = read(TRACE);
  const compact = read(compactTrace(whole));
  expect(facts(compact)).toEqual(facts(whole));
  expect(compact.unparsed).toBe(0);
  expect(compact.complete).toBe(whole.complete);
  // A process begins with its program, so that is there more often.
  const others = compact.calls.filter(({ call }) => !/^(?:execve|openat)$/.test(call.name));
  expect(others.every(({ count }) => count === 1)).toBe(true);
});

test('compacting again changes nothing more', () => {
  const once = compactTrace(read(TRACE));
  expect(compactTrace(read(once))).toBe(once);
});

test('a compacted trace keeps who made a call', () => {
  const text = `7 execve("/usr/bin/a", ["a"], 0x7ffd /* 20 vars */) = 0
7 openat(AT_FDCWD, "/lib/libglib-2.0.so.0", O_RDONLY|O_CLOEXEC) = 3
7 openat(AT_FDCWD, "/lib/libc.so.6", O_RDONLY|O_CLOEXEC) = 3
7 close_range(3, 4294967295, 0) = 0
7 close_range(3, 4294967295, 0) = 0
${Array.from({ length: 30 }, (_, at) => `7 socket(${at}, SOCK_STREAM, 0) = 3`).join('\n')}
8 execve("/usr/bin/b", ["b"], 0x7ffd /* 20 vars */) = 0
8 openat(AT_FDCWD, "/lib/libc.so.6", O_RDONLY|O_CLOEXEC) = 3
8 close_range(3, 4294967295, 0) = 0
8 +++ exited with 0 +++
7 +++ exited with 0 +++
`;
  const callers = (summary: TraceSummary): unknown =>
    summary.calls
      .find(({ call }) => call.name === 'close_range')
      ?.images?.map(({ command, libraries }) => [command, libraries]);
  const compact = read(compactTrace(read(text)));
  expect(callers(compact)).toEqual([
    ['a', ['libglib-2.0.so.0', 'libc.so.6']],
    ['b', ['libc.so.6']],
  ]);
  expect(tellsOrder(read(text))).toBe(true);
  expect(tellsOrder(compact)).toBe(false);
});
