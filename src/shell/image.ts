import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fail, ok, type Result } from '../core/failure.ts';
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
  let isFolder: boolean;
  try {
    isFolder = (await stat(path)).isDirectory();
  } catch {
    return fail('input', 'there is no such file or folder', { where: { file: path } });
  }
  if (isFolder) {
    const parts = await imageParts(path, path);
    return parts.ok ? unpack(parts.value, path) : parts;
  }
  const scratch = await mkdtemp(join(tmpdir(), 'trace-build-'));
  try {
    const tree = new ImageTree(join(scratch, 'layout'));
    await readArchive(path, (entry) => tree.take(entry));
    const parts = await imageParts(join(scratch, 'layout'), path);
    return parts.ok ? await unpack(parts.value, path) : parts;
  } catch (error) {
    return fail('input', `the archive can't be read: ${(error as Error).message}`, { where: { file: path } });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Where unpacked images are kept. */
export function imageCache(env: NodeJS.ProcessEnv = process.env): string {
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'trace-build', 'images');
}

async function unpack(parts: ImageParts, shown: string): Promise<Result<UnpackedImage>> {
  // Root keeps owners and set-user-id bits, others can't: their trees are not the same.
  const kind = process.getuid?.() === 0 ? 'root' : 'user';
  const key = createHash('sha256').update(`${parts.digest}\0${kind}\0v1`).digest('hex').slice(0, 32);
  const cache = imageCache();
  const place = join(cache, key);
  const notesFile = join(place, 'notes.json');
  try {
    const notes = JSON.parse(await readFile(notesFile, 'utf8')) as string[];
    return ok(describeImage(join(place, 'rootfs'), parts, notes));
  } catch {
    // Not there yet.
  }
  const scratch = join(cache, `.${key}-${randomBytes(6).toString('hex')}`);
  try {
    await mkdir(scratch, { recursive: true, mode: 0o700 });
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
