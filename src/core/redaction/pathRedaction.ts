import { sha256 } from '../strace/fast/sha256.ts';

/** How paths are shown: as they are, relative to the working folder, or with every private name hashed. */
export type PathStyle = 'keep' | 'relative' | 'hash';

/** Folders of the system: their content is public. */
const PUBLIC =
  /^\/(?:bin|boot|dev|etc|lib|lib32|lib64|libx32|proc|sbin|sys|usr|var\/lib\/dpkg|var\/cache|nix\/store)(?:\/|$)/;

/** `lib/main.zig`, `main.c`, `-I../include`: a path or a file's name in a word of a command line. */
export const RELATIVE_NAME =
  /(?<![\w.~)/\]:@%+-])(?:[\w.@%+~-]+(?:\/[\w.@%+~,:#-]*)+|[\w@%+~-][\w.@%+~-]*\.[A-Za-z]{1,5}(?![\w/.]))/g;

/** Names that are nobody's, and those that are hashes already. */
const KEPT =
  /^(?:|\.|\.\.|~|tmp|home|root|user|var|opt|srv|mnt|run|zig|\.zig-cache|(?:zig-)?[0-9a-f]{10}(?:\.[A-Za-z]{1,5})?)$/;
/** What the Zig compiler built: the tables of known callers tell such a program by its place, and the fix hangs on it. */
const ZIG_BUILT = /zig[^\s]*\/o\/[0-9a-f]{32}(?:\/|$)/;

/** One path, home folders already replaced; `salt` as in RedactOptions. */
export function showPath(path: string, style: PathStyle, cwd: string | undefined, salt: string): string {
  if (style === 'keep' || path === '/' || path === '') return path;
  const inside = cwd !== undefined && cwd !== '/' && (path === cwd || path.startsWith(`${cwd}/`));
  if (style === 'relative') return inside ? `.${path.slice(cwd.length)}` : path;
  if (PUBLIC.test(path) && !inside) return path;
  const built = ZIG_BUILT.test(path);
  return path
    .split('/')
    .map((name) => {
      if (KEPT.test(name) || (built && /^(?:o|[0-9a-f]{32})$/.test(name))) return name;
      return (built && name.includes('zig') ? 'zig-' : '') + hashName(name, salt);
    })
    .join('/');
}

/** Ten hex digits of a keyed hash. The ending stays: `.zig` tells what kind of file the build tripped over. */
function hashName(name: string, salt: string): string {
  const ending = /(?<=.)\.[A-Za-z]{1,5}$/.exec(name)?.[0] ?? '';
  const units = Uint16Array.from(`${salt}\0${name}`, (unit) => unit.charCodeAt(0));
  const hash = sha256(new Uint8Array(units.buffer)).subarray(0, 5);
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('') + ending;
}
