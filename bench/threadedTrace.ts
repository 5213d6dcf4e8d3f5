import { closeSync, openSync, writeSync } from 'node:fs';

/** What a zig build does, with the shares that a real trace of it has; `%` is a number that changes. */
const CALLS: readonly (readonly [share: number, call: string, result: string])[] = [
  [
    640,
    'pwritev(12, [{iov_base="\\20\\0\\0\\0\\0A\\0\\0\\0\\1\\1\\0\\0\\0\\0\\0", iov_len=51}], 1, %)',
    '51',
  ],
  [170, 'preadv(11, [{iov_base="tGraphAndCheckForDependencyLoop("..., iov_len=2048}], 1, %)', '2048'],
  [48, 'ftruncate(19, %)', '0'],
  [26, 'mmap(NULL, 45056, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)', '0x7f858b%'],
  [24, 'munmap(0x7f858b%, 45056)', '0'],
  [23, 'openat(9, "o/%/options.zig", O_RDONLY|O_CLOEXEC)', '18'],
  [23, 'close(18)', '0'],
  [15, 'flock(19, LOCK_EX)', '0'],
  [
    13,
    'statx(18, "", AT_STATX_SYNC_AS_STAT|AT_EMPTY_PATH, STATX_TYPE|STATX_MODE|STATX_INO|STATX_SIZE, {stx_mask=STATX_BASIC_STATS|STATX_MNT_ID, stx_size=%, ...})',
    '0',
  ],
  [6, 'openat(9, "h/%.txt", O_RDONLY|O_CLOEXEC)', '-1 ENOENT (No such file or directory)'],
  [3, 'mremap(0x7f858a%, 53248, 77824, MREMAP_MAYMOVE)', '0x7f858b%'],
  [3, 'futex(0x7f858f5ed43c, FUTEX_WAKE_PRIVATE, 1)', '1'],
  [2, 'faccessat2(9, "o/%", F_OK, AT_EACCESS)', '0'],
  [2, 'write(17, "\\203\\376\\1I\\211\\300I\\31\\310r\\7\\17\\267\\377\\377\\307"..., 4096)', '4096'],
  [1, 'copy_file_range(12, [%], 12, [%], 504, 0)', '504'],
  [1, 'getrandom("\\x3e\\x11", 8, 0)', '8'],
];

const PROGRAMS = 10;
/** So many threads of each beside its first. */
const THREADS = 16;
/** One thread's lines until another one gets its turn. */
const TURN = 46;
/** Every so many turns end within a call, which another thread's lines tear apart: 33,000 of 279 MB. */
const TORN = 2;

/**
 * A trace of `strace -f -o` as a zig build with threads leaves it: 170 threads of ten programs that start one after the
 * other, and calls that other threads' lines tear apart. The same bytes every time; returns how many lines.
 */
export function writeThreadedTrace(path: string, bytes: number): number {
  const file = openSync(path, 'w', 0o600);
  let lines: string[] = [];
  let size = 0;
  let count = 0;
  const put = (line: string): void => {
    lines.push(line);
    size += line.length + 1;
    count++;
    if (lines.length < 10_000) return;
    writeSync(file, `${lines.join('\n')}\n`, null, 'latin1');
    lines = [];
  };
  const wheel = CALLS.flatMap((call) => Array.from({ length: call[0] }, () => call));
  let at = 0;
  /** A fixed walk over the wheel. */
  const next = (): readonly [call: string, result: string] => {
    at = (at + 617) % wheel.length;
    const [, call, result] = wheel[at]!;
    const number = String((count * 7919) % 9_000_000);
    return [call.replaceAll('%', number), result.replaceAll('%', number)];
  };
  for (let program = 0; program < PROGRAMS; program++) {
    const leader = 18_000 + program * 1000;
    const threads = [leader];
    put(`${leader} execve("/opt/zig/bin/zig", ["zig", "build"], 0x7ffd216f0230 /* 36 vars */) = 0`);
    put(`${leader} brk(NULL) = 0x3333d000`);
    put(`${leader} openat(AT_FDCWD, "/lib/x86_64-linux-gnu/libc.so.6", O_RDONLY|O_CLOEXEC) = 3`);
    put(
      `${leader} read(3, "\\177ELF\\2\\1\\1\\3\\0\\0\\0\\0\\0\\0\\0\\0\\3\\0>\\0\\1\\0\\0\\0"..., 832) = 832`,
    );
    for (let thread = 1; thread <= THREADS; thread++) {
      threads.push(leader + thread);
      put(
        `${leader} clone(child_stack=0x7f858f5ef628, flags=CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD|CLONE_SYSVSEM|CLONE_SETTLS|CLONE_PARENT_SETTID|CLONE_CHILD_CLEARTID, parent_tid=[${leader + thread}], tls=0x7f858f62fb38, child_tidptr=0xb56cb08) = ${leader + thread}`,
      );
    }
    /** What each thread waits for. */
    const torn = new Map<number, string>();
    const until = (bytes / PROGRAMS) * (program + 1);
    for (let turn = 0; size < until; turn++) {
      const thread = threads[(turn * 5) % threads.length]!;
      const rest = torn.get(thread);
      torn.delete(thread);
      if (rest !== undefined) put(`${thread} ${rest}`);
      for (let line = 0; line < TURN; line++) {
        const [call, result] = next();
        put(`${thread} ${call.padEnd(33)} = ${result}`);
      }
      if (turn % TORN !== 0) continue;
      const [call, result] = next();
      const name = call.slice(0, call.indexOf('('));
      put(`${thread} ${call.slice(0, -1)} <unfinished ...>`);
      torn.set(thread, `${`<... ${name} resumed>)`.padEnd(33)} = ${result}`);
    }
    for (const [thread, rest] of torn) put(`${thread} ${rest}`);
    for (const thread of threads.slice(1)) put(`${thread} +++ exited with 0 +++`);
    put(`${leader} exit_group(0)                     = ?`);
    put(`${leader} +++ exited with 0 +++`);
  }
  if (lines.length > 0) writeSync(file, `${lines.join('\n')}\n`, null, 'latin1');
  closeSync(file);
  return count;
}
