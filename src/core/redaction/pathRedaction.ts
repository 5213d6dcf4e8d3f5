import { sha256 } from '@noble/hashes/sha2.js';
import {
  ALNUM,
  classAt,
  DASH,
  DOT,
  LETTER,
  NAME,
  PATH_MARK,
  runEnd,
  SLASH,
  UNDERSCORE,
} from './characters.ts';

/** How paths are shown: as they are, relative to the working folder, or with every private name hashed. */
export type PathStyle = 'keep' | 'relative' | 'hash';

/** Folders of the system: their content is public. */
const PUBLIC =
  /^\/(?:bin|boot|dev|etc|lib|lib32|lib64|libx32|proc|sbin|sys|usr|var\/lib\/dpkg|var\/cache|nix\/store)(?:\/|$)/;
/** Of these no part is called by a user or a machine, only by packages. */
const OF_PACKAGES =
  /^\/(?:usr\/(?:bin|sbin|lib\w*|share|include|libexec|src)|bin|sbin|lib\w*|sys|nix\/store)(?:\/|$)/;

/** Whether a path, or its beginning, is in a directory that packages fill. `..` leads out of it. */
export function isPublicPath(path: string): boolean {
  return OF_PACKAGES.test(path) && !path.includes('/..');
}

/** Names that are nobody's, and those that are hashes or hidden already. */
const KEPT =
  /^(?:|\.|\.\.|~|tmp|home|root|user|host|Users|var|opt|srv|mnt|run|zig|\.zig-cache|\[secret\]|\[id\]|(?:zig-)?[0-9a-f]{10}(?:\.[A-Za-z]{1,5})?)$/;
/** What the Zig compiler built: the tables of known callers tell such a program by its place, and the fix hangs on it. */
const ZIG_HASH = /^[0-9a-f]{32}$/;

/** One path, home folders already replaced; `salt` as in RedactOptions. */
export function showPath(path: string, style: PathStyle, cwd: string | undefined, salt: string): string {
  if (style === 'keep' || path === '/' || path === '') return path;
  const inside = cwd !== undefined && cwd !== '/' && (path === cwd || path.startsWith(`${cwd}/`));
  if (style === 'relative') return inside ? `.${path.slice(cwd.length)}` : path;
  if (PUBLIC.test(path.slice(0, 64)) && !inside) return path;
  const names = path.split('/');
  const built = isZigBuilt(names);
  return names
    .map((name) => {
      if (name.length < 64 && (KEPT.test(name) || (built && (name === 'o' || ZIG_HASH.test(name)))))
        return name;
      return (built && name.includes('zig') ? 'zig-' : '') + hashName(name, salt);
    })
    .join('/');
}

/** `…zig…/o/<32 hex digits>/…` */
function isZigBuilt(names: readonly string[]): boolean {
  const zig = names.findIndex((name) => name.includes('zig'));
  if (zig === -1) return false;
  return names.some(
    (name, at) => at > zig && name === 'o' && ZIG_HASH.test((names[at + 1] ?? '').slice(0, 33)),
  );
}

/** Ten hex digits of a keyed hash. The ending stays: `.zig` tells what kind of file the build tripped over. */
function hashName(name: string, salt: string): string {
  const ending = /(?<=.)\.[A-Za-z]{1,5}$/.exec(name.slice(-7))?.[0] ?? '';
  const units = Uint16Array.from(`${salt}\0${name}`, (unit) => unit.charCodeAt(0));
  const hash = sha256(new Uint8Array(units.buffer)).subarray(0, 5);
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('') + ending;
}

const IN_PATH = NAME | PATH_MARK | SLASH;
const BEFORE_NO_PATH = ALNUM | UNDERSCORE | DOT | DASH;

/** The text with `show` applied to each absolute path, and with `relative` to `lib/main.zig` and `main.c` too. */
export function eachPath(text: string, relative: boolean, show: (path: string) => string): string {
  let shown = '';
  let from = 0;
  let at = 0;
  const replace = (start: number, end: number): void => {
    shown += text.slice(from, start) + show(text.slice(start, end));
    from = end;
  };
  while (at < text.length) {
    const end = runEnd(text, at, IN_PATH);
    if (end > at) {
      const start = absoluteIn(text, at, end);
      if (start < end) replace(start, end);
      else if (relative) eachRelative(text, at, end, replace);
    }
    at = end + 1;
  }
  return shown + text.slice(from);
}

/** Where in a run of path characters an absolute path begins: at a slash with no word before it; `end` when nowhere. */
function absoluteIn(text: string, from: number, end: number): number {
  for (let at = from; at + 1 < end; at++) {
    if ((classAt(text, at) & SLASH) === 0 || (classAt(text, at + 1) & SLASH) !== 0) continue;
    const before = at === 0 ? 0x20 : text.charCodeAt(at - 1);
    const option = at === from + 2 && text.charCodeAt(from) === 0x2d;
    if (option) return at;
    if (
      (at > 0 && (classAt(text, at - 1) & BEFORE_NO_PATH) !== 0) ||
      before === 0x7e ||
      before === 0x29 ||
      before === 0x5d
    )
      continue;
    return at;
  }
  return end;
}

/** Relative paths and names of files in a run without an absolute path; `:`, `,` and `#` part them. */
function eachRelative(
  text: string,
  from: number,
  end: number,
  replace: (start: number, end: number) => void,
): void {
  const before = from === 0 ? 0x20 : text.charCodeAt(from - 1);
  if (before === 0x29 || before === 0x5d) return;
  let start = from;
  // `-Iinclude`: the option stays; `--a/b` is none.
  if (text.charCodeAt(from) === 0x2d) {
    if ((classAt(text, from + 1) & LETTER) === 0) return;
    start = from + 2;
  }
  const option = start > from;
  while (start < end) {
    let to = start;
    let slash = false;
    while (to < end) {
      const unit = text.charCodeAt(to);
      slash ||= unit === 0x2f;
      if (!slash && (unit === 0x3a || unit === 0x2c || unit === 0x23)) break;
      to++;
    }
    if (to > start && (slash || (!option && hasEnding(text, start, to)))) replace(start, to);
    start = to + 1;
  }
}

/** `main.c`: a dot, and at most five letters behind it. */
function hasEnding(text: string, from: number, end: number): boolean {
  let at = end;
  while (at > from && end - at < 6 && (classAt(text, at - 1) & LETTER) !== 0) at--;
  return at < end && end - at <= 5 && at - 1 > from && (classAt(text, at - 1) & DOT) !== 0;
}
