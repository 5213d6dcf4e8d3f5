import { accessSync, constants, existsSync, mkdirSync, type Stats, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { delimiter, dirname, resolve } from 'node:path';

/** Where the C library and Node look without a PATH. */
const DEFAULT_PATH = '/usr/bin:/bin';

/** Whether a shell would find this program: a path, or a name on PATH. */
export function isRunnable(program: string, cwd: string, path?: string): boolean {
  return whereIs(program, cwd, path) !== undefined;
}

/**
 * A program as strace has to be told it: strace looks on PATH only, and everybody else also knows where to look
 * when there is none.
 */
export function forStrace(program: string, cwd = process.cwd()): string {
  return process.env.PATH === undefined ? (whereIs(program, cwd) ?? program) : program;
}

function whereIs(program: string, cwd: string, path = DEFAULT_PATH): string | undefined {
  const places = program.includes('/')
    ? [resolve(cwd, program)]
    : path.split(delimiter).map((folder) => resolve(cwd, folder, program));
  return places.find((place) => {
    try {
      accessSync(place, constants.X_OK);
      return statSync(place).isFile();
    } catch {
      return false;
    }
  });
}

/** True for a folder or a link to one; false where there is nothing. */
export function isFolder(path: string): boolean {
  return look(path)?.isDirectory() === true;
}

/** A file that can be read, a folder, or nothing. */
export async function kindOf(path: string): Promise<'file' | 'folder' | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (!found) return undefined;
  return found.isDirectory() ? 'folder' : 'file';
}

/** True for what can be read more than once; a pipe, or `-`, can't. */
export function isPlainFile(path: string): boolean {
  return look(path)?.isFile() === true;
}

/** Where a part of the path is no directory Node throws in spite of `throwIfNoEntry`. */
function look(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

/** True where there is anything of that name. */
export function exists(path: string): boolean {
  return existsSync(path);
}

/**
 * Makes a folder and those above it. Not Node's own recursive way: where a folder that is there says that there is none
 * (/proc does), that tries for ever.
 */
export function makeFolders(path: string, mode?: number): void {
  const missing: string[] = [];
  for (let at = resolve(path); !existsSync(at) && at !== dirname(at); at = dirname(at)) missing.unshift(at);
  for (const folder of missing) {
    try {
      mkdirSync(folder, { mode });
    } catch (error) {
      // Somebody else may make the same one now.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !isFolder(folder)) throw error;
    }
  }
}

/** Why `path` could not be written to, in words; undefined where it could. */
export function whyNotWritable(path: string): string | undefined {
  if (isFolder(path)) return 'it is a folder';
  // What is missing on the way is made when the file is written.
  let folder = dirname(path);
  while (!exists(folder)) folder = dirname(folder);
  if (!isFolder(folder)) return `${folder} is a file, not a directory`;
  try {
    accessSync(exists(path) ? path : folder, constants.W_OK);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'EROFS' ? 'the file system is read-only' : 'that is not allowed';
  }
}
