import { isEverybodys } from './accounts.ts';
import { CommandScan } from './commandScan.ts';
import { applyFindings, type Finding, type Sink } from './findings.ts';
import { isPublicHost } from './hostNames.ts';
import { Names } from './names.ts';
import { eachPath, isPublicPath, type PathStyle, showPath } from './pathRedaction.ts';
import { scanAssignments } from './scanAssignments.ts';
import { scanBlocks, scanKeyed } from './scanKeyed.ts';
import { scanPlaces } from './scanPlaces.ts';
import { scanMails, scanUrls } from './scanUrls.ts';
import { scanWords } from './scanWords.ts';
import { scanInside, scanScript, secretsOnly } from './script.ts';

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
  /** Hides everything that no verdict hangs on: words of command lines, names, private paths, texts. */
  readonly strict?: boolean;
}

/** Takes private things out of text that is not in the form of a trace; each of these knows more of its input. */
export interface Scrubber {
  /** Any text. `cut`: strace left its end out. */
  text(text: string, cut?: boolean): string;
  /** A script of a shell, or the words of a command put together. */
  script(text: string): string;
  /** Nothing but a path, whatever characters are in it. */
  path(path: string): string;
  /** The words of one command line, one after the other; when strict only the first `kept` are shown. */
  command(kept?: number): (word: string, cut?: boolean) => string;
  /** Keeps in mind the accounts that a text names by their homes, without showing it. */
  learn(text: string): void;
  /** A name of a machine that is said to be one. */
  host(name: string): string;
  /** Keeps the names of users and machines in a text in mind without showing it. */
  readonly names: Names;
}

/** What a word is shown as when only verdicts count. */
export const HIDDEN = '[hidden]';

/** Results are remembered for this many texts, each of at most so many characters. */
const MOST_KNOWN = 20_000;
const LONGEST_KNOWN = 300;

/** Makes a scrubber that also hides, from then on, each name that a text gave away. */
export function makeScrubber(options: RedactOptions): Scrubber {
  const { cwd, salt = '', strict = false } = options;
  const paths = strict ? 'hash' : (options.paths ?? 'keep');
  const names = new Names();
  for (const user of options.users ?? []) names.add(user, 'user');
  for (const host of options.hosts ?? []) names.add(host, 'host');
  const addresses = new Map<string, string>();
  const homes = (options.homes ?? [])
    .filter((home) => home.length > 1 && home !== '/root')
    .sort((a, b) => b.length - a.length);

  function sinkOf(findings: Finding[]): Sink {
    return {
      hide: (start, end, shown) => findings.push({ start, end, shown }),
      user(start, end, name) {
        names.add(name, 'user');
        findings.push({ start, end, shown: isEverybodys(name) ? name : 'user' });
      },
      host(start, end, name) {
        names.add(name, 'host');
        findings.push({ start, end, shown: isPublicHost(name) ? name : 'host' });
      },
      address(start, end, address) {
        let shown = addresses.get(address);
        if (shown === undefined) {
          shown = `ip-${addresses.size + 1}`;
          addresses.set(address, shown);
        }
        findings.push({ start, end, shown });
      },
    };
  }

  /** Everything that is private in any text, by what it looks like. `words`: it is a word of a command line. */
  function scan(text: string, sink: Sink, { path = false, cut = false, assignments = true }): void {
    if (text.length < 2) return;
    for (const home of homes) scanHome(text, home, sink);
    if (path) {
      if (text.includes('://')) scanUrls(text, sink, cut);
      if (text.includes('=')) scanAssignments(text, secretsOnly(sink));
    } else {
      scanBlocks(text, sink);
      scanUrls(text, sink, cut);
      if (assignments) scanAssignments(text, sink);
      scanKeyed(text, sink);
    }
    if (text.includes('@')) scanMails(text, sink, path);
    scanPlaces(text, sink);
    scanWords(text, sink, { path, random: true });
    names.scan(text, sink);
  }

  const scanWord = (text: string, sink: Sink): void => scan(text, sink, {});
  const shownCwd = cwd === undefined ? undefined : hidden(cwd, (sink) => scan(cwd, sink, { path: true }));

  function hidden(text: string, find: (sink: Sink) => void): string {
    const findings: Finding[] = [];
    find(sinkOf(findings));
    return applyFindings(text, findings);
  }

  const hashes = new Map<string, string>();
  function show(path: string): string {
    if (paths !== 'hash') return showPath(path, paths, shownCwd, salt);
    const shown = hashes.get(path) ?? showPath(path, paths, shownCwd, salt);
    if (hashes.size < MOST_KNOWN && path.length < LONGEST_KNOWN) hashes.set(path, shown);
    return shown;
  }

  /** Names that come to light change what was shown before them. */
  let known = new Map<string, string>();
  let version = 0;
  function remembered(text: string, kind: string, make: () => string): string {
    if (text.length > LONGEST_KNOWN) return make();
    if (version !== names.version || known.size > MOST_KNOWN) {
      known = new Map();
      version = names.version;
    }
    const key = kind + text;
    const shown = known.get(key);
    if (shown !== undefined) return shown;
    const made = make();
    if (version === names.version) known.set(key, made);
    return made;
  }

  const withPaths = (text: string, relative: boolean): string =>
    paths === 'keep' ? text : eachPath(text, relative && paths === 'hash', show);

  return {
    names,
    text: (text, cut = false) =>
      remembered(text, cut ? 'c' : 't', () =>
        withPaths(
          hidden(text, (sink) => {
            scan(text, sink, { cut });
            // A command line in a message: its options only.
            scanInside(text, 'text', sink, () => undefined, 1);
          }),
          false,
        ),
      ),
    script: (text) =>
      withPaths(
        hidden(text, (sink) => {
          scan(text, sink, { assignments: false });
          scanScript(text, sink, scanWord, 0);
        }),
        true,
      ),
    path: (text) =>
      remembered(text, 'p', () => {
        const shown = hidden(text, (sink) => {
          if (isPublicPath(text) && text.length < LONGEST_KNOWN)
            scanWords(text, sink, { path: true, random: false });
          else scan(text, sink, { path: true });
        });
        return paths === 'keep' ? shown : show(shown);
      }),
    command(kept = 1) {
      const command = new CommandScan();
      let index = 0;
      return (word, cut = false) => {
        const left = strict && index++ >= kept;
        const shown = hidden(word, (sink) => {
          const rest = command.next(word, sink);
          if (rest === 'plain') {
            scan(word, sink, { cut, assignments: false });
            return;
          }
          scan(word, sink, { cut, assignments: rest === 'text' });
          scanInside(word, rest, sink, scanWord, 0);
        });
        return left ? HIDDEN : withPaths(shown, true);
      };
    },
    learn: (text) => scanPlaces(text, sinkOf([]), false),
    host: (name) => (isPublicHost(name) ? name : hidden(name, (sink) => sink.host(0, name.length, name))),
  };
}

/** A home folder that is known from outside. */
function scanHome(text: string, home: string, sink: Sink): void {
  for (let at = text.indexOf(home); at !== -1; at = text.indexOf(home, at + home.length)) {
    const after = text[at + home.length];
    if (after === undefined || !/[\w.-]/.test(after)) sink.hide(at, at + home.length, '/home/user');
  }
}
