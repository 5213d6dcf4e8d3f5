import { createHash, randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { fail, ok, type Result } from '../../core/failure.ts';
import { makeFolders } from '../files/files.ts';
import { temporaryFolder } from '../files/temporary.ts';
import { applyLayer, readArchive } from './imageLayers.ts';
import { type ImageConfig, type ImageParts, imageParts } from './imageLayout.ts';
import { ImageTree } from './imageTree.ts';

/** An image that lies unpacked in the cache. Nothing may write to `rootfs`: later runs use it too. */
export interface UnpackedImage {
  readonly rootfs: string;
  readonly digest: string;
  /** The image's own environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Its WORKDIR; `/` where it has none. */
  readonly cwd: string;
  readonly user: string | undefined;
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  /** What was left out, in sentences. */
  readonly notes: readonly string[];
}

/**
 * Unpacks an OCI layout (folder or archive) or a `docker save` archive into the cache, once per content:
 * `$XDG_CACHE_HOME/trace-build/images/DIGEST`. Layers may be plain, gzip or zstd; whiteouts are honoured; no path of
 * the image leads out of its folder.
 */
export async function unpackImage(path: string): Promise<Result<UnpackedImage>> {
  let file: Stats;
  try {
    file = await stat(path);
  } catch {
    return fail('input', 'there is no such file or folder', { where: { file: path } });
  }
  if (file.isDirectory()) {
    const parts = await imageParts(path, path);
    return parts.ok ? unpack(parts.value, path) : parts;
  }
  const known = knownArchive(path, file);
  const before = await readJson<Omit<ImageParts, 'layers'>>(known);
  // The archive need not be read again while its tree is there.
  const there = before && (await unpacked({ ...before, layers: [] }));
  if (there) return ok(there);
  const scratch = temporaryFolder();
  try {
    const tree = new ImageTree(join(scratch, 'layout'));
    await readArchive(path, (entry) => tree.take(entry));
    const parts = await imageParts(join(scratch, 'layout'), path);
    if (!parts.ok) return parts;
    const image = await unpack(parts.value, path);
    const { digest, config } = parts.value;
    if (image.ok) await writeFile(known, JSON.stringify({ digest, config }), { mode: 0o600 });
    return image;
  } catch (error) {
    return fail('input', `the archive can't be read: ${(error as Error).message}`, { where: { file: path } });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Where unpacked images are kept. */
function imageCache(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'trace-build', 'images');
}

/** Remembers which image an archive holds, by everything that changes when it is written anew. */
function knownArchive(path: string, { dev, ino, size, mtimeMs }: Stats): string {
  const key = [resolve(path), dev, ino, size, mtimeMs].join('\0');
  return join(imageCache(), `file-${createHash('sha256').update(key).digest('hex').slice(0, 32)}.json`);
}

/** Folder of an image's tree. Root keeps owners and set-user-id bits, others can't: their trees are not the same. */
function placeOf({ digest }: Pick<ImageParts, 'digest'>): string {
  const kind = process.getuid?.() === 0 ? 'root' : 'user';
  const key = createHash('sha256').update(`${digest}\0${kind}\0v1`).digest('hex').slice(0, 32);
  return join(imageCache(), key);
}

/** The image if its tree is in the cache. */
async function unpacked(parts: ImageParts): Promise<UnpackedImage | undefined> {
  const place = placeOf(parts);
  const notes = await readJson<readonly string[]>(join(place, 'notes.json'));
  return notes && describeImage(join(place, 'rootfs'), parts, notes);
}

/** Trees that a killed run left half made. Young ones may be another run's work. */
async function removeTorn(place: string): Promise<void> {
  const cache = imageCache();
  for (const name of await readdir(cache).catch(() => [])) {
    const torn = join(cache, name);
    if (!torn.startsWith(`${place}.`)) continue;
    const { mtimeMs } = await stat(torn).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
    if (Date.now() - mtimeMs > 3600_000) await rm(torn, { recursive: true, force: true });
  }
}

async function readJson<T>(file: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as T;
  } catch {
    return undefined;
  }
}

async function unpack(parts: ImageParts, shown: string): Promise<Result<UnpackedImage>> {
  const there = await unpacked(parts);
  if (there) return ok(there);
  const place = placeOf(parts);
  await removeTorn(place);
  const scratch = `${place}.${randomBytes(6).toString('hex')}`;
  try {
    makeFolders(scratch, 0o700);
    const tree = new ImageTree(join(scratch, 'rootfs'));
    for (const layer of parts.layers) await applyLayer(tree, layer);
    const notes = [...tree.skipped].map(([type, count]) => `${count} × ${type} of the image left out`);
    await writeFile(join(scratch, 'notes.json'), JSON.stringify(notes));
    await rename(scratch, place).catch(async (error: NodeJS.ErrnoException) => {
      // Another run was faster, and its tree is the same.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
      await readdir(place);
    });
    return ok(describeImage(join(place, 'rootfs'), parts, notes));
  } catch (error) {
    return fail('input', `the image can't be unpacked: ${(error as Error).message}`, {
      where: { file: shown },
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function describeImage(rootfs: string, parts: ImageParts, notes: readonly string[]): UnpackedImage {
  const config: NonNullable<ImageConfig['config']> = parts.config.config ?? {};
  const pairs = (config.Env ?? []).map((line): [string, string] => {
    const at = line.indexOf('=');
    return at === -1 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
  });
  return {
    rootfs,
    digest: parts.digest,
    env: Object.fromEntries(pairs),
    cwd: config.WorkingDir || '/',
    user: config.User || undefined,
    entrypoint: config.Entrypoint ?? [],
    cmd: config.Cmd ?? [],
    notes,
  };
}
