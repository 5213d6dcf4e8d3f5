import { canonicalName } from '../linux/numbers.ts';
import { splitArguments } from '../strace/grammar/arguments.ts';
import { readable, shellWords, stringValue, textOfBytes } from '../strace/grammar/command.ts';
import { CUT_IN, type Line, readLine } from '../strace/grammar/line.ts';
import { endOfString } from '../strace/grammar/result.ts';
import { OptionSecrets } from './optionSecrets.ts';
import { hideHardware, hostsIn, makeScrubber, type RedactOptions, type Scrubber } from './scrub.ts';
import { hideWords, namesSecret, SECRET } from './secrets.ts';

export type { PathStyle } from './pathRedaction.ts';
export type { RedactOptions } from './scrub.ts';

export interface Redactor {
  /** One line of a trace, without its line end; parses to the same event. */
  line(text: string): string;
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
    'msgsnd|msgrcv|ioctl|vmsplice|setsockopt|getsockopt|bpf|socketcall|ipc|io_submit|syslog|sethostname|setdomainname|' +
    'kexec_file_load|lsm_[gs]et_self_attr|f?init_module|open_by_handle_at)$',
);
/** Calls with strings that are neither content nor paths; in all others a string is a path or a list of them. */
const NO_PATH =
  /^(?:execve(?:at)?|prctl|mount|umount2?|fsopen|fsconfig|fsmount|memfd_create|connect|bind|accept4?|getsockname|getpeername|uname|mq_\w+|ptrace|delete_module)$/;
/** Of what is mounted from elsewhere: `//HOST/share`, `HOST:/export`. */
const MOUNT_HOST = /(?<=^\/\/)[\w.-]+(?=\/|$)|^[\w.-]+(?=:\/)/;
const STRUCTURE = /^[\w.]+$/;

/** Takes out of a trace what should not be in a public issue, line by line; see `RedactOptions`. */
export function makeRedactor(options: RedactOptions = {}): Redactor {
  const scrub = makeScrubber(options);
  return {
    line: (text) => redactLine(text, scrub),
    text: scrub.text,
    words: (words) => hideWords(words, scrub.word),
    command: (text) => redactCommand(text, scrub),
  };
}

/** Quotes within quotes hide where a secret ends: the words of a line are looked at as its program gets them. */
function redactCommand(text: string, scrub: Scrubber): string {
  const words = shellWords(text);
  if (!words) return scrub.word(text);
  const shown = hideWords(
    words.map(({ word }) => word),
    scrub.word,
  );
  return words
    .map(({ word, quoted }, index) => (shown[index] === word ? quoted : quoteShown(shown[index]!)))
    .join(' ');
}

function quoteShown(word: string): string {
  return /^[\w@%+=:,./~^[\]-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function redactLine(raw: string, scrub: Scrubber): string {
  const line = readLine(raw);
  const { body, text, prefix } = line;
  // uname tells the host's name, which then is hidden wherever it stands.
  if (hostsIn(text).length > 0) scrub.text(text);
  switch (body.kind) {
    case 'unknown':
    case 'rest':
      return redactLoose(line, scrub);
    case 'open':
      return redactOpen(line, scrub);
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
  const tail = outside(text.slice(from + args.length), scrub);
  const shown =
    head + redactArguments(name, args, body.kind === 'resumed' || body.kind === 'still', scrub) + tail;
  return sameEvent(line, shown) ? shown : `${head}[redacted]${text.slice(from + args.length)}`;
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
function redactOpen({ text, prefix, body }: Line, scrub: Scrubber): string {
  const from = argumentsStart(text, prefix.at) ?? text.length;
  const name = text.slice(prefix.at, from - 1);
  const cutIn = CUT_IN.exec(text);
  const end = cutIn ? cutIn.index : text.length;
  const args = redactArguments(name, text.slice(from, end), false, scrub);
  return text.slice(0, from) + (body.kind === 'open' ? args : '') + (cutIn ? cutIn[0] : '');
}

/** The arguments of one call, or of the half of it that is on this line. */
function redactArguments(name: string, args: string, second: boolean, scrub: Scrubber): string {
  // Program output can look like a call: `login(…) = 0`.
  if (name !== '' && canonicalName(name) === undefined && !/^syscall_0x/.test(name)) return '[redacted]';
  if (name === 'execve' || name === 'execveat') return redactExecve(args, name, second, scrub);
  const shown = eachString(args, literalOf(name, args, scrub), (rest) => outside(rest, scrub));
  if (!/^p?writev?(?:64|2)?$/.test(name)) return shown;
  // Program output right behind the count: `write(1, "hi\n", 3hi`.
  return shown.replace(/(, \d+)(?![\d,)]|x[0-9a-f])[^"\d,)]+.*$/s, '$1');
}

/** How a string of this call is shown. */
function literalOf(name: string, args: string, scrub: Scrubber): (literal: string) => string {
  if (CONTENT.test(name)) return hidden;
  if (name === 'fsconfig') {
    // The key, then its value.
    let secret = args.includes('FSCONFIG_SET_BINARY');
    return (literal) => {
      const hide = secret;
      secret ||= namesSecret(stringValue(literal) ?? '');
      return hide
        ? hidden(literal)
        : redactLiteral(literal, (value) => scrub.text(value).replace(MOUNT_HOST, 'host'));
    };
  }
  if (name === 'mount') {
    return (literal) => redactLiteral(literal, (value) => scrub.text(value).replace(MOUNT_HOST, 'host'));
  }
  const show = NO_PATH.test(name) ? scrub.text : scrub.path;
  return (literal) => redactLiteral(literal, show);
}

function redactExecve(args: string, name: string, second: boolean, scrub: Scrubber): string {
  const parts = splitArguments(args);
  const first = name === 'execveat' ? 1 : 0;
  const environment = second ? parts.length - 1 : first + 2;
  const options = new OptionSecrets();
  return parts
    .map((part, index) => {
      const isEnvironment = index >= environment && /^(?:[a-z_]+=)?\[/.test(part);
      return eachString(
        part,
        (literal) => {
          if (isEnvironment) return hiddenVariable(literal);
          return redactLiteral(literal, (word) => {
            const shown = options.next(word, SECRET);
            return shown === SECRET ? SECRET : scrub.word(shown);
          });
        },
        (rest) => outside(rest, scrub),
      );
    })
    .join(', ');
}

function hiddenVariable(literal: string): string {
  const name = /^[A-Za-z_]\w*(?==)/.exec(stringValue(literal) ?? '');
  return `"${name ? `${name[0]}=` : ''}[hidden]"`;
}

function hidden(literal: string): string {
  return `"[${(stringValue(literal) ?? '').length} bytes]"`;
}

function redactLiteral(literal: string, show: (value: string) => string): string {
  const bytes = stringValue(literal) ?? '';
  const text = textOfBytes(bytes);
  const shown = show(text ?? bytes);
  if (shown === (text ?? bytes)) return literal;
  const escaped = shown.replace(/[\\"\x00-\x1f\x7f]/g, escapeUnit);
  return `"${text === undefined ? escaped.replace(/[\x80-\uffff]/g, escapeUnit) : escaped.replace(/[\x80-\u{10ffff}]/gu, escapeUtf8)}"`;
}

function escapeUtf8(character: string): string {
  return encodeURIComponent(character).toLowerCase().replaceAll('%', '\\x');
}

function escapeUnit(unit: string): string {
  if (unit === '\\' || unit === '"') return `\\${unit}`;
  if (unit === '\n') return '\\n';
  return `\\x${(unit.charCodeAt(0) & 0xff).toString(16).padStart(2, '0')}`;
}

/** Applies one function to every string literal and another to the text between; an unclosed string is dropped. */
function eachString(text: string, literal: (text: string) => string, rest: (text: string) => string): string {
  let shown = '';
  let from = 0;
  for (;;) {
    const start = text.indexOf('"', from);
    if (start === -1) return shown + rest(text.slice(from));
    shown += rest(text.slice(from, start));
    const end = endOfString(text, start + 1);
    if (end === -1) return `${shown}"`;
    shown += literal(text.slice(start, end + 1));
    from = end + 1;
  }
}

/** Text that is not in quotes: only the `<…>` of -y and -yy tells anything private; comments may name processes. */
function outside(text: string, scrub: Scrubber): string {
  if (!text.includes('<') && !text.includes('"')) return hideHardware(text);
  return eachString(
    text,
    (literal) => redactLiteral(literal, scrub.text),
    (rest) =>
      hideHardware(rest).replace(/(?<=[\dD])<((?:[^<>-]|->|-(?!>)|<[^<>]*>)*)>/g, (match, inner: string) =>
        STRUCTURE.test(inner) ? match : `<${descriptor(inner, scrub)}>`,
      ),
  );
}

/** What a descriptor is open on, as -y and -yy print it: a path, a socket's ends, a device. */
function descriptor(inner: string, scrub: Scrubber): string {
  // -xx writes every character as \x2f.
  const plain = inner.includes('\\') ? readable(inner) : inner;
  const [, path, more] = /^(\/[^<]*?)((?: ?\(deleted\))?(?:<.*>)?)$/.exec(plain) ?? [];
  const shown = path === undefined ? scrub.text(plain) : scrub.path(path);
  if (shown === (path ?? plain)) return inner.replace(/"/g, '');
  return shown.replace(/[<>"\x00-\x1f\x7f-\uffff]/g, '?') + (more ?? '');
}
