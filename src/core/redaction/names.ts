import { isTelling } from './accounts.ts';
import { ALNUM, classAt, DASH, DOT, NAME, PATH_MARK, runEnd, SLASH, UNDERSCORE } from './characters.ts';
import type { Sink } from './findings.ts';
import { isPublicPath } from './pathRedaction.ts';

const IN_PATH = NAME | PATH_MARK | SLASH;
/** So much of a path tells whether it is one of the system's. */
const LONGEST_ROOT = 64;
/** So many parts a name can have: `build-7.east.acme.example` has five. */
const MOST_PARTS = 8;

/** Names that were given away somewhere, to be hidden wherever they are. */
export class Names {
  readonly #kinds = new Map<string, 'user' | 'host'>();
  /** First parts of all names: what no name begins with is passed over. */
  readonly #firsts = new Set<string>();
  #version = 0;

  /** False for a name that says nothing, or is known. */
  add(name: string, kind: 'user' | 'host'): boolean {
    if (this.#kinds.has(name) || !isTelling(name)) return false;
    const end = runEnd(name, 0, ALNUM);
    if (end === 0) return false;
    this.#kinds.set(name, kind);
    this.#firsts.add(name.slice(0, end));
    this.#version++;
    return true;
  }

  /** All names of a kind, in the order in which they were found. */
  of(kind: 'user' | 'host'): string[] {
    return [...this.#kinds].filter(([, of]) => of === kind).map(([name]) => name);
  }

  /** Rises with each new name. */
  get version(): number {
    return this.#version;
  }

  /** Finds the names in a text: whole words, where `_`, `-` and dots part words too, but not in paths of the system. */
  scan(text: string, sink: Sink): void {
    if (this.#kinds.size === 0) return;
    let at = 0;
    // Where the path begins that the next name is in; -1 outside of one.
    let path = -1;
    let known = false;
    while (at < text.length) {
      const bits = classAt(text, at);
      if ((bits & ALNUM) === 0) {
        if ((bits & IN_PATH) === 0) path = -1;
        else if ((bits & SLASH) !== 0 && path === -1) {
          path = at;
          known = isPublicPath(text.slice(at, at + LONGEST_ROOT));
        } else if (known && text.startsWith('/..', at)) known = false;
        at++;
        continue;
      }
      const first = runEnd(text, at, ALNUM);
      if (!this.#firsts.has(text.slice(at, first))) {
        at = first;
        continue;
      }
      const [end, kind] = this.#longest(text, at, first);
      if (kind === undefined || (path !== -1 && known)) {
        at = first;
        continue;
      }
      const short = end - at < 4 && (isJoined(text, at - 1) || isJoined(text, end));
      if (!short) sink.hide(at, end, kind);
      at = end;
    }
  }

  #longest(text: string, from: number, first: number): [number, 'user' | 'host' | undefined] {
    let found: [number, 'user' | 'host' | undefined] = [first, undefined];
    let end = first;
    for (let part = 0; part < MOST_PARTS && end - from < 254; part++) {
      const kind = this.#kinds.get(text.slice(from, end));
      if (kind !== undefined) found = [end, kind];
      const bits = classAt(text, end);
      const mark = text.charCodeAt(end);
      if ((bits & (DASH | DOT | UNDERSCORE)) === 0 && mark !== 0x40 && mark !== 0x2b) break;
      const next = runEnd(text, end + 1, ALNUM);
      if (next === end + 1) break;
      end = next;
    }
    return found;
  }
}

function isJoined(text: string, at: number): boolean {
  return (classAt(text, at) & (DASH | UNDERSCORE)) !== 0;
}
