import { describe, expect, it } from 'vitest';
import { makeRedactor } from '../../../src/core/redaction/redact.ts';
import { TraceReader } from '../../../src/core/strace/fast/reader.ts';
import type { Aftermath } from '../../../src/core/strace/grammar/event.ts';

function afterOf(name: string, lines: readonly string[]): Aftermath | undefined {
  const reader = new TraceReader({ file: 'x' });
  reader.push(new TextEncoder().encode(`${lines.join('\n')}\n`));
  return reader.end().calls.find(({ call, after }) => call.name === name && after)?.after;
}

const REFUSED = '7 faccessat2(5, "a/b", F_OK, AT_SYMLINK_NOFOLLOW) = -1 ENOSYS (Function not implemented)';

describe('what follows a refused call', () => {
  it('is the older call on the same file, by the same thread', () => {
    const after = afterOf('faccessat2', [
      REFUSED,
      '8 write(2, "other", 5) = 5',
      '7 faccessat(5, "a/b", F_OK) = 0',
      '7 +++ exited with 1 +++',
    ]);
    expect(after).toMatchObject({
      fellBack: 1,
      failed: 0,
      shown: { fellBack: { name: 'faccessat', line: 3 } },
    });
  });

  it('is not an older call on another file', () => {
    const after = afterOf('faccessat2', [
      REFUSED,
      '7 faccessat(5, "c", F_OK) = 0',
      '7 +++ exited with 0 +++',
    ]);
    expect(after).toMatchObject({ fellBack: 0, failed: 0, wentOn: 1 });
  });

  it('is recognised where strace does not know the call', () => {
    const after = afterOf('fchmodat2', [
      '7 [ 452] syscall_0x1c4(0xffffff9c, 0x56000c25fb50, 0x1e9, 0x100, 0x35, 0x1e9) = -1 ENOSYS (Function not implemented)',
      '7 [ 257] openat(AT_FDCWD, "q/d", O_RDONLY|O_NOFOLLOW|O_CLOEXEC|O_PATH) = 3',
      '7 [ 231] +++ exited with 0 +++',
    ]);
    expect(after).toMatchObject({ fellBack: 1 });
  });

  it('is a message and an error exit, however much later', () => {
    const after = afterOf('faccessat2', [
      REFUSED,
      '7 gettid() = 7',
      '7 writev(2, [{iov_base="unexpected errno: 38", iov_len=20}], 1) = 20',
      ...new Array<string>(50).fill('7 close(3) = 0'),
      '7 exit_group(1) = ?',
      '7 +++ exited with 1 +++',
    ]);
    expect(after).toMatchObject({ failed: 1, shown: { message: 3, end: { status: 1 } } });
    expect(after?.shown.next.map(({ name }) => name)).toEqual(['gettid', 'writev', 'close', 'close']);
  });

  it.each([
    [
      'a shell',
      ['7 fcntl(1, F_DUPFD, 10) = 10', '7 close(1) = 0', '7 dup2(2, 1) = 1', '7 write(1, "no", 2) = 2'],
    ],
    ['perror', ['7 dup(2) = 3', '7 fcntl(3, F_GETFL) = 0x1', '7 write(3, "no", 2) = 2']],
  ])('is a message, where %s duplicates standard error before', (_, lines) => {
    expect(afterOf('faccessat2', [REFUSED, ...lines])).toMatchObject({
      failed: 1,
      shown: { message: lines.length + 1 },
    });
  });

  it.each([
    ['one write', ['7 write(2, "tar: a: No\\n", 10) = 10'], 'tar: a: No'],
    [
      'pieces',
      ['7 write(2, "tar: ", 5) = 5', '7 write(2, "a: No", 5) = 5', '7 write(2, "\\n", 1) = 1'],
      'tar: a: No',
    ],
    ['a vector', ['7 writev(2, [{iov_base="", iov_len=0}, {iov_base="a\\nb", iov_len=3}], 2) = 3'], 'a'],
    ['one that strace cut', ['7 write(2, "tar: a"..., 300) = 300', '7 write(2, "x", 1) = 1'], 'tar: a…'],
    ['UTF-8', ['7 write(2, "gr\\303\\274n\\n", 6) = 6'], 'grün'],
    [
      'another descriptor between',
      ['7 write(2, "a", 1) = 1', '7 write(1, "x", 1) = 1', '7 write(2, "b\\n", 2) = 2'],
      'ab',
    ],
    [
      'several lines',
      ['7 write(2, "install\\n\\n+- step\\nerror: unable to open\\n", 40) = 40'],
      'error: unable to open',
    ],
  ])('keeps the line of the message that tells most: %s', (_, lines, said) => {
    expect(afterOf('faccessat2', [REFUSED, ...lines])?.shown.said).toBe(said);
  });

  it('is no message, what goes where standard error was', () => {
    const lines = ['7 dup2(5, 2) = 2', '7 write(2, "ok", 2) = 2'];
    expect(afterOf('faccessat2', [REFUSED, ...lines])).toMatchObject({ failed: 0, wentOn: 1 });
  });

  it.each(['keep', 'relative', 'hash'] as const)('is still told by a redacted trace (paths: %s)', (paths) => {
    const lines = [
      REFUSED,
      '7 faccessat(5, "a/b", F_OK) = 0',
      REFUSED.replace('a/b', 'c/secret'),
      '7 faccessat(5, "a/b", F_OK) = 0',
      '7 write(2, "no secret", 9) = 9',
      '7 +++ exited with 1 +++',
    ];
    const { line } = makeRedactor({ paths, salt: 'x' });
    const { shown, ...counts } = afterOf('faccessat2', lines)!;
    const { said, ...rest } = shown;
    expect(said).toBe('no secret');
    // All but what the program wrote.
    expect(afterOf('faccessat2', lines.map(line))).toEqual({ ...counts, shown: rest });
  });

  it('shows the occurrence that tells most, not the first', () => {
    const after = afterOf('faccessat2', [
      REFUSED,
      '7 faccessat(5, "a/b", F_OK) = 0',
      REFUSED.replace('7', '9'),
      '9 write(2, "no", 2) = 2',
      '9 +++ exited with 2 +++',
      '7 +++ exited with 0 +++',
    ]);
    expect(after).toMatchObject({
      fellBack: 1,
      failed: 1,
      shown: { at: { line: 3, pid: 9 }, end: { status: 2 } },
    });
  });

  it('does not hold a program responsible that was started later by the same process', () => {
    const after = afterOf('faccessat2', [
      REFUSED,
      '7 execve("/bin/false", ["false"], 0x7f /* 3 vars */) = 0',
      '7 write(2, "no", 2) = 2',
      '7 +++ exited with 1 +++',
    ]);
    expect(after).toMatchObject({ wentOn: 1 });
    expect(after?.shown.end).toBeUndefined();
  });
});
