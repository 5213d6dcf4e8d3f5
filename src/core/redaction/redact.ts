import { canonicalName } from '../linux/numbers.ts';
import { splitArguments } from '../strace/grammar/arguments.ts';
import { shellWords, stringValue } from '../strace/grammar/command.ts';
import { cutIn, type Line, readLine } from '../strace/grammar/line.ts';
import { outside } from './descriptors.ts';
import {
  eachString,
  hidden,
  hiddenVariable,
  type Literal,
  redactLiteral,
  type ShowString,
} from './literals.ts';
import { MOUNT_HOST } from './redactNames.ts';
import { HIDDEN, makeScrubber, type RedactOptions, type Scrubber } from './scrub.ts';
import { namesSecret } from './secretNames.ts';

export type { PathStyle } from './pathRedaction.ts';
export type { RedactOptions } from './scrub.ts';

export interface Redactor {
  /** One line of a trace, without its line end; parses to the same event. Read already, it may have been within a log. */
  line(line: string | Line): string;
  /** The arguments of one call, as strace prints them between the parentheses. */
  call(name: string, args: string): string;
  /** Any other text: program output, a note, a path among words. */
  text(text: string): string;
  /** The words of a command, each as it may be shown. */
  words(words: readonly string[]): string[];
  /** A command line as one text. */
  command(text: string): string;
}

/** Calls whose strings are content, not names: everything between the quotes goes. */
const CONTENT = new RegExp(
  '^(?:p?readv?(?:64|2)?|p?writev?(?:64|2)?|send|sendto|sendmsg|sendmmsg|recv|recvfrom|recvmsg|recvmmsg|getrandom|' +
    'f?l?[gs]etxattr|[gs]etxattrat|add_key|keyctl|request_key|process_vm_(?:readv|writev)|mq_(?:timedsend|timedreceive)|' +
    'msgsnd|msgrcv|ioctl|vmsplice|setsockopt|getsockopt|bpf|socketcall|ipc|io_submit|syslog|' +
    'kexec_file_load|lsm_[gs]et_self_attr|f?init_module|open_by_handle_at)$',
);
/** How many strings of such a call come before the content: a path and a name, the type of a key. */
const NAMES_BEFORE: Readonly<Record<string, number>> = {
  getxattr: 2,
  lgetxattr: 2,
  setxattr: 2,
  lsetxattr: 2,
  getxattrat: 2,
  setxattrat: 2,
  fgetxattr: 1,
  fsetxattr: 1,
  add_key: 1,
  request_key: 1,
};
/** Calls with strings that are neither content nor paths; in all others a string is a path or a list of them. */
const NO_PATH =
  /^(?:execve(?:at)?|prctl|mount|umount2?|fsopen|fsconfig|fsmount|memfd_create|connect|bind|accept4?|getsockname|getpeername|uname|olduname|oldolduname|mq_\w+|ptrace|delete_module|sethostname|setdomainname)$/;
/** Of uname and its relatives: the machine's name. */
const NODE = /\b(?:nodename|node|domainname)=$/;
/** Of uname: what verdicts hang on. */
const SYSTEM = /\b(?:sysname|release|version|machine)=$/;
const SOCKET = /\bsun_path=@?$/;
const ADDRESS = /\b(?:inet_addr\(|inet_pton\(AF_INET6?, )$/;
const INTERFACE = /\bifr_name=$/;

/** Takes out of a trace what should not be in a public issue, line by line; see `RedactOptions`. */
export function makeRedactor(options: RedactOptions = {}): Redactor {
  const hand: Hand = { scrub: makeScrubber(options), strict: options.strict ?? false };
  const words = (said: readonly string[]): string[] => {
    const show = hand.scrub.command();
    return said.map((word) => show(word));
  };
  return {
    line: (line) => redactLine(typeof line === 'string' ? readLine(line) : line, hand),
    call: (name, args) => redactCall(name, args, hand),
    text: (text) => hand.scrub.text(text),
    words,
    command: (text) => redactCommand(text, hand, words),
  };
}

interface Hand {
  readonly scrub: Scrubber;
  readonly strict: boolean;
}

/** Quotes within quotes hide where a secret ends: the words of a line are looked at as its program gets them. */
function redactCommand(
  text: string,
  { scrub, strict }: Hand,
  show: (words: readonly string[]) => readonly string[],
): string {
  const words = shellWords(text);
  if (!words) return strict ? HIDDEN : scrub.script(text);
  const shown = show(words.map(({ word }) => word));
  return words
    .map(({ word, quoted }, index) => (shown[index] === word ? quoted : quoteShown(shown[index]!)))
    .join(' ');
}

function quoteShown(word: string): string {
  return /^[\w@%+=:,./~^[\]-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function redactLine(line: Line, hand: Hand): string {
  const { scrub } = hand;
  const { body, text, prefix } = line;
  switch (body.kind) {
    case 'unknown':
    case 'record':
    case 'rest':
      return redactLoose(line, scrub);
    case 'open':
      return redactOpen(line, hand);
    case 'call':
    case 'unfinished':
    case 'resumed':
    case 'still':
    case 'detached':
      break;
    case 'ignored':
      return /^ \| /.test(text)
        ? ' | [redacted]'
        : text.trimStart().startsWith('>') || text.startsWith('strace: ')
          ? scrub.text(text)
          : outside(text, scrub);
    default:
      return text;
  }
  const args = body.args ?? '';
  const from = argumentsStart(text, prefix.at);
  if (from === undefined || args === '')
    return text.slice(0, prefix.at) + outside(text.slice(prefix.at), scrub);
  const name = body.name ?? '';
  const head = text.slice(0, from);
  const tail = redactTail(text.slice(from + args.length), scrub);
  const shown =
    head + redactArguments(name, args, body.kind === 'resumed' || body.kind === 'still', hand) + tail;
  return sameEvent(line, shown) ? shown : `${head}[redacted]${text.slice(from + args.length)}`;
}

/** Behind the result of a call that a supervisor was notified of is the command line of its process. */
function redactTail(tail: string, scrub: Scrubber): string {
  // ` (NOTIFIED … by [` words `])`, and no string before the words.
  const at = tail.indexOf(' (NOTIFIED');
  const from = at === -1 ? 0 : tail.indexOf('[', at) + 1;
  const to = tail.trimEnd().length - 2;
  const before = tail.slice(0, from);
  if (!before.endsWith(' by [') || before.includes('"') || to < from || !tail.startsWith('])', to))
    return outside(tail, scrub);
  const [words, behind] = [tail.slice(from, to), tail.slice(to)];
  const show = scrub.command();
  const word: ShowString = ({ text, cut }) => redactLiteral(text, (value) => show(value, cut));
  return outside(before, scrub) + eachString(words, word, (rest) => rest) + behind;
}

function argumentsStart(text: string, at: number): number | undefined {
  const resumed = /<\.\.\. (?:[^ >]+ )?resumed> ?/y;
  resumed.lastIndex = at;
  if (resumed.test(text)) return resumed.lastIndex;
  const open = text.indexOf('(', at);
  return open === -1 ? undefined : open + 1;
}

/** Redaction must not change what the line says. */
function sameEvent(line: Line, shown: string): boolean {
  const again = readLine(shown);
  const told = ({ body, prefix }: Line): string =>
    JSON.stringify([
      body.kind,
      'name' in body ? body.name : '',
      'outcome' in body ? body.outcome : '',
      'args' in body && body.args !== undefined ? splitArguments(body.args).length > 0 : '',
      prefix.pid,
      prefix.number,
    ]);
  return told(again) === told(line);
}

/** Lines that are no calls hold what the program printed. What must be seen of them stays: the result of a torn call. */
function redactLoose({ body, text, prefix }: Line, scrub: Scrubber): string {
  if (body.kind === 'rest') return text.slice(0, prefix.at) + outside(text.slice(prefix.at), scrub);
  // The second half of a call that `Process N attached` tore apart.
  if (/^[^"]*\) += /.test(text)) return outside(text, scrub);
  return '[redacted]';
}

/** `write(1, "secret", 6secret`: what the program printed follows the last argument. */
function redactOpen({ text, prefix, body }: Line, hand: Hand): string {
  const from = argumentsStart(text, prefix.at) ?? text.length;
  const name = text.slice(prefix.at, from - 1);
  const end = cutIn(text)?.index ?? text.length;
  const args = redactArguments(name, text.slice(from, end), false, hand);
  return text.slice(0, from) + (body.kind === 'open' ? args : '') + text.slice(end);
}

/** Arguments without their line; all of them go where redaction would make other ones of them. */
function redactCall(name: string, args: string, hand: Hand): string {
  const shown = redactArguments(name, args, false, hand);
  return splitArguments(shown).length === splitArguments(args).length ? shown : '[redacted]';
}

/** The arguments of one call, or of the half of it that is on this line. */
function redactArguments(name: string, args: string, second: boolean, hand: Hand): string {
  // Program output can look like a call: `login(…) = 0`.
  if (name !== '' && canonicalName(name) === undefined && !/^syscall_0x/.test(name)) return '[redacted]';
  if (name === 'execve' || name === 'execveat') return redactExecve(args, name, second, hand);
  const shown = eachString(args, literalOf(name, args, hand), (rest) => outside(rest, hand.scrub));
  if (!/^p?writev?(?:64|2)?$/.test(name)) return shown;
  return withoutOutput(shown);
}

/** Program output right behind the count: `write(1, "hi\n", 3hi`. */
function withoutOutput(args: string): string {
  const comma = args.lastIndexOf(', ');
  if (comma === -1 || comma < args.lastIndexOf('"')) return args;
  const digits = /^\d+(?=[^\d,)])(?!x[0-9a-f])/.exec(args.slice(comma + 2, comma + 40));
  return digits ? args.slice(0, comma + 2 + digits[0].length) : args;
}

/** How the strings of this call are shown. */
function literalOf(name: string, args: string, { scrub, strict }: Hand): ShowString {
  const socket = (path: string): string => hideSocketName(scrub.path(path));
  const byKey = ({ text, key }: Literal): string | undefined => {
    if (SOCKET.test(key)) return redactLiteral(text, socket);
    if (INTERFACE.test(key)) return text;
    if (ADDRESS.test(key)) return redactLiteral(text, (value) => scrub.text(value));
    return undefined;
  };
  if (CONTENT.test(name)) {
    const names = NAMES_BEFORE[name] ?? 0;
    return (literal) =>
      literal.index < (strict && names === 2 ? 1 : names)
        ? redactLiteral(
            literal.text,
            literal.index === 0 && names === 2 ? scrub.path : (word) => scrub.text(word),
          )
        : (byKey(literal) ?? hidden(literal.text));
  }
  if (name === 'sethostname' || name === 'setdomainname')
    return ({ text }) => redactLiteral(text, scrub.host);
  if (name === 'fsconfig') {
    // The key, then its value.
    let secret = args.includes('FSCONFIG_SET_BINARY');
    return ({ text }) => {
      const hide = secret;
      secret ||= namesSecret(stringValue(text) ?? '');
      return hide ? hidden(text) : redactLiteral(text, (value) => mounted(value, scrub));
    };
  }
  if (name === 'mount' && strict) {
    // The type of the file system decides, and whether its place is one of the kernel's.
    return ({ text, index }) =>
      index === 2
        ? text
        : index < 2 && text.startsWith('"/')
          ? redactLiteral(text, scrub.path)
          : hidden(text);
  }
  if (name === 'mount') return ({ text }) => redactLiteral(text, (value) => mounted(value, scrub));
  const isPath = !NO_PATH.test(name);
  return (literal) => {
    const { text, key, cut } = literal;
    if (NODE.test(key)) return redactLiteral(text, scrub.host);
    const special = byKey(literal);
    if (special !== undefined) return special;
    if (isPath) return redactLiteral(text, scrub.path);
    if (SYSTEM.test(key) || name === 'fsopen') return text;
    return strict ? hidden(text) : redactLiteral(text, (value) => scrub.text(value, cut));
  };
}

/** A file system's source, its place or its options. */
function mounted(value: string, scrub: Scrubber): string {
  const found = MOUNT_HOST.exec(value.slice(0, 300));
  if (!found) return value.startsWith('/') ? scrub.path(value) : scrub.text(value);
  const name = found[1] ?? found[2]!;
  const from = found[1] === undefined ? 0 : 2;
  const host = scrub.text(`//${name}/`).slice(2, -1) === name ? scrub.host(name) : 'host';
  return (
    value.slice(0, from) +
    (/^[\d.]+$/.test(name) ? scrub.text(name) : host) +
    scrub.text(value.slice(from + name.length))
  );
}

/** Sockets of sessions have names that nobody is to guess: `agent.sock-k3x9q0`. What mixes letters and digits goes. */
function hideSocketName(path: string): string {
  const from = path.lastIndexOf('/') + 1;
  if (path.length - from > 255) return `${path.slice(0, from)}[id]`;
  return (
    path.slice(0, from) +
    path
      .slice(from)
      .replace(/[A-Za-z0-9]+/g, (part) =>
        part.length > 7 && /[A-Za-z]/.test(part) && /\d.*\d/.test(part) ? '[id]' : part,
      )
  );
}

function redactExecve(args: string, name: string, second: boolean, { scrub }: Hand): string {
  const parts = splitArguments(args);
  const first = name === 'execveat' ? 1 : 0;
  const environment = second ? parts.length - 1 : first + 2;
  const show = scrub.command(2);
  return parts
    .map((part, index) => {
      const isEnvironment = index >= environment && /^(?:[a-z_]+=)?\[/.test(part.slice(0, 40));
      return eachString(
        part,
        ({ text, cut }) =>
          isEnvironment ? hiddenVariable(text) : redactLiteral(text, (word) => show(word, cut)),
        (rest) => outside(rest, scrub),
      );
    })
    .join(', ');
}
