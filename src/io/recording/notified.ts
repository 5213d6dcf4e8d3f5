import { constants } from 'node:os';
import type { Abi } from '../../core/linux/abi.ts';
import { errnoName } from '../../core/linux/errno.ts';
import { signatureOf } from '../../core/linux/signatures.ts';
import { abiOfToken } from '../../core/seccomp/filter/data.ts';
import { callOfNumber } from '../../core/strace/grammar/siginfo.ts';
import { notificationLine } from '../../core/strace/sources/notification.ts';

/** A filter that a traced program loaded itself. */
export interface OwnFilter {
  readonly pid: number;
  readonly program: string;
  /** It asked for a listener, which a tree of processes has once. */
  readonly listener: boolean;
}

const WORDS: Readonly<Record<string, string>> = {
  EPERM: 'Operation not permitted',
  ENOSYS: 'Function not implemented',
  EACCES: 'Permission denied',
  EINVAL: 'Invalid argument',
  EAFNOSUPPORT: 'Address family not supported by protocol',
};
const NEW_LISTENER = 8n;
/** The helper's own command line, while it has not become the command. */
const HELPER = /^\/proc\/self\/fd\/\d+$/;

/**
 * Makes strace's text of what native/helpers/notify.c writes (its form: record.h there), as it streams by. Has the
 * place of SetupCutter in a recording.
 */
export class Notified {
  /** Pid of the command itself, once it has started. */
  leader: number | undefined;
  /** Whether it came as far as trying to execute the command. */
  attempted = false;
  /** Why the command's execve failed, such as ENOENT. */
  refused: string | undefined;
  /** How the command ended (`exited with 3`, `killed by SIGTERM (core dumped)`), if it did. */
  leaderEnd: string | undefined;
  /** Why the kernel did not take the filter with its listener, such as EBUSY. */
  notLoaded: string | undefined;
  readonly ownFilters: OwnFilter[] = [];
  /** The command's process, also before it has started. */
  pid: number | undefined;
  readonly #command: readonly string[];
  readonly #programs = new Map<number, readonly string[]>();
  #rest = '';

  constructor(command: readonly string[]) {
    this.#command = command;
  }

  /** Takes a chunk, cut anywhere; gives back whole lines of strace. */
  push(chunk: Buffer): Buffer[] {
    const lines = (this.#rest + chunk.toString('latin1')).split('\n');
    this.#rest = lines.pop() ?? '';
    const text = lines.map((line) => this.#line(line)).join('');
    return text === '' ? [] : [Buffer.from(text, 'latin1')];
  }

  /** A line that was cut says nothing. */
  end(): Buffer[] {
    return [];
  }

  #line(line: string): string {
    const [kind, first = '', ...rest] = line.split(' ');
    switch (kind) {
      case 'p':
        this.#programs.set(Number.parseInt(first, 16), this.#commandOf(rest[0] ?? ''));
        return '';
      case 'b':
        this.pid = Number.parseInt(first, 16);
        return '';
      case 's':
        return this.#started();
      case 'e':
        this.attempted = true;
        this.refused = nameOf(Number.parseInt(first, 16));
        return '';
      case 'f':
        this.notLoaded = nameOf(Number.parseInt(first, 16));
        return '';
      case 'x':
        return this.#ended(Number.parseInt(first, 16));
      case 'o':
        this.#owns(Number.parseInt(first, 16), rest);
        return '';
      case 'c':
      case 'k':
      case 'w':
        return this.#call(kind, Number.parseInt(first, 16), rest);
      default:
        return '';
    }
  }

  #started(): string {
    this.attempted = true;
    const pid = this.pid ?? 0;
    this.leader = pid;
    const words = this.#command.map((word) => escaped(Buffer.from(word)));
    const args = [`"${words[0]}"`, `[${words.map((word) => `"${word}"`).join(', ')}]`, '0x0'];
    const { abi, nr } = EXECVE;
    const { name } = callOfNumber(nr, abi);
    return `${notificationLine({ pid, abi, nr, name, args, result: '0', command: words })}\n`;
  }

  #ended(status: number): string {
    const signal = status & 0x7f;
    const name = Object.entries(constants.signals).find(([, number]) => number === signal)?.[0];
    this.leaderEnd =
      signal === 0
        ? `exited with ${(status >> 8) & 0xff}`
        : `killed by ${name ?? `SIGRT_${signal}`}${status & 0x80 ? ' (core dumped)' : ''}`;
    return this.leader === undefined ? '' : `${this.leader} +++ ${this.leaderEnd} +++\n`;
  }

  #owns(pid: number, [, , operation = '0', flags = '0', program = '0']: readonly string[]): void {
    // libseccomp asks so what the kernel can do: nothing is loaded.
    if (program === '0') return;
    // prctl(PR_SET_SECCOMP) takes no flags.
    const listener = operation === '1' && (BigInt(`0x${flags}`) & NEW_LISTENER) !== 0n;
    this.ownFilters.push({ pid, program: this.#programs.get(pid)?.[0] ?? '', listener });
  }

  #call(kind: 'c' | 'k' | 'w', pid: number, words: readonly string[]): string {
    const [arch = '', number = '', ...rest] = words;
    const nr = Number.parseInt(number, 16);
    const abi = abiOfToken(Number.parseInt(arch, 16), nr);
    const name = abi === undefined ? `syscall_0x${number}` : callOfNumber(nr, abi).name;
    const errno = kind === 'c' ? Number.parseInt(rest.shift() ?? '', 16) : 0;
    const args = argumentsOf(name, rest.slice(0, 6), rest.slice(6));
    const command = this.#programs.get(pid);
    const result = kind === 'k' ? 'killed' : kind === 'w' ? '?' : resultOf(errno);
    return `${notificationLine({ pid, abi, nr, name, args, result, command })}\n`;
  }

  #commandOf(hex: string): readonly string[] {
    const bytes = Buffer.from(hex, 'hex');
    const words: string[] = [];
    for (let at = 0; at < bytes.length; ) {
      const end = bytes.indexOf(0, at);
      words.push(escaped(bytes.subarray(at, end === -1 ? bytes.length : end)));
      at = end === -1 ? bytes.length : end + 1;
    }
    return HELPER.test(words[0] ?? '') ? this.#command.map((word) => escaped(Buffer.from(word))) : words;
  }
}

const EXECVE: { readonly abi: Abi; readonly nr: number } =
  process.arch === 'arm64' ? { abi: 'aarch64', nr: 221 } : { abi: 'x86_64', nr: 59 };

const nameOf = (errno: number): string => errnoName(errno) ?? `errno ${errno}`;

function resultOf(errno: number): string {
  if (errno === 0) return '0';
  const name = errnoName(errno);
  return name === undefined ? `-1 (errno ${errno})` : `-1 ${name} (${WORDS[name] ?? name})`;
}

/** `strings`: `1=2f746d70`, an index and bytes. */
function argumentsOf(name: string, values: readonly string[], strings: readonly string[]): readonly string[] {
  const texts = new Map(strings.map((one) => [Number(one[0]), Buffer.from(one.slice(2), 'hex')]));
  return values.slice(0, signatureOf(name)?.count ?? values.length).map((value, index) => {
    const text = texts.get(index);
    if (text !== undefined) return `"${escaped(text)}"`;
    return value === '0' ? '0' : `0x${value}`;
  });
}

const NAMED: Readonly<Record<number, string>> = {
  9: 't',
  10: 'n',
  11: 'v',
  12: 'f',
  13: 'r',
  34: '"',
  92: '\\',
};

/** As strace prints a string, without its quotes. */
function escaped(bytes: Buffer): string {
  let text = '';
  bytes.forEach((byte, at) => {
    const named = NAMED[byte];
    if (named !== undefined) text += `\\${named}`;
    else if (byte >= 0x20 && byte < 0x7f) text += String.fromCharCode(byte);
    else {
      const next = bytes[at + 1];
      const digit = next !== undefined && next >= 0x30 && next <= 0x37;
      text += `\\${byte.toString(8).padStart(digit ? 3 : 1, '0')}`;
    }
  });
  return text;
}
