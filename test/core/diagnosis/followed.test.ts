import { describe, expect, it } from 'vitest';
import { blockedOn } from '../../../src/core/diagnosis/blocked.ts';
import { denialsOf } from '../../../src/core/diagnosis/denials.ts';
import type { Denial } from '../../../src/core/documents/denial.ts';
import type { ExitInfo } from '../../../src/core/documents/trace.ts';
import { TraceReader } from '../../../src/core/strace/fast/reader.ts';
import { followedPhrase } from '../../../src/render/phrases/consequence.ts';
import { host } from './fakes.ts';

function judged(lines: readonly string[], exit?: ExitInfo): readonly Denial[] {
  const reader = new TraceReader({ file: 'x' });
  // A trace that holds every call once says nothing of their order.
  const text = ['7 close(3) = 0', '7 close(3) = 0', ...lines].join('\n');
  reader.push(new TextEncoder().encode(`${text}\n`));
  return denialsOf(reader.end(), undefined, exit ? { exit } : {});
}

const no = (name: string, errno: string): string => `7 ${name} = -1 ${errno} (x)`;
const FACCESS = no('faccessat2(5, "a", F_OK, AT_EACCESS)', 'ENOSYS');
const BACK = '7 faccessat(5, "a", F_OK) = 0';
const MESSAGE = '7 write(2, "no", 2) = 2';

describe('what matters, by what followed', () => {
  it('is the call that a message followed, though every known caller falls back', () => {
    const [first, second] = judged(
      [no('pkey_alloc(0, 1)', 'EPERM'), '7 mmap(NULL, 1) = 0x7', FACCESS, MESSAGE, '7 +++ exited with 1 +++'],
      { status: 1 },
    );
    expect(first).toMatchObject({ syscall: 'faccessat2', role: 'suspect', matters: true });
    // It went on, but who made the call is not known, and the process failed.
    expect(second).toMatchObject({
      syscall: 'pkey_alloc',
      matters: true,
      consequence: { effect: 'unknown', because: 'caller-not-identified' },
    });
    expect(followedPhrase(second!)).toContain('went on without it');
  });

  it('is no call whose callers took another way', () => {
    const [only] = judged([FACCESS.replace('ENOSYS', 'EPERM'), BACK, '7 +++ exited with 1 +++'], {
      status: 1,
    });
    // By the tables alone it would: EPERM is an answer to glibc.
    expect(only).toMatchObject({ errno: 'EPERM', role: 'harmless', matters: false });
    expect(followedPhrase(only!)).toBe(
      'after line 3 the same thread went on with faccessat on the next line: it fell back',
    );
  });

  it('is nothing where the command succeeded', () => {
    const [only] = judged([FACCESS, MESSAGE, '7 +++ exited with 0 +++'], { status: 0 });
    expect(only).toMatchObject({ role: 'harmless', matters: false });
  });

  it('is the first of several that errors followed: later ones may belong to the report of the error', () => {
    const statx = no('statx(8, "", AT_EMPTY_PATH, STATX_SIZE, 0x7f)', 'ENOSYS');
    const found = judged([FACCESS, MESSAGE, statx, MESSAGE, '7 +++ killed by SIGKILL +++'], {
      signal: 'SIGKILL',
      timedOut: true,
    });
    expect(found.map(({ syscall, role }) => `${syscall} ${role}`)).toEqual([
      'faccessat2 suspect',
      'statx suspect',
    ]);
  });

  it('is, where no message tells, the last refused call of a process that ended with an error', () => {
    const many = new Array<string>(20).fill('7 close(3) = 0');
    const found = judged(
      [no('keyctl(1)', 'EPERM'), no('mount("a", "b")', 'EPERM'), ...many, '7 +++ exited with 1 +++'],
      { status: 1 },
    );
    expect(found.map(({ syscall, consequence }) => [syscall, consequence.effect])).toEqual([
      ['mount', 'breaks'],
      ['keyctl', 'unknown'],
    ]);
  });

  it('is left to the tables in a trace that holds every call once', () => {
    const reader = new TraceReader({ file: 'x' });
    const once = Array.from({ length: 40 }, (_, at) => `7 socket(${at}, SOCK_STREAM, 0) = 3`);
    const lines = [...once, FACCESS, MESSAGE, '7 +++ exited with 1 +++'];
    reader.push(new TextEncoder().encode(`${lines.join('\n')}\n`));
    const [only] = denialsOf(reader.end(), undefined, { exit: { status: 1 } });
    expect(only).toMatchObject({
      matters: true,
      consequence: { effect: 'unknown', basis: 'assumed', because: 'caller-not-identified' },
    });
    expect(only).not.toHaveProperty('role');
    expect(only).not.toHaveProperty('after');
  });
});

describe('what a host would refuse, where the trace shows what follows', () => {
  const read = (lines: readonly string[]) => {
    const reader = new TraceReader({ file: 'x' });
    reader.push(new TextEncoder().encode(`${['7 close(3) = 0', '7 close(3) = 0', ...lines].join('\n')}\n`));
    return reader.end();
  };
  const refusing = (errno: number) => host('docker@1', { faccessat2: [errno, 'default'] });

  it('is judged by it where the errno is the same', () => {
    const failed = read([FACCESS, MESSAGE, '7 +++ exited with 1 +++']);
    expect(blockedOn([failed], refusing(38))[0]).toMatchObject({ matters: true, role: 'suspect' });
    const back = read([FACCESS, BACK, '7 +++ exited with 1 +++']);
    expect(blockedOn([back], refusing(38))[0]).toMatchObject({ matters: false, role: 'harmless' });
  });

  it('is judged by the tables where the errno is another', () => {
    const back = read([FACCESS, BACK, '7 +++ exited with 1 +++']);
    const [only] = blockedOn([back], refusing(1));
    expect(only).toMatchObject({ matters: true, errno: 'EPERM' });
    expect(only).not.toHaveProperty('after');
  });
});
