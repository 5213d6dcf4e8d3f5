import { expect, test } from 'vitest';
import { compactTrace } from '../../../../src/core/diagnosis/check/check.ts';
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
  const others = compact.calls.filter(({ call }) => call.name !== 'execve');
  expect(others.every(({ count }) => count === 1)).toBe(true);
});

test('compacting again changes nothing more', () => {
  const once = compactTrace(read(TRACE));
  expect(compactTrace(read(once))).toBe(once);
});
