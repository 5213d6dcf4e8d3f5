import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SetupCutter } from '../../src/io/recording/cutter.ts';

const BWRAP = `100   [  59] execve("/usr/bin/bwrap", ["bwrap", "--", "sh"], 0x7ff /* 3 vars */) = 0
100   [  56] clone(child_stack=NULL, flags=CLONE_NEWNS|SIGCHLD) = 101
101   [  12] brk(NULL) = 0x5000
101   [  59] execve("/bin/sh", ["sh"], 0x7ff /* 3 vars */) = -1 ENOENT (No such file or directory)
100   [  61] wait4(-1,  <unfinished ...>
101   [  59] execve("/usr/bin/sh", ["sh"], 0x7ff /* 3 vars */ <unfinished ...>
100   [   0] read(3, "", 1) = 0
101   [  59] <... execve resumed>) = 0
101   [  56] clone(child_stack=NULL) = 102
1011  [  39] getpid() = 1011
100   [   3] close(3) = 0
102   [ 231] +++ exited with 7 +++
101   [ 231] --- SIGTERM {si_signo=SIGTERM} ---
101   [ 231] +++ killed by SIGTERM +++
100   [  61] <... wait4 resumed>[{WIFEXITED(s)}], 0, NULL) = 101
100   [ 231] +++ exited with 143 +++
`;

const OURS = `101   [  59] execve("/usr/bin/sh", ["sh"], 0x7ff /* 3 vars */ <unfinished ...>
101   [  59] <... execve resumed>) = 0
101   [  56] clone(child_stack=NULL) = 102
1011  [  39] getpid() = 1011
102   [ 231] +++ exited with 7 +++
101   [ 231] --- SIGTERM {si_signo=SIGTERM} ---
101   [ 231] +++ killed by SIGTERM +++
`;

function cut(text: string, cuts: readonly number[], setupExecs: number | undefined) {
  const cutter = new SetupCutter(setupExecs);
  const bytes = Buffer.from(text, 'latin1');
  const borders = [0, ...[...cuts].sort((a, b) => a - b), bytes.length];
  const kept = borders.slice(1).flatMap((to, i) => cutter.push(bytes.subarray(borders[i]!, to)));
  return { text: Buffer.concat([...kept, ...cutter.end()]).toString('latin1'), cutter };
}

test('the engine is cut out, the command stays', () => {
  const { text, cutter } = cut(BWRAP, [], 1);
  expect(text).toBe(OURS);
  expect(cutter.leader).toBe(101);
  expect(cutter.leaderEnd).toBe('killed by SIGTERM');
});

test('wherever the bytes are cut into chunks', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(BWRAP.length), { maxLength: 12 }), (cuts) => {
      const { text, cutter } = cut(BWRAP, cuts, 1);
      expect(text).toBe(OURS);
      expect(cutter.leaderEnd).toBe('killed by SIGTERM');
    }),
  );
});

test('a command that never started leaves nothing', () => {
  const { text, cutter } = cut(BWRAP.split('\n').slice(0, 5).join('\n'), [], 1);
  expect(text).toBe('');
  expect(cutter.leader).toBeUndefined();
});

test('without an engine everything stays, and the end is known', () => {
  const plain = '7     execve("/bin/true", ["true"], 0x7f /* 1 var */) = 0\n7     +++ exited with 3 +++\n';
  const { text, cutter } = cut(plain, [9], 0);
  expect(text).toBe(plain);
  expect(cutter.leaderEnd).toBe('exited with 3');
  expect(cut(plain, [3], undefined).text).toBe(plain);
});

test('a torn last line is kept', () => {
  const torn = '7     execve("/bin/true", ["true"], 0x7f /* 1 var */) = 0\n7     openat(AT_FD';
  expect(cut(torn, [], 0).text).toBe(torn);
});
