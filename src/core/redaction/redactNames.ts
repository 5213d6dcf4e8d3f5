import { readable, stringValue, textOfBytes } from '../strace/grammar/command.ts';
import { endOfString } from '../strace/grammar/result.ts';
import type { Names } from './names.ts';
import { isPublicPath } from './pathRedaction.ts';
import { makeScrubber } from './scrub.ts';

export interface FoundNames {
  readonly users: readonly string[];
  readonly hosts: readonly string[];
}

/** What uname and its relatives say of the machine. */
const NODE = /\b(?:nodename|node|domainname)=$|\bset(?:host|domain)name\($/;

/** Of what is mounted from elsewhere: `//HOST/share`, `HOST:/export`. */
export const MOUNT_HOST = /^\/\/([\w.-]+)(?=\/|$)|^([\w.-]+)(?=:\/)/;

/** Finds user and host names in texts of a trace, so that they can be hidden also where nothing says what they are. */
export class NameFinder {
  readonly #scrub = makeScrubber({});
  /** Programs of the system: somebody called like one is hidden only where the person is meant. */
  readonly #programs = new Set<string>();

  /** A line of a trace, the arguments of one call, or any other text. */
  add(text: string): void {
    if (!mayTell(text)) return;
    let say: ((word: string, cut?: boolean) => string) | undefined;
    for (let at = 0; ; ) {
      const start = text.indexOf('"', at);
      const between = text.slice(at, start === -1 ? text.length : start);
      if (between.includes('<') || start === -1) this.#scrub.learn(plain(between));
      if (start === -1) return;
      if (between.includes(']')) say = undefined;
      if (between.trimEnd().endsWith('[') && say === undefined) say = this.#scrub.command();
      const end = endOfString(text, start + 1);
      if (end === -1) {
        this.#scrub.learn(plain(text.slice(start)));
        return;
      }
      const bytes = stringValue(text.slice(start, end + 1)) ?? '';
      const decoded = textOfBytes(bytes);
      // What is no text, such as a part of a program, names nobody.
      const binary = decoded === undefined && /[^\x00-\x7f]/.test(bytes);
      const value = decoded ?? bytes;
      const mounted = /\bmount\($/.test(between.slice(-24)) ? MOUNT_HOST.exec(value.slice(0, 300)) : null;
      if (NODE.test(between.slice(-24))) this.#scrub.host(value);
      else if (mounted) this.#scrub.host(mounted[1] ?? mounted[2]!);
      else if (say !== undefined) {
        say(value, text.startsWith('...', end + 1));
      } else if (!binary) this.#scrub.learn(value);
      if (isPublicPath(value.slice(0, 300)) && text.startsWith(', [', end + 1)) {
        this.#programs.add(value.slice(value.lastIndexOf('/') + 1));
      }
      at = end + 1;
    }
  }

  /** The words of one command line. */
  addCommand(words: readonly string[]): void {
    const say = this.#scrub.command();
    for (const word of words) say(word);
  }

  get found(): FoundNames {
    const names: Names = this.#scrub.names;
    const own = (name: string): boolean => !this.#programs.has(name);
    return { users: names.of('user').filter(own), hosts: names.of('host').filter(own) };
  }
}

/** -xx writes every character as `\x2f`. */
function plain(text: string): string {
  return text.includes('\\') ? readable(text) : text;
}

/** A cheap look for what gives names away: most lines of a trace have nothing of it. */
function mayTell(text: string): boolean {
  return (
    text.includes('["') ||
    text.includes('home') ||
    text.includes('Users') ||
    text.includes('node') ||
    text.includes('name') ||
    text.includes('~') ||
    text.includes('mount(') ||
    text.includes('\\x') ||
    text.includes('mail') ||
    text.includes('media') ||
    text.includes('cron') ||
    text.includes('@') ||
    text.includes('/u/')
  );
}
