import { access, readFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { fail, ok, type Result } from '../../core/failure.ts';
import { writeOutput } from '../files/output.ts';
import { start } from '../process/exec.ts';

const PAGE = new URL('../../page/index.html', import.meta.url);

/** Path of the page in this package. */
export async function pagePath(): Promise<Result<string>> {
  const path = fileURLToPath(PAGE);
  try {
    await access(path);
    return ok(path);
  } catch {
    return fail('missing', 'the page is not built', { hint: 'build it: npm run build:page' });
  }
}

/** Writes the page to `to`; a failure of kind `input` where that can’t be. */
export async function writePage(to: string, force = false): Promise<Result<void>> {
  const from = await pagePath();
  if (!from.ok) return from;
  // It holds nothing of anybody, and is to be served.
  return writeOutput(to, await readFile(from.value), { mode: 0o666, force });
}

/** Opens a file with what this system opens web pages with. */
export async function openInBrowser(path: string): Promise<Result<void>> {
  const url = pathToFileURL(path).href;
  const [program, ...args] =
    process.platform === 'darwin'
      ? ['open', url]
      : process.platform === 'win32'
        ? ['explorer', url]
        : ['xdg-open', url];
  const ended = await start(program!, args, { stdio: 'capture' }).ended;
  if (ended.missing === undefined && (ended.status ?? 1) === 0) return ok(undefined);
  return fail('missing', `no browser could be opened (${program})`, {
    hint: `open ${path} yourself, or write the page where you want it: trace-build page -o page.html`,
  });
}
