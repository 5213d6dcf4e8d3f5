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

export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

export function exists(path: string): boolean {
  return existsSync(path);
}

/** Writes a result file in one go; it holds no secrets, unlike traces. Throws what the file system says. */
export function writeText(path: string, text: string): void {
  writeFileSync(path, text);
}
