import { describe, expect, it } from 'vitest';
import { TraceReader } from '../../../src/core/strace/fast/reader.ts';
import type { CallerImage } from '../../../src/core/strace/grammar/event.ts';

function imagesOf(lines: readonly string[], name: string, scan: boolean): readonly CallerImage[] | undefined {
  const reader = new TraceReader({ file: 'x', scan });
  reader.push(new TextEncoder().encode(`${lines.join('\n')}\n`));
  return reader.end().calls.find(({ call }) => call.name === name)?.images;
}

const open = (pid: number, path: string): string =>
  `${pid} openat(AT_FDCWD, "${path}", O_RDONLY|O_CLOEXEC) = 3`;

const glib = [
  '7 execve("/usr/bin/app", ["app", "-x"], 0x7f /* 3 vars */) = 0',
  '7 brk(NULL) = 0x5000',
  '7 access("/etc/ld.so.preload", R_OK) = -1 ENOENT (No such file or directory)',
  open(7, '/etc/ld.so.cache'),
  open(7, '/lib/x86_64-linux-gnu/libglib-2.0.so.0'),
  open(7, '/lib/x86_64-linux-gnu/libc.so.6'),
  '7 openat(AT_FDCWD, "/lib/libmissing.so.1", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No such file or directory)',
];

describe.each([true, false])('the programs that made a call (byte scanner: %s)', (scan) => {
  it('are known by command, shared objects and first calls', () => {
    const lines = [...glib, '7 close_range(3, 4294967295, 0) = 0', '7 +++ exited with 0 +++'];
    expect(imagesOf(lines, 'close_range', scan)).toEqual([
      { command: 'app -x', libraries: ['libglib-2.0.so.0', 'libc.so.6'], start: ['brk', 'access', 'openat'] },
    ]);
  });

  it('are known where a NUL byte of a damaged file is in the name of an object', () => {
    const lines = [...glib.slice(0, -1), open(7, '/lib/libm.s\0o.6'), '7 close_range(3, 4294967295, 0) = 0'];
    expect(imagesOf(lines, 'close_range', scan)?.[0]?.libraries).toContain('libm.so.6');
  });

  it('are all of them, a forked child as its parent, the next program by itself', () => {
    const lines = [
      ...glib,
      '7 clone(child_stack=NULL, flags=SIGCHLD) = 8',
      '8 close_range(3, 4294967295, 0) = 0',
      '8 execve("/bin/static", ["static"], 0x7f /* 3 vars */) = 0',
      '8 arch_prctl(ARCH_SET_FS, 0x40) = 0',
      '8 set_tid_address(0x40) = 8',
      '8 close_range(3, 4294967295, 0) = 0',
      '8 close_range(3, 4294967295, 0) = 0',
      '8 +++ exited with 0 +++',
      '7 +++ exited with 0 +++',
    ];
    expect(imagesOf(lines, 'close_range', scan)).toEqual([
      expect.objectContaining({ command: 'app -x' }),
      { command: 'static', libraries: [], start: ['arch_prctl', 'set_tid_address', 'close_range'] },
    ]);
  });

  it('are not collected for calls whose callers nobody asks for', () => {
    expect(imagesOf(glib, 'openat', scan)).toBeUndefined();
  });

  it('count once, however often one program runs', () => {
    const runs = [11, 12, 13].flatMap((pid) => [
      `${pid} execve("/bin/cc", ["cc", "-c", "${pid}.c"], 0x7f /* 3 vars */) = 0`,
      `${pid} brk(NULL) = 0x5000`,
      `${pid} close_range(3, 4294967295, 0) = 0`,
      `${pid} +++ exited with 0 +++`,
    ]);
    expect(imagesOf(runs, 'close_range', scan)).toHaveLength(1);
  });
});
