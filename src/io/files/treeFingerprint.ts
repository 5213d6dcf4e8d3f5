import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** Above this size a file is known by its size and times: reading whole images would cost more than running again. */
const LARGE = 4 * 1024 * 1024;

/** SHA-256 of a folder's content: names, kinds, modes, link targets, bytes. */
export async function treeFingerprint(folder: string): Promise<string> {
  const hash = createHash('sha256');
  const visit = async (path: string, name: string): Promise<void> => {
    const found = await lstat(path).catch(() => undefined);
    if (!found) return;
    hash.update(`${name}\0${found.mode}\0`);
    if (found.isDirectory()) {
      const names = (await readdir(path).catch(() => [])).sort();
      hash.update(`${names.length}\0`);
      for (const inside of names) await visit(join(path, inside), inside);
    } else if (found.isSymbolicLink()) hash.update(`${await readlink(path).catch(() => '')}\0`);
    else if (found.isFile()) {
      hash.update(`${found.size}\0`);
      if (found.size > LARGE) hash.update(`${found.mtimeMs}\0`);
      else {
        try {
          for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
        } catch {
          // Not readable: then it is not readable in the copy either.
        }
      }
    }
  };
  await visit(folder, '');
  return hash.digest('hex');
}
