import { accessSync, constants, existsSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, resolve } from 'node:path';

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

/** Writes a result file in one go; it holds no secrets, unlike traces. Throws what the file system says. */
export function writeText(path: string, text: string): void {
  writeFileSync(path, text);
}
