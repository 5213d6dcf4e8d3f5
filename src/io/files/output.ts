import { createHash } from 'node:crypto';
import { rmSync, type Stats } from 'node:fs';
import { type FileHandle, link, lstat, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fail, ok, type Result } from '../../core/failure.ts';
import { besideName, createNew, sweepBeside, syncDirectory } from './beside.ts';
import { makeFolders } from './files.ts';
import { unwritable } from './textFile.ts';
import { isOurs, remember } from './written.ts';

export interface OutputOptions {
  /** Of the new file, before the umask; its owner's alone unless it says more. */
  readonly mode?: number;
  /** Also replaces what is not ours. */
  readonly force?: boolean;
}

export type Content = string | Uint8Array | AsyncIterable<string | Uint8Array>;

/** `new`: nothing is there; `replace`: what is there may go; `stream`: a device, a pipe or a socket is written to. */
export type Place = 'new' | 'replace' | 'stream';

/** `/dev/stdout` and its like: what is open there may hold more than ours. */
const OPEN_FILE = /^\/(?:dev\/(?:stdout|stderr|fd\/\d+)|proc\/\w+\/fd\/\d+)$/;

const FORCE = 'name another file with -o, or replace it with --force';

/** What is to be done with `path`; a failure where it is a directory, a link, or somebody else's file. */
export async function outputPlace(path: string, force = false): Promise<Result<Place>> {
  if (OPEN_FILE.test(path)) return ok('stream');
  let found: Stats;
  try {
    found = await lstat(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? ok('new') : unwritable(path, error);
  }
  const where = { file: path };
  if (found.isDirectory()) return fail('usage', 'it is a directory: name a file', { where });
  if (found.isSymbolicLink()) {
    const target = await stat(path).catch(() => undefined);
    if (target && !target.isFile() && !target.isDirectory()) return ok('stream');
    if (force) return ok('replace');
    return fail('usage', 'it is a symbolic link, and links are not followed', {
      where,
      hint: 'name the file itself, or replace the link with --force',
    });
  }
  if (!found.isFile()) return ok('stream');
  if (force || (await isOurs(path))) return ok('replace');
  return fail('usage', 'it exists and was not written by trace-build, or was changed since', {
    where,
    hint: FORCE,
  });
}

/**
 * Writes a whole file or nothing: beside it first, on the disk, then renamed. Nobody finds half of it, and what was there
 * stays until then; a failure where it may not be replaced (see `outputPlace`).
 */
export async function writeOutput(
  path: string,
  content: Content,
  options: OutputOptions = {},
): Promise<Result<void>> {
  const place = await outputPlace(path, options.force);
  if (!place.ok) return place;
  if (place.value === 'stream') return writeStream(path, content);
  const beside = besideName(path);
  // Whoever ends us by a signal meanwhile finds nothing half-written.
  const leave = (signal: NodeJS.Signals): void => {
    rmSync(beside, { force: true });
    process.kill(process.pid, signal);
  };
  const stream = typeof content === 'object' && !(content instanceof Uint8Array);
  if (stream) for (const signal of FATAL) process.once(signal, leave);
  try {
    makeFolders(dirname(path));
    await sweepBeside(dirname(path));
    const file = await createNew(beside, options.mode ?? 0o600);
    const sha256 = await fill(file, content);
    await put(beside, path, place.value);
    await syncDirectory(dirname(path));
    await remember(sha256);
    return ok(undefined);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => undefined);
    // Somebody was faster than we.
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      return fail('usage', 'somebody else has just written it', { where: { file: path }, hint: FORCE });
    }
    return unwritable(path, error);
  } finally {
    for (const signal of FATAL) process.off(signal, leave);
  }
}

const FATAL: readonly NodeJS.Signals[] = ['SIGHUP', 'SIGINT', 'SIGTERM'];

async function fill(file: FileHandle, content: Content): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const piece of pieces(content)) {
      hash.update(piece);
      await file.writeFile(piece);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return hash.digest('hex');
}

/** A name that is free stays so for nobody else: a link fails where a rename would replace. */
async function put(beside: string, path: string, place: 'new' | 'replace'): Promise<void> {
  if (place === 'replace') return rename(beside, path);
  try {
    await link(beside, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // File systems without hard links.
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS' && code !== 'EMLINK') throw error;
    return rename(beside, path);
  }
  await rm(beside, { force: true });
}

async function writeStream(path: string, content: Content): Promise<Result<void>> {
  try {
    const file = await open(path, 'a');
    try {
      for await (const piece of pieces(content)) await file.writeFile(piece);
    } finally {
      await file.close();
    }
    return ok(undefined);
  } catch (error) {
    return unwritable(path, error);
  }
}

async function* pieces(content: Content): AsyncGenerator<string | Uint8Array> {
  if (typeof content === 'string' || content instanceof Uint8Array) yield content;
  else yield* content;
}
