import { dirname, join, resolve } from 'node:path';
import { fail, ok, type Result } from '../../core/failure.ts';
import { MOST_DOCKERFILE } from '../files/bounded.ts';
import { exists, isFolder } from '../files/files.ts';
import { readText } from '../files/textFile.ts';

/** A Dockerfile with its build context. */
export interface Source {
  readonly context: string;
  readonly text: string;
  /** The file as the user would name it. */
  readonly shown: string;
}

/** The Dockerfile that `docker build PATH` would take, or `file`; PATH may be the file itself. */
export async function openSource(
  path: string,
  file: string | undefined,
  cwd: string,
): Promise<Result<Source>> {
  const place = resolve(cwd, path);
  if (!exists(place)) {
    return fail('input', 'there is no such folder or file', { where: { file: path } });
  }
  const folder = isFolder(place);
  // Podman's own name for it, where there is no other.
  const usual = ['Dockerfile', 'Containerfile'].find((name) => exists(join(place, name))) ?? 'Dockerfile';
  const shown = file ?? (folder ? join(path, usual) : path);
  const text = await readText(resolve(cwd, shown), MOST_DOCKERFILE);
  if (text.ok) return ok({ context: folder ? place : dirname(place), text: text.value, shown });
  return fail('input', text.failure.what, { where: { file: shown }, hint: 'name it with --file' });
}
