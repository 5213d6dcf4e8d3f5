import { once } from 'node:events';
import { appendFile, open } from 'node:fs/promises';
import { fail, ok, type Result } from '../../core/failure.ts';
import { MOST_TRACE, readBounded } from './bounded.ts';
import { isPlainFile } from './files.ts';

const OPENS_OBJECT = /^(?:\ufeff)?\s*\{/;

/**
 * Whether the first character that is not white space opens a JSON object; no line of strace begins so. `-` is standard
 * input, which can be read as a whole afterwards.
 */
export async function looksLikeJson(path: string): Promise<boolean> {
  if (path === '-') return OPENS_OBJECT.test((await beginOfInput()).toString('utf8', 0, 512));
  if (!isPlainFile(path)) return false;
  try {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0);
      return OPENS_OBJECT.test(buffer.toString('utf8', 0, bytesRead));
    } finally {
      await file.close();
    }
  } catch {
    return false;
  }
}

async function beginOfInput(): Promise<Buffer> {
  // An error is told by whoever reads it all.
  await once(process.stdin, 'readable').catch(() => undefined);
  const begin = process.stdin.read() as Buffer | null;
  if (begin === null) return Buffer.alloc(0);
  process.stdin.unshift(begin);
  return begin;
}

/** A whole text file, unless it holds more than `most` bytes. */
export async function readText(path: string, most = MOST_TRACE): Promise<Result<string>> {
  try {
    return ok((await readBounded(path, most)).toString('utf8').replace(/^\ufeff/, ''));
  } catch (error) {
    return fail('input', `it can't be read: ${(error as Error).message}`, { where: { file: path } });
  }
}

/** Adds to a file; what a CI system gave us to write to may be gone, which is no failure of ours. */
export async function appendText(path: string, text: string): Promise<void> {
  await appendFile(path, text).catch(() => undefined);
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such folder',
  ENOTDIR: 'a part of its path is no folder',
  EISDIR: 'it is a folder',
  EEXIST: 'a part of its path is no folder',
  EACCES: 'writing there is not permitted',
  EPERM: 'writing there is not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left',
  EDQUOT: 'the quota is used up',
  EFBIG: 'the file size limit (ulimit -f) is reached',
  ELOOP: 'its links go in a circle',
};

/** A failure where a trace is to be written under a name that promises what we do not write; we read more than that. */
export function otherPacking(path: string): Result<never> | undefined {
  if (!/\.(?:zst|xz|bz2|lz4|br|zip)$/.test(path)) return undefined;
  return fail('usage', 'a trace is written as plain text, or compressed as .gz', { where: { file: path } });
}

/** The failure of writing `path`, in words. */
export function unwritable(path: string, error: unknown): Result<never> {
  const { code, message } = error as NodeJS.ErrnoException;
  return fail('input', `it can't be written: ${WHY[code ?? ''] ?? message}`, { where: { file: path } });
}

/** Everything on standard input. */
export async function readStandardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
