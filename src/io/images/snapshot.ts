import { constants } from 'node:fs';
import { cp, lstat, mkdir, readdir, rm, statfs } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { fail, ok, type Result } from '../../core/failure.ts';
import { places, removeTree, sweepTemporary, temporaryFolder } from '../files/temporary.ts';
import { capture } from '../process/exec.ts';

/** How copies are made: `overlay` costs nothing, `reflink` almost nothing, `copy` the whole size each time. */
export type SnapshotKind = 'overlay' | 'reflink' | 'copy';

export interface Snapshot {
  /** A writable folder that looks like the original. */
  readonly path: string;
  remove(): Promise<void>;
}

/** Makes equal copies of one folder. The original is never written to. */
export interface Snapshots {
  readonly kind: SnapshotKind;
  /** Of the original, in bytes and entries. */
  readonly bytes: number;
  readonly entries: number;
  /** Both and the kind in words. */
  readonly size: string;
  take(): Promise<Result<Snapshot>>;
  /** Removes whatever is left. */
  close(): Promise<void>;
}

export interface SnapshotOptions {
  /** Folders, relative to the original or absolute inside it, that are empty in every copy: caches hide calls. */
  readonly clear: readonly string[];
  /** Tried in this order; default: all, the cheapest first. */
  readonly kinds?: readonly SnapshotKind[];
}

/** Prepares copies of `original`. Everything in it is included, caches that git ignores too. */
export async function openSnapshots(original: string, options: SnapshotOptions): Promise<Result<Snapshots>> {
  const inside = original.endsWith(sep) ? original : original + sep;
  const clear: string[] = [];
  for (const path of options.clear) {
    const absolute = resolve(original, path);
    if (!absolute.startsWith(inside)) {
      return fail('usage', `--clear ${path} is not inside ${original}`);
    }
    clear.push(absolute.slice(original.length).replace(/^\/+/, ''));
  }
  await sweepTemporary();
  const parent = places().find((folder) => !`${folder}/`.startsWith(inside));
  if (parent === undefined) {
    return fail('usage', `${original} holds every folder for temporary files: a copy would hold itself`, {
      hint: 'work in a smaller folder',
    });
  }
  const size = await sizeOf(original);
  const base = temporaryFolder(parent);
  const reasons: string[] = [];
  for (const kind of options.kinds ?? (['overlay', 'reflink', 'copy'] as const)) {
    const obstacle = kind === 'copy' ? await roomFor(base, size.bytes) : undefined;
    // Without a byte to share it seems to work on every file system, until a file appears.
    const nothing = kind === 'reflink' && size.bytes === 0 ? 'there is nothing to share' : undefined;
    const store = new Store(original, base, kind, clear, size);
    const why = obstacle ?? nothing;
    const tried = why === undefined ? await store.take() : fail('missing', why);
    if (tried.ok) {
      await tried.value.remove();
      return ok(store);
    }
    reasons.push(`${kind}: ${tried.failure.what}`);
  }
  await rm(base, { recursive: true, force: true });
  return fail('missing', `no copy of ${original} can be made (${reasons.join('; ')})`, {
    hint: 'set TMPDIR to a place with room, or work in a smaller folder',
  });
}

class Store implements Snapshots {
  readonly kind: SnapshotKind;
  readonly bytes: number;
  readonly entries: number;
  readonly size: string;
  readonly #original: string;
  readonly #base: string;
  readonly #clear: readonly string[];
  readonly #open = new Set<Snapshot>();
  #serial = 0;

  constructor(
    original: string,
    base: string,
    kind: SnapshotKind,
    clear: readonly string[],
    size: { bytes: number; entries: number },
  ) {
    this.#original = original;
    this.#base = base;
    this.kind = kind;
    this.#clear = clear;
    this.bytes = size.bytes;
    this.entries = size.entries;
    this.size = `${size.entries} entries, ${(size.bytes / 1e6).toFixed(1)} MB, by ${kind}`;
  }

  async take(): Promise<Result<Snapshot>> {
    const folder = join(this.#base, String(++this.#serial));
    await mkdir(folder, { mode: 0o700 });
    const path = join(folder, 'tree');
    const made = this.kind === 'overlay' ? await this.#mount(folder, path) : await this.#copy(path);
    if (!made.ok) {
      await rm(folder, { recursive: true, force: true });
      return made;
    }
    const snapshot: Snapshot = {
      path,
      remove: async () => {
        if (!this.#open.delete(snapshot)) return;
        // Lazily: something of the run may still look at it; the mount must be gone before its folder is removed.
        if (this.kind === 'overlay') await capture('umount', ['-l', path], { timeoutSeconds: 30 });
        await removeTree(folder);
      },
    };
    this.#open.add(snapshot);
    for (const inside of this.#clear) await empty(join(path, inside));
    return ok(snapshot);
  }

  async close(): Promise<void> {
    for (const snapshot of [...this.#open]) await snapshot.remove();
    await rm(this.#base, { recursive: true, force: true });
  }

  async #mount(folder: string, path: string): Promise<Result<void>> {
    const [upper, work] = [join(folder, 'upper'), join(folder, 'work')];
    // A comma or colon would end the option.
    if (/[,:\\]/.test(this.#original + folder)) return fail('missing', 'the path holds a comma or a colon');
    for (const each of [upper, work, path]) await mkdir(each, { mode: 0o755 });
    const { mode, uid, gid } = await lstat(this.#original);
    const { chmod, chown } = await import('node:fs/promises');
    await chmod(upper, mode & 0o7777);
    if (process.getuid?.() === 0) await chown(upper, uid, gid);
    const said = await capture(
      'mount',
      [
        '-t',
        'overlay',
        'overlay',
        '-o',
        `lowerdir=${this.#original},upperdir=${upper},workdir=${work}`,
        path,
      ],
      { timeoutSeconds: 30 },
    );
    if (said.status === 0) return ok(undefined);
    return fail('missing', said.missing ?? said.stderr.trim().split('\n')[0] ?? 'mount failed');
  }

  async #copy(path: string): Promise<Result<void>> {
    if (this.kind === 'reflink') {
      const said = await capture('cp', ['-a', '--reflink=always', '--', this.#original, path], {});
      if (said.status === 0) return ok(undefined);
      await removeTree(path);
      return fail('missing', said.missing ?? 'the file system shares no blocks between files');
    }
    const said = await capture('cp', ['-a', '--reflink=auto', '--', this.#original, path], {});
    if (said.status === 0) return ok(undefined);
    if (said.missing === undefined) {
      return fail('missing', said.stderr.trim().split('\n')[0] ?? 'cp failed');
    }
    await cp(this.#original, path, {
      recursive: true,
      preserveTimestamps: true,
      mode: constants.COPYFILE_FICLONE,
    });
    return ok(undefined);
  }
}

/** The folder itself stays, with its owner and mode. */
async function empty(folder: string): Promise<void> {
  try {
    for (const name of await readdir(folder)) await removeTree(join(folder, name));
  } catch (error) {
    // What is not there is empty already.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

async function sizeOf(folder: string): Promise<{ bytes: number; entries: number }> {
  let [bytes, entries] = [0, 0];
  const visit = async (path: string): Promise<void> => {
    for (const entry of await readdir(path, { withFileTypes: true }).catch(() => [])) {
      entries++;
      const inside = join(path, entry.name);
      if (entry.isDirectory()) await visit(inside);
      else bytes += (await lstat(inside).catch(() => undefined))?.size ?? 0;
    }
  };
  await visit(folder);
  return { bytes, entries };
}

async function roomFor(folder: string, bytes: number): Promise<string | undefined> {
  const { bavail, bsize } = await statfs(dirname(folder));
  return bytes < 0.8 * bavail * bsize
    ? undefined
    : `${Math.ceil(bytes / 1e6)} MB do not fit into ${dirname(folder)}`;
}
