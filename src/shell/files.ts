import { accessSync, constants, existsSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, resolve } from 'node:path';

/** Whether a shell would find this program: a path, or a name on PATH. */
export function isRunnable(program: string, cwd: string, path = '/usr/local/bin:/usr/bin:/bin'): boolean {
  const places = program.includes('/')
    ? [resolve(cwd, program)]
    : path.split(delimiter).map((folder) => resolve(cwd, folder, program));
  return places.some((place) => {
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
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** True for what can be read more than once; a pipe, or `-`, can't. */
export function isPlainFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** True where there is anything of that name. */
export function exists(path: string): boolean {
  return existsSync(path);
}

/** Why `path` could not be written to, in words; undefined where it could. */
export function whyNotWritable(path: string): string | undefined {
  if (isFolder(path)) return 'it is a folder';
  const folder = dirname(path);
  if (!isFolder(folder)) return `there is no folder ${folder}`;
  try {
    accessSync(exists(path) ? path : folder, constants.W_OK);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'EROFS' ? 'the file system is read-only' : 'that is not allowed';
  }
}

/** Writes a result file in one go; it holds no secrets, unlike traces. Throws what the file system says. */
export function writeText(path: string, text: string): void {
  writeFileSync(path, text);
}
