import { type FileHandle, open, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { processIsGone, processValue } from '../process/owner.ts';

const NAME = /^\..*\.(\d+)-(\d+)-(\d+)-\d+\.tmp$/;
let count = 0;

/** A name beside `path` for what is to be renamed over it; it tells whose it is, so that the next writer can remove it. */
export function besideName(path: string): string {
  const owner = processValue().replaceAll('/', '-');
  return join(dirname(path), `.${basename(path).slice(0, 150)}.${owner}-${++count}.tmp`);
}

/** Creates a file that nobody had: a link that somebody put there is not followed. Throws EEXIST and the like. */
export function createNew(path: string, mode: number): Promise<FileHandle> {
  return open(path, 'wx', mode);
}

/** Removes what killed processes of ours left half-written in a directory. */
export async function sweepBeside(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  const left = names.filter((name) => {
    const owner = NAME.exec(name);
    return owner !== null && processIsGone(owner.slice(1).join('/'));
  });
  await Promise.all(left.map((name) => rm(join(directory, name), { force: true }).catch(() => undefined)));
}

/** Makes a rename in this directory last over a power cut, where the file system can. */
export async function syncDirectory(directory: string): Promise<void> {
  try {
    const handle = await open(directory, 'r');
    await handle.sync().finally(() => handle.close());
  } catch {
    // Some file systems can't; the rename itself is done.
  }
}
