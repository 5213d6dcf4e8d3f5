import { describe, expect, test } from 'vitest';
import { breaksCallers, type Program } from '../../../src/core/linux/callers.ts';

const program = (command: string, libraries: readonly string[], start: readonly string[] = []): Program => ({
  command,
  libraries,
  start,
});
const GLIBC = program('a', ['libc.so.6']);
const GLIB = program('spawn', ['libglib-2.0.so.0', 'libc.so.6']);
const NUMACTL = program('/opt/usr/bin/numactl --interleave=all true', ['libnuma.so.1', 'libc.so.6']);
const STATIC_MUSL = program('a', [], ['arch_prctl', 'set_tid_address', 'brk']);
const WINE = program('wine notepad', []);
const FAST_GLIBC = program('a', [], ['set_tid_address', 'set_robust_list', 'rseq']);
const STRANGER = program('a', [], ['brk', 'mmap', 'openat']);

describe('whether a refusal breaks the programs that made the call', () => {
  test.each([
    ['GLib gives up where glibc alone would not', 'close_range', 'EPERM', [GLIB], 'breaks', 'known'],
    ['GLib falls back', 'close_range', 'ENOSYS', [GLIB], 'harmless', 'known'],
    ['who calls the wrapper of glibc is not known', 'close_range', 'EPERM', [GLIBC], 'unknown', 'assumed'],
    ['numactl ends', 'set_mempolicy', 'EPERM', [NUMACTL], 'breaks', 'known'],
    [
      'numactl by its name, also without libraries',
      'set_mempolicy',
      'EPERM',
      [program('numactl', [])],
      'breaks',
      'known',
    ],
    ['glibc falls back', 'faccessat2', 'ENOSYS', [GLIBC], 'harmless', 'known'],
    ['glibc does not', 'faccessat2', 'EPERM', [GLIBC], 'breaks', 'known'],
    [
      'a static program of musl, by its first calls',
      'faccessat2',
      'ENOSYS',
      [STATIC_MUSL],
      'harmless',
      'known',
    ],
    ['glibc by its first calls, in a fast recording', 'rseq', 'EPERM', [FAST_GLIBC], 'harmless', 'known'],
    ['one of two is a stranger', 'faccessat2', 'ENOSYS', [GLIBC, STRANGER], 'harmless', 'assumed'],
    ['nobody is known', 'faccessat2', 'ENOSYS', [], 'harmless', 'assumed'],
    ['a row from memory', 'futex_waitv', 'EPERM', [WINE], 'harmless', 'assumed'],
    ['no row at all', 'mount', 'EPERM', [GLIBC], 'unknown', 'assumed'],
  ] as const)('%s', (_, name, errno, programs, effect, basis) => {
    expect(breaksCallers(name, errno, programs)).toEqual({ effect, basis });
  });
});
