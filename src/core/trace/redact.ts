import { splitArguments } from './arguments.ts';
import { stringValue } from './command.ts';
import { CUT_IN, type Line, readLine } from './line.ts';
import { type PathStyle, showPath } from './pathRedaction.ts';
import { endOfString } from './result.ts';
import { announcesSecret, hideSecrets, SECRET } from './secrets.ts';

export type { PathStyle } from './pathRedaction.ts';

export interface RedactOptions {
  /** How paths are shown; 'keep' when not given. Home folders become `/home/user` in every style. */
  readonly paths?: PathStyle;
  /** Working folder of the traced command, for 'relative' and 'hash'. */
  readonly cwd?: string;
  /** User names and home folders known from outside; those of `/home/NAME` are found in the text. */
  readonly users?: readonly string[];
  readonly homes?: readonly string[];
  /** Host names known from outside; those that uname prints are found in the text. */
  readonly hosts?: readonly string[];
  /** Makes hashes of paths differ from one report to the next. */
  readonly salt?: string;
}

export interface Redactor {
  /** One line of a trace, without its line end; parses to the same event. */
  line(text: string): string;
  /** Any other text: a command line, program output, a note. */
  text(text: string): string;
}

/** Calls whose strings are content, not names: everything between the quotes goes. */
const CONTENT = new RegExp(
  '^(?:p?readv?(?:64|2)?|p?writev?(?:64|2)?|send|sendto|sendmsg|sendmmsg|recv|recvfrom|recvmsg|recvmmsg|getrandom|' +
    'f?l?[gs]etxattr|[gs]etxattrat|add_key|keyctl|request_key|process_vm_(?:readv|writev)|mq_(?:timedsend|timedreceive)|' +
    'msgsnd|msgrcv|ioctl|vmsplice|setsockopt|getsockopt|bpf|socketcall|ipc|io_submit|syslog|sethostname|setdomainname)$',
);
const STRUCTURE = /^[\w.]+$/;

/** Takes out of a trace what should not be in a public issue, line by line; see `RedactOptions`. */
export function makeRedactor(options: RedactOptions = {}): Redactor {
  const scrub = makeScrubber(options);
  return { line: (text) => redactLine(text, scrub), text: scrub };
}

type Scrub = (text: string) => string;

const IPV4 = /(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])/g;
const IPV6 =
  /(?<![\w:])(?:[0-9a-f]{1,4}:){2,7}(?::?[0-9a-f]{1,4})?(?:%\w+)?(?![\w:])|(?<![\w:])(?:[0-9a-f]{1,4}:)*[0-9a-f]{1,4}::(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4})*)?(?![\w:])/gi;
const HARMLESS_IP = /^(?:127\.|0\.0\.0\.0$|255\.255\.255\.255$)/;
const HOME = /(?<![\w.-])\/(home|Users)\/([\w.-]+)/g;
const PATH = /(?<![\w.~)\]-])\/[\w.@%+~,:#-]+(?:\/[\w.@%+~,:#-]*)*/g;
const NODE = /\b(?:nodename|node)="((?:[^"\\]|\\.)*)"/g;

function makeScrubber(options: RedactOptions): Scrub {
  const { paths = 'keep', cwd, salt = '' } = options;
  const users = new Set<string>();
  const hosts = new Set<string>();
  const addresses = new Map<string, string>();
  let names: RegExp | undefined;
  const learn = (set: Set<string>, name: string): void => {
    if (name.length < 2 || /^(?:user|root|localhost|nobody|host)$/.test(name) || set.has(name)) return;
    set.add(name);
    names = undefined;
  };
  for (const user of options.users ?? []) learn(users, user);
  for (const host of options.hosts ?? []) learn(hosts, host);
  const homes = (options.homes ?? [])
    .filter((home) => home.length > 1 && home !== '/root')
    .sort((a, b) => b.length - a.length);
  const shownCwd = cwd === undefined ? undefined : replaceHomes(cwd);

  function replaceHomes(text: string): string {
    let shown = text;
    for (const home of homes) shown = shown.replaceAll(home, '/home/user');
    return shown.replace(HOME, (match, root: string, user: string) => {
      if (/^(?:user|linuxbrew|runner)$/.test(user)) return match;
      learn(users, user);
      return `/${root}/user`;
    });
  }
  function address(ip: string): string {
    let shown = addresses.get(ip);
    if (shown === undefined) {
      shown = `ip-${addresses.size + 1}`;
      addresses.set(ip, shown);
    }
    return shown;
  }
  return (text) => {
    for (const match of text.matchAll(NODE)) learn(hosts, match[1]!);
    let shown = replaceHomes(hideSecrets(text));
    shown = shown.replace(IPV4, (ip) => (HARMLESS_IP.test(ip) ? ip : address(ip)));
    if (shown.includes(':')) {
      // At least two colons and a letter or `::`: 12:34:56 is a time.
      shown = shown.replace(IPV6, (ip) =>
        /::|[a-f]/i.test(ip) && !/^(?:::1?|\d\d:\d\d:\d\d)$/.test(ip) && ip.length > 3 ? address(ip) : ip,
      );
    }
    if (paths !== 'keep') shown = shown.replace(PATH, (path) => showPath(path, paths, shownCwd, salt));
    if (users.size + hosts.size > 0) {
      names ??= new RegExp(
        `(?<![A-Za-z0-9_])(?:${[...users, ...hosts]
          .sort((a, b) => b.length - a.length)
          .map(escaped)
          .join('|')})(?![A-Za-z0-9_])`,
        'g',
      );
      shown = shown.replace(names, (name) => (hosts.has(name) ? 'host' : 'user'));
    }
    return shown;
  };
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function redactLine(raw: string, scrub: Scrub): string {
  const line = readLine(raw);
  const { body, text, prefix } = line;
  // uname tells the host's name, which then is hidden wherever it stands.
  for (const [node] of text.matchAll(NODE)) scrub(node);
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
        : text.trimStart().startsWith('>')
          ? text
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
function redactLoose({ body, text, prefix }: Line, scrub: Scrub): string {
  if (body.kind === 'rest') return text.slice(0, prefix.at) + outside(text.slice(prefix.at), scrub);
  // The second half of a call that `Process N attached` tore apart.
  if (/^[^"]*\) += /.test(text)) return outside(text, scrub);
  return '[redacted]';
}

/** `write(1, "secret", 6secret`: what the program printed follows the last argument. */
function redactOpen({ text, prefix, body }: Line, scrub: Scrub): string {
  const from = argumentsStart(text, prefix.at) ?? text.length;
  const name = text.slice(prefix.at, from - 1);
  const cutIn = CUT_IN.exec(text);
  const end = cutIn ? cutIn.index : text.length;
  const args = redactArguments(name, text.slice(from, end), false, scrub);
  return text.slice(0, from) + (body.kind === 'open' ? args : '') + (cutIn ? cutIn[0] : '');
}

/** The arguments of one call, or of the half of it that is on this line. */
function redactArguments(name: string, args: string, second: boolean, scrub: Scrub): string {
  if (name === 'execve' || name === 'execveat') return redactExecve(args, name, second, scrub);
  const content = CONTENT.test(name);
  const shown = eachString(
    args,
    (literal) => (content ? hidden(literal) : redactLiteral(literal, scrub)),
    (rest) => outside(rest, scrub),
  );
  if (!/^p?writev?(?:64|2)?$/.test(name)) return shown;
  // Program output right behind the count: `write(1, "hi\n", 3hi`.
  return shown.replace(/(, \d+)(?![\d,)]|x[0-9a-f])[^"\d,)]+.*$/s, '$1');
}

function redactExecve(args: string, name: string, second: boolean, scrub: Scrub): string {
  const parts = splitArguments(args);
  const first = name === 'execveat' ? 1 : 0;
  const environment = second ? parts.length - 1 : first + 2;
  let secretNext = false;
  return parts
    .map((part, index) => {
      const isEnvironment = index >= environment && /^(?:[a-z_]+=)?\[/.test(part);
      return eachString(
        part,
        (literal) => {
          if (isEnvironment) return hiddenVariable(literal);
          const word = stringValue(literal) ?? '';
          const secret = secretNext;
          secretNext = announcesSecret(word);
          if (secret && !word.startsWith('-')) return `"${SECRET}"`;
          if (/^(?:-u|--user|--proxy-user)$/.test(word)) secretNext = true;
          return redactLiteral(literal, scrub);
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

function redactLiteral(literal: string, scrub: Scrub): string {
  const value = stringValue(literal) ?? '';
  const shown = scrub(value);
  if (shown === value) return literal;
  return `"${shown.replace(/[\\"\x00-\x1f\x7f-\uffff]/g, escapeUnit)}"`;
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
function outside(text: string, scrub: Scrub): string {
  if (!text.includes('<') && !text.includes('"')) return text;
  return eachString(
    text,
    (literal) => redactLiteral(literal, scrub),
    (rest) =>
      rest.replace(/(?<=[\dD])<((?:[^<>-]|->|-(?!>)|<[^<>]*>)*)>/g, (match, inner: string) =>
        STRUCTURE.test(inner) ? match : `<${scrub(inner).replace(/[<"]/g, '')}>`,
      ),
  );
}
