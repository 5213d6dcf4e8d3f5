import { canonicalName } from '../../linux/numbers.ts';
import { compileExpression } from './expression.ts';
import type { Line, Rule } from './scanner.ts';
import type { PossibleCall } from './table.ts';

/** A line that names a syscall, or the libc function of one, beside the text of an error. */
export interface NamedCall {
  readonly call: PossibleCall;
  /** The word of the line: a syscall or a function. */
  readonly word: string;
  readonly line: Line;
}

/**
 * Words that are syscalls and English, or commands, too. They count only where they are written as a call, `mount(…)`, or
 * where a colon follows, `socket: Operation not permitted`.
 */
const WORDS: ReadonlySet<string> = new Set(
  `accept access acct alarm bind bpf break brk capget chdir chmod chown chroot clone close connect creat dup exec execve exit
  fork futex get getdents idle ioctl ipc kill link listen lock madvise mkdir mknod mlock mmap mount mprotect mremap msync nice
  open pause personality pipe poll prctl prof profil ptrace putpmsg read readahead readlink reboot recv rename restart rmdir
  seccomp select semop send sendfile setns setup shmat shutdown signal socket splice stat stime stty swapoff swapon symlink
  sync sysfs sysinfo syslog tee time times truncate ulimit umask umount uname unlink unshare uselib ustat utime vhangup vserver
  wait4 waitpid write`.split(/\s+/),
);

/** A name in a call, `name(`, with a colon or an arrow behind it, or alone. */
const WORD = /\b([a-z_][a-z0-9_]{2,30})(\(|:|\b)/g;

/** At most so many words of a line are looked at. */
const MOST_WORDS = 60;

/** Rules for lines that hold the text of an error; `other` is called for those that name no syscall. */
export function namedCallRules(
  functions: Readonly<Record<string, readonly PossibleCall[]>>,
  take: (named: NamedCall) => void,
  other: (errno: string, line: Line) => void,
): readonly Rule[] {
  return (['EPERM', 'ENOSYS'] as const).map((errno) => ({
    expression: compileExpression(`{${errno}}`),
    found: (match, line) => {
      // A traced call: the records have it.
      if (/ = -1 (?:E[A-Z]|\(errno)/.test(line.text)) return;
      const named = callsOf(line, match.index, errno, functions);
      if (named.length === 0) other(errno, line);
      for (const one of named) take(one);
    },
  }));
}

function callsOf(
  line: Line,
  at: number,
  errno: string,
  functions: Readonly<Record<string, readonly PossibleCall[]>>,
): readonly NamedCall[] {
  const found: NamedCall[] = [];
  let left = MOST_WORDS;
  // The call stands near its error: the part that belongs to other messages is left out.
  const from = Math.max(0, at - 300);
  const text = line.text.slice(from, at + 160);
  for (const match of text.matchAll(WORD)) {
    if (left-- === 0) break;
    const [, word = '', behind] = match;
    const called = behind === '(' || behind === ':';
    if (WORDS.has(word) && !called) continue;
    // A path or a file name: /usr/include/asm/unistd.h, libkeyutils-keyctl.so.
    if (
      /[/.\w-]/.test(text[match.index - 1] ?? ' ') &&
      !/(?:syscall|unix|sys|libc)\.$/.test(text.slice(0, match.index))
    )
      continue;
    for (const call of possible(word, errno, functions)) found.push({ call, word, line });
  }
  return found;
}

function possible(
  word: string,
  errno: string,
  functions: Readonly<Record<string, readonly PossibleCall[]>>,
): readonly PossibleCall[] {
  const behind = Object.hasOwn(functions, word)
    ? functions[word]!.filter((call) => call.errno === errno)
    : [];
  const syscall = canonicalName(word.replace(/^__/, ''));
  const confidence =
    errno === 'ENOSYS' && !WORDS.has(word) ? 'likely' : WORDS.has(word) ? 'possible' : 'likely';
  // The function's own name is the second guess where a newer syscall is behind it.
  const own: readonly PossibleCall[] =
    syscall === undefined
      ? []
      : [{ syscall, errno, confidence: behind.length > 0 ? 'possible' : confidence }];
  return [...behind, ...own];
}
