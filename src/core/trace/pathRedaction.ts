/** How paths are shown: as they are, relative to the working folder, or with every private name hashed. */
export type PathStyle = 'keep' | 'relative' | 'hash';

/** Folders of the system: their content is public. */
const PUBLIC =
  /^\/(?:bin|boot|dev|etc|lib|lib32|lib64|libx32|proc|sbin|sys|usr|var\/lib\/dpkg|var\/cache|nix\/store)(?:\/|$)/;

/** 32-bit FNV-1a as eight hex digits: names are hidden from a reader, not from somebody who guesses them. */
export function shortHash(text: string, salt: string): string {
  let hash = 0x811c9dc5;
  for (const unit of salt + text) hash = Math.imul(hash ^ unit.codePointAt(0)!, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}

/** One path, home folders already replaced. */
export function showPath(path: string, style: PathStyle, cwd: string | undefined, salt: string): string {
  if (style === 'keep' || path === '/' || path === '') return path;
  const inside = cwd !== undefined && cwd !== '/' && (path === cwd || path.startsWith(`${cwd}/`));
  if (style === 'relative') return inside ? `.${path.slice(cwd.length)}` : path;
  if (PUBLIC.test(path) && !inside) return path;
  return path
    .split('/')
    .map((name) =>
      /^(?:|\.|\.\.|~|tmp|home|root|user|var|opt|srv|mnt|run)$/.test(name) ? name : hashName(name, salt),
    )
    .join('/');
}

/** The ending stays: `.zig` tells what kind of file the build tripped over. */
function hashName(name: string, salt: string): string {
  const ending = /(?<=.)\.[A-Za-z]{1,5}$/.exec(name)?.[0] ?? '';
  return shortHash(name, salt) + ending;
}
