import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { rgPath } from '@vscode/ripgrep';
import { fail, ok, type Result } from '../../core/failure.ts';
import { capture } from '../process/exec.ts';

/**
 * What every denial shows, in any dialect: the name of the errno, or a death by SIGSYS. A file without these words holds no
 * denial; a file with them may. Plain words, which ripgrep finds as fast as it reads.
 */
const DENIAL = 'EPERM|ENOSYS|SIGSYS';

export interface SearchOptions {
  readonly signal?: AbortSignal;
}

/**
 * Which of these files and folders hold a denial at all, judged by ripgrep: files in code unit order. Looks into .gz and
 * .zst too, where the program that unpacks them is installed. Manifests and the like are left out.
 */
export async function filesWithDenials(
  paths: readonly string[],
  options: SearchOptions = {},
): Promise<Result<readonly string[]>> {
  if (paths.length === 0) return ok([]);
  const args = [
    '--files-with-matches',
    '--null',
    '--search-zip',
    '--text',
    '--no-ignore',
    '--hidden',
    '--no-config',
  ];
  const wanted = ['--glob', '!*.json', '--glob', '!.git'];
  const found = await capture(rgPath, [...args, '--no-messages', ...wanted, '-e', DENIAL, '--', ...paths], {
    ...(options.signal ? { signal: options.signal } : {}),
  });
  if (found.missing !== undefined) {
    return fail('missing', `ripgrep can't be started: ${found.missing}`, { hint: 'Run npm ci again' });
  }
  // 1 is "no match"; 2 with output means that some files could not be read, which the reader itself will say.
  if (found.status !== 0 && found.status !== 1 && found.stdout === '') {
    return fail(
      'input',
      `ripgrep failed: ${found.stderr.trim() || `status ${found.status ?? found.signal}`}`,
    );
  }
  return ok(
    found.stdout
      .split('\0')
      .filter((name) => name !== '')
      .sort(),
  );
}

/** All trace files under a folder, in code unit order; the file itself when it is one. */
export async function traceFiles(path: string): Promise<Result<readonly string[]>> {
  try {
    if (!(await stat(path)).isDirectory()) return ok([path]);
    const names = await readdir(path, { recursive: true });
    return ok(
      names
        .filter((name) => /\.(?:strace|trace|log|txt|\d+)(?:\.gz|\.zst)?$/.test(name))
        .map((name) => join(path, name))
        .sort(),
    );
  } catch (error) {
    return fail('input', `can't read ${path}: ${(error as Error).message}`, { where: { file: path } });
  }
}
