import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { appendFile, open, readFile, rename, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { besideName, createNew } from './beside.ts';
import { makeFolders } from './files.ts';

/** What a file begins with that can only be a document of this program. */
const MARKS: readonly RegExp[] = [
  /^\s*\{\s*"schema":\s*"trace-build\//,
  /^\s*\{[\s\S]*?"driver":\s*\{\s*"name":\s*"trace-build"/,
  /^<\?xml[^>]*>\s*<testsuites name="trace-build"/,
];
const HEAD = 4096;

/** Above this the list is cut to its newer half. */
const MOST_BYTES = 1 << 20;

/** SHA-256 of what was written, one a line; a profile or a text has no room for a mark. Holds no names. */
const listPath = (): string =>
  join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'trace-build', 'written');

/**
 * Whether a regular file is empty, or was written by this program and not changed since: told by its content, never by
 * its name.
 */
export async function isOurs(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'r');
    try {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(HEAD), 0, HEAD, 0);
      if (bytesRead === 0) return true;
      const head = buffer.toString('latin1', 0, bytesRead);
      if (MARKS.some((mark) => mark.test(head))) return true;
    } finally {
      await file.close();
    }
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
    return (await readFile(listPath(), 'utf8')).split('\n').includes(hash.digest('hex'));
  } catch {
    return false;
  }
}

/** Keeps the hash of what was written, so that it may be replaced later. A cache that can't be written costs only that. */
export async function remember(sha256: string): Promise<void> {
  const path = listPath();
  try {
    makeFolders(dirname(path), 0o700);
    await appendFile(path, `${sha256}\n`, { mode: 0o600 });
    if ((await stat(path)).size <= MOST_BYTES) return;
    const lines = (await readFile(path, 'utf8')).split('\n');
    const next = besideName(path);
    const file = await createNew(next, 0o600);
    await file.writeFile(lines.slice(lines.length >> 1).join('\n')).finally(() => file.close());
    await rename(next, path);
  } catch {
    // The next replacement needs --force then.
  }
}
