import {
  chmodSync,
  closeSync,
  lchownSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statfsSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { ReadEntry } from 'tar';

const WHITEOUT = '.wh.';
/** No image comes near; a bomb does. */
const MOST_BYTES = 100e9;
const MOST_ENTRIES = 5_000_000;
const OPAQUE = '.wh..wh..opq';
/** As the kernel: more links than this in one path is a loop. */
const MAX_LINKS = 40;

/**
 * A root file system that is made of layers. Every path is resolved inside it: `..` and links, absolute ones too, can
 * never lead out of it, as if it were the root already.
 */
export class ImageTree {
  readonly #root: string;
  readonly #asRoot = process.getuid?.() === 0;
  /** Paths that the current layer has put there, with the folders above them. */
  #fresh = new Set<string>();
  /** Kinds of entries that were left out, with counts: devices, FIFOs. */
  readonly skipped = new Map<string, number>();

  #bytes = 0;
  #entries = 0;
  readonly #room: number;

  constructor(root: string) {
    this.#root = root;
    mkdirSync(root, { recursive: true });
    const { bavail, bsize } = statfsSync(root);
    this.#room = Math.min(MOST_BYTES, 0.9 * bavail * bsize);
  }

  /** A small archive can unpack to more than any disk holds: it ends before the disk is full. */
  #count(bytes: number, entries = 0): void {
    this.#bytes += bytes;
    this.#entries += entries;
    if (this.#bytes > this.#room) {
      throw new Error(
        `it unpacks to more than the ${Math.floor(this.#room / 1e6)} MB that there is room for`,
      );
    }
    if (this.#entries > MOST_ENTRIES) throw new Error(`it holds more than ${MOST_ENTRIES} entries`);
  }

  /** Whiteouts hide what lower layers hold, not what this one brings. */
  beginLayer(): void {
    this.#fresh = new Set();
  }

  /** Takes one entry; its data is written as it comes. Throws what the file system throws. */
  take(entry: ReadEntry): void {
    this.#count(0, 1);
    const parts = safeParts(entry.path);
    const name = parts.pop();
    if (name === undefined) {
      // The root folder itself.
      if (entry.mode !== undefined) chmodSync(this.#root, entry.mode | 0o700);
      entry.resume();
      return;
    }
    if (this.whiteout(entry.path)) entry.resume();
    else if (!this.#put(join(this.#folder(parts), name), entry)) entry.resume();
  }

  /** Hides what lower layers hold if the path's name says so; false when it is an ordinary name. */
  whiteout(path: string): boolean {
    const parts = safeParts(path);
    const name = parts.pop();
    if (!name?.startsWith(WHITEOUT)) return false;
    const parent = this.#folder(parts);
    const hidden = name.slice(WHITEOUT.length);
    if (name === OPAQUE) this.#hideChildren(parent);
    else if (hidden !== '' && hidden !== '.' && hidden !== '..') this.#hide(join(parent, hidden));
    return true;
  }

  /** True when the entry's data is being taken. */
  #put(path: string, entry: ReadEntry): boolean {
    const here = join(this.#root, path);
    const there = lstat(here);
    const isFolder = entry.type === 'Directory';
    if (there && !(isFolder && there.isDirectory())) rmSync(here, { recursive: true, force: true });
    const mode = (entry.mode ?? 0o755) & (this.#asRoot ? 0o7777 : 0o777);
    switch (entry.type) {
      case 'Directory':
        mkdirSync(here, { recursive: true });
        this.#own(here, entry);
        // We have to be able to write below it, also where we are not root.
        chmodSync(here, mode | 0o700);
        break;
      case 'File':
      case 'OldFile':
      case 'ContiguousFile': {
        const file = openSync(here, 'wx', 0o600);
        entry.on('data', (chunk: Buffer) => {
          this.#count(chunk.length);
          for (let at = 0; at < chunk.length; ) at += writeSync(file, chunk, at);
        });
        entry.on('end', () => {
          closeSync(file);
          this.#own(here, entry);
          chmodSync(here, mode | 0o400);
          this.#date(here, entry);
        });
        this.#freshen(path);
        return true;
      }
      case 'SymbolicLink':
        symlinkSync(entry.linkpath ?? '', here);
        this.#own(here, entry);
        this.#date(here, entry);
        break;
      case 'Link': {
        const parts = safeParts(entry.linkpath ?? '');
        const name = parts.pop() ?? '';
        linkSync(join(this.#root, this.#folder(parts), name), here);
        break;
      }
      default:
        // A device cannot be made without privileges, and bubblewrap brings a /dev of its own.
        this.skipped.set(entry.type, (this.skipped.get(entry.type) ?? 0) + 1);
        return false;
    }
    this.#freshen(path);
    return false;
  }

  /** The real folder behind these parts, relative to the root; what is missing is made. */
  #folder(parts: readonly string[]): string {
    let at = '';
    let links = 0;
    const rest = [...parts];
    for (let part = rest.shift(); part !== undefined; part = rest.shift()) {
      if (part === '..') {
        at = at.split('/').slice(0, -1).join('/');
        continue;
      }
      const next = at === '' ? part : `${at}/${part}`;
      const here = join(this.#root, next);
      const found = lstat(here);
      if (found?.isSymbolicLink()) {
        if (++links > MAX_LINKS) throw new Error(`too many links in ${parts.join('/')}`);
        const target = readlinkSync(here);
        if (target.startsWith('/')) at = '';
        rest.unshift(...linkParts(target));
      } else {
        if (found && !found.isDirectory()) rmSync(here, { force: true });
        if (!found?.isDirectory()) mkdirSync(here, { mode: 0o755 });
        at = next;
      }
    }
    return at;
  }

  #hide(path: string): void {
    const here = join(this.#root, path);
    if (!this.#fresh.has(path)) rmSync(here, { recursive: true, force: true });
    else if (lstat(here)?.isDirectory()) this.#hideChildren(path);
  }

  #hideChildren(folder: string): void {
    for (const name of readdirSync(join(this.#root, folder))) this.#hide(join(folder, name));
  }

  #freshen(path: string): void {
    for (let at = path; at !== '' && at !== '.' && !this.#fresh.has(at); ) {
      this.#fresh.add(at);
      at = at.includes('/') ? at.slice(0, at.lastIndexOf('/')) : '';
    }
  }

  #own(here: string, { uid, gid }: ReadEntry): void {
    if (this.#asRoot) lchownSync(here, uid ?? 0, gid ?? 0);
  }

  #date(here: string, { mtime }: ReadEntry): void {
    if (mtime) lutimesSync(here, mtime, mtime);
  }
}

/** Parts of an entry's path as seen from the root: no empty ones, no `.`, and `..` goes up no further than the root. */
function safeParts(path: string): string[] {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts;
}

/** Parts of a link's target; `..` stays, since it is relative to where the link really is. */
function linkParts(target: string): string[] {
  return target.split('/').filter((part) => part !== '' && part !== '.');
}

function lstat(path: string): ReturnType<typeof lstatSync> | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}
