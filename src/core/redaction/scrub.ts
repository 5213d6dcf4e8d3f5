import { readable } from '../strace/grammar/command.ts';
import { type PathStyle, RELATIVE_NAME, showPath } from './pathRedaction.ts';
import { hideSecrets } from './secrets.ts';

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
  /**
   * Key of the hashes of paths: the same salt gives the same hash, and who has it can test guesses. For 'hash' it
   * must be random or a secret.
   */
  readonly salt?: string;
}

/** Takes private things out of text that is not in the form of a trace; each of the three knows more of its input. */
export interface Scrubber {
  /** Any text. */
  text(text: string): string;
  /** A word of a command line: in 'hash' style also relative paths and file names go. */
  word(word: string): string;
  /** Nothing but a path, whatever characters are in it. */
  path(path: string): string;
}

/** Accounts and machines of everybody: to hide them would only make a trace hard to read. */
const COMMON_NAME =
  /^(?:user|root|localhost|nobody|host|runner|linuxbrew|node|ubuntu|debian|build|builder|vagrant|docker|git|postgres|www-data|app|ci|dev|test|jenkins|gitlab-runner|\(none\))$/;

/** Where home folders and mail boxes lie, also in a machine's or a container's root that is mounted somewhere. */
const HOME =
  /(?<![\w.~-])((?:\/export|\/usr|\/data|\/net|\/nfs|\/srv|\/mnt(?:\/\w+)?|\/[\w./-]*\/(?:merged|rootfs|newroot|oldroot|diff|fs)|\/var)?\/(?:home|Users)|\/var\/(?:spool\/)?mail|\/var\/spool\/cron\/crontabs|\/run\/media)\/([\w.@+\x80-\uffff-]{2,})/g;
const TILDE = /(?<![\w.~/-])~([A-Za-z_][\w-]+)(?=[/\s:'"]|$)/g;
const NODE =
  /\b(?:nodename|node|domainname)="((?:[^"\\]|\\.)+)"|\bset(?:host|domain)name\("((?:[^"\\]|\\.)+)"/g;

const IPV4 = /(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])/g;
const IPV6 =
  /(?<![\w:])(?:[0-9a-f]{1,4}:){2,7}(?::?[0-9a-f]{1,4})?(?:%\w+)?(?![\w:])|(?<![\w:])(?:[0-9a-f]{1,4}:)*[0-9a-f]{1,4}::(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4})*)?(?![\w:])/gi;
const HARMLESS_IP = /^(?:127\.|0\.0\.0\.0$|255\.255\.255\.255$)/;
const MAC = /(?<![\w:])(?:[0-9a-f]{2}:){5}[0-9a-f]{2}(?![\w:])/gi;
const MAC_OF_DASHES = /(?<![\w-])(?=[\d-]*[a-f])(?:[0-9a-f]{2}-){5}[0-9a-f]{2}(?![\w-])/gi;
/** `sll_addr=[0x02, 0x42, …]`, as older straces print it. */
const MAC_OF_BYTES = /(?<=\bsll_addr=\[)(?:0x[0-9a-f]{1,2}(?:, )?)+(?=\])/g;
/** `jane@example.org`, `deploy@203.0.113.1`; not `foo@1.2.3`, a version, nor `getty@tty1.service`. */
const MAIL =
  /(?<![\w.+/-])(?!git@)[\w.+-]+@(?:(?:\d{1,3}\.){3}\d{1,3}|[\w-]+(?:\.[\w-]+)*\.(?!(?:service|socket|timer|target|mount|slice)\b)[A-Za-z]{2,})(?![\w-])/g;
/** The same as a file's name or in one, where it must not look like a version or an ending: `zlib@next.tar`. */
const MAIL_FILE =
  /(?<=\/)(?!git@)[\w.+-]+@(?!v?\d)(?:[\w-]+\.)+(?!(?:service|socket|timer|target|mount|slice|tar|t?gz|xz|zst|bz2|zip|[cm]?[jt]sx?|json|rb|py|go|rs|zig|[ch]|cc|hh|so|png|svg|jpg|md|txt|ya?ml|lock|patch)\b)[A-Za-z]{2,}(?![\w-])/g;
/** A host of a URL that is known in one network only: a bare name, or under a name that is no public one. */
const PRIVATE_HOST =
  /\b((?:https?|wss?|ftps?|ssh|git|svn|rsync|tcp|ldaps?|nfs|smb|amqps?|rediss?|mysql|postgres(?:ql)?|mongodb(?:\+srv)?):\/\/(?:\[secret\]@)?)(?!localhost\b|host\b)(?:[\w-]+|(?:[\w-]+\.)+(?:internal|intranet|intra|corp|lan|local|home|private|localdomain))(?=[:/?#"'\s]|$)/gi;
/** The same without a URL around it: `psql -h db.internal`. Endings that files and packages have are not among them. */
const PRIVATE_NAME =
  /(?<![\w./-])(?:[\w-]+\.)+(?:internal|intranet|intra|corp|lan|localdomain)(?=$|[:/\s"',;)\]])/gi;
const PATH = /(?<![\w.~)\]-])\/[\w.@%+~,:#-]+(?:\/[\w.@%+~,:#-]*)*/g;

/** The user names that a text gives away. */
export function usersIn(raw: string): readonly string[] {
  if (!/home|Users|mail|media|cron|~/.test(raw)) return [];
  const text = raw.replace(/(?:\\[23][0-7]{2}|\\x[89a-f][0-9a-f])+/g, (escapes) => readable(escapes));
  const names = [...text.matchAll(HOME)].map((match) => match[2]!);
  for (const match of text.matchAll(TILDE)) names.push(match[1]!);
  return names.filter((name) => !COMMON_NAME.test(name));
}

/** The host names that a text gives away: of uname, sethostname, and of the domain. */
export function hostsIn(text: string): readonly string[] {
  if (!/node|name/.test(text)) return [];
  return [...text.matchAll(NODE)]
    .map((match) => match[1] ?? match[2]!)
    .filter((name) => !COMMON_NAME.test(name));
}

/** Makes a scrubber that also hides, from then on, each name that a text gave away. */
export function makeScrubber(options: RedactOptions): Scrubber {
  const { paths = 'keep', cwd, salt = '' } = options;
  const users = new Set<string>();
  const hosts = new Set<string>();
  const addresses = new Map<string, string>();
  let names: RegExp | undefined;
  const learn = (set: Set<string>, found: readonly string[]): void => {
    for (const name of found) {
      if (name.length < 2 || COMMON_NAME.test(name) || set.has(name)) continue;
      set.add(name);
      names = undefined;
    }
  };
  learn(users, options.users ?? []);
  learn(hosts, options.hosts ?? []);
  const homes = (options.homes ?? [])
    .filter((home) => home.length > 1 && home !== '/root')
    .sort((a, b) => b.length - a.length)
    .map((home) => new RegExp(`${escaped(home)}(?![\\w.-])`, 'g'));
  const shownCwd = cwd === undefined ? undefined : replaceHomes(cwd);

  function replaceHomes(text: string): string {
    let shown = text;
    for (const home of homes) shown = shown.replace(home, '/home/user');
    learn(users, usersIn(shown));
    return shown
      .replace(HOME, (match, root: string, user: string) => (COMMON_NAME.test(user) ? match : `${root}/user`))
      .replace(TILDE, (match, user: string) => (COMMON_NAME.test(user) ? match : '~user'));
  }
  function address(ip: string): string {
    let shown = addresses.get(ip);
    if (shown === undefined) {
      shown = `ip-${addresses.size + 1}`;
      addresses.set(ip, shown);
    }
    return shown;
  }
  function replaceNames(text: string): string {
    if (users.size + hosts.size === 0) return text;
    // `_` parts words here: backup_NAME.tar.
    names ??= new RegExp(
      `(?<![A-Za-z0-9])(?:${[...users, ...hosts]
        .sort((a, b) => b.length - a.length)
        .map(escaped)
        .join('|')})(?![A-Za-z0-9])`,
      'g',
    );
    return text.replace(names, (name) => (hosts.has(name) ? 'host' : 'user'));
  }
  /** Everything but paths and names. */
  function replaceRest(text: string): string {
    learn(hosts, hostsIn(text));
    let shown = replaceHomes(hideSecrets(text)).replace(PRIVATE_NAME, 'host');
    if (shown.includes('@')) shown = shown.replace(MAIL, 'user@host').replace(MAIL_FILE, 'user@host');
    shown = shown.replace(IPV4, (ip) => (HARMLESS_IP.test(ip) ? ip : address(ip)));
    if (!shown.includes(':')) return hideHardware(shown);
    shown = shown.replace(PRIVATE_HOST, '$1host');
    // At least two colons and a letter or `::`: 12:34:56 is a time.
    return hideHardware(shown).replace(IPV6, (ip) =>
      /::|[a-f]/i.test(ip) && !/^(?:::1?|\d\d:\d\d:\d\d)$/.test(ip) && ip.length > 3 ? address(ip) : ip,
    );
  }
  const known = new Map<string, string>();
  function show(path: string): string {
    if (paths !== 'hash') return showPath(path, paths, shownCwd, salt);
    const shown = known.get(path) ?? showPath(path, paths, shownCwd, salt);
    if (known.size < MOST_KNOWN) known.set(path, shown);
    return shown;
  }
  const text = (raw: string): string => {
    const shown = replaceRest(raw);
    return replaceNames(paths === 'keep' ? shown : shown.replace(PATH, show));
  };
  return {
    text,
    word: (raw) =>
      paths === 'hash'
        ? replaceNames(replaceRest(raw).replace(PATH, show).replace(RELATIVE_NAME, show))
        : text(raw),
    path: (raw) => replaceNames(paths === 'keep' ? replaceRest(raw) : show(replaceRest(raw))),
  };
}

/** Hashes are remembered for this many paths. */
const MOST_KNOWN = 20_000;

/** Hardware addresses; strace prints them without quotes. */
export function hideHardware(text: string): string {
  const shown = text.replace(MAC, '00:00:00:00:00:00');
  return shown
    .replace(MAC_OF_DASHES, '00-00-00-00-00-00')
    .replace(MAC_OF_BYTES, (bytes) => bytes.replace(/0x[0-9a-f]+/g, '0'));
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
