import { Session } from 'node:inspector';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeProgram } from '../../src/core/seccomp/filter/encode.ts';
import { readStraceFilters } from '../../src/core/seccomp/filter/strace.ts';
import { verify } from '../../src/core/seccomp/filter/verify.ts';
import { fromMinijail } from '../../src/core/seccomp/formats/minijail.ts';
import { fromSystemd } from '../../src/core/seccomp/formats/systemd.ts';
import { readProfileJson } from '../../src/core/seccomp/profile/readJson.ts';
import { parseProfile } from '../../src/core/seccomp/profile/schema.ts';
import { TraceReader } from '../../src/core/strace/fast/reader.ts';

const session = new Session();
beforeAll(() => {
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
});
afterAll(() => session.disconnect());

/** How often all blocks of our own code were entered since the last question. */
function steps(): number {
  let sum = 0;
  session.post('Profiler.takePreciseCoverage', (_, { result }) => {
    for (const { url, functions } of result) {
      if (!url.includes('/src/')) continue;
      for (const { ranges } of functions) for (const { count } of ranges) sum += count;
    }
  });
  return sum;
}

const profile = (text: string): void => {
  const json = readProfileJson(text);
  if (json.ok) parseProfile(json.value);
};
const trace = (text: string): void => {
  const reader = new TraceReader();
  reader.push(new TextEncoder().encode(text));
  reader.end();
};
/** A process each, as its parent's clone returns it and as strace prints it. */
const children = (inner: number) => (n: number) =>
  Array.from({ length: n / 100 }, (_, at) => {
    const pid = 100_000 + at;
    return `99999 clone(child_stack=NULL, flags=SIGCHLD) = ${pid - inner}\n${pid} getpid() = 1\n${pid} exit_group(0) = ?\n`;
  }).join('');
const groups = (one: object) => (n: number) =>
  JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: Array(Math.ceil(n / 60)).fill(one) });
const repeat =
  (text: string, before = '', after = '') =>
  (n: number) =>
    before + text.repeat(Math.ceil(n / text.length)) + after;

/** Texts of `n` characters that somebody may have made to keep us busy. */
const SHAPES: readonly (readonly [string, (text: string) => unknown, (n: number) => string])[] = [
  ['JSON of escaped quotes that does not end', profile, repeat('\\"', '"')],
  ['JSON that ends in a backslash', profile, repeat('\\"', '"', '\\')],
  ['JSON of one number', profile, repeat('1', '', 'e')],
  ['JSON of long numbers', profile, repeat('12345678901234567890,', '[', '1]')],
  ['JSON of brackets', profile, repeat('[')],
  ['a profile of groups', profile, groups({ names: ['clone3'], action: 'SCMP_ACT_ERRNO' })],
  ['a profile of wrong groups', profile, groups({ names: [3], action: 'X' })],
  ['a minijail line of conditions', fromMinijail, repeat('arg1 == 1 || ', 'ioctl: ', 'arg1 == 2')],
  ['minijail lines', fromMinijail, repeat('openat: 1\n')],
  ['minijail lines that go on', fromMinijail, repeat('1 \\\n', 'openat: ')],
  ['minijail blanks', fromMinijail, repeat(' ', 'openat: ', 'x')],
  ['a unit of lines that go on', fromSystemd, repeat('b \\\n', '[Service]\nSystemCallFilter=a \\\n')],
  ['a unit of lines', fromSystemd, repeat('SystemCallFilter=@mount clone3:ENOSYS\n', '[Service]\n')],
  ['a unit of blanks', fromSystemd, repeat(' ', '[Service]\nSystemCallFilter=')],
  ['a trace of processes', trace, children(0)],
  ['a trace of processes of an inner PID namespace', trace, children(99_990)],
  ['a filter call of parentheses', readStraceFilters, repeat('(', '1 seccomp(')],
  [
    'filter calls',
    readStraceFilters,
    repeat(
      '7 seccomp(SECCOMP_SET_MODE_FILTER, 0, {len=1, filter=[BPF_STMT(BPF_RET|BPF_K, SECCOMP_RET_ALLOW)]}) = 0\n',
    ),
  ],
  [
    'filter calls that do not end',
    readStraceFilters,
    (n) =>
      Array.from(
        { length: n / 60 },
        (_, pid) => `${pid} prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER <unfinished ...>\n`,
      ).join(''),
  ],
];

test.each(SHAPES)('%s: twice as much is at most twice the work', (_, read, shape) => {
  const work = (n: number): number => {
    const text = shape(n);
    steps();
    read(text);
    return steps();
  };
  // Tables are made at the first use.
  read(shape(100));
  const once = work(20_000);
  expect(once).toBeGreaterThan(0);
  expect(work(40_000)).toBeLessThanOrEqual(2.1 * once + 200);
});

test.each(SHAPES)('%s: a large one comes to its end', (_, read, shape) => {
  // What regular expressions do is counted by nobody; one that is not linear would go on for an hour.
  read(shape(2_000_000));
});

test('a filter of jumps only', () => {
  const program = (length: number): Uint8Array => {
    const bytes = Buffer.alloc(8 * length);
    for (let at = 0; at < length; at++) {
      // jeq 1 ahead, and a return at the end.
      bytes.writeUInt16LE(at === length - 1 ? 6 : 0x15, 8 * at);
      if (at < length - 2) bytes[8 * at + 2] = 1;
    }
    return bytes;
  };
  const work = (length: number): number => {
    const bytes = program(length);
    steps();
    const decoded = decodeProgram(bytes, true);
    if (decoded.ok) verify(decoded.value);
    return steps();
  };
  work(10);
  const once = work(2000);
  expect(work(4000)).toBeLessThanOrEqual(2.1 * once + 200);
});
