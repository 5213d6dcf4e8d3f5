import { gunzipSync } from 'node:zlib';
import { fail, ok, type Result } from '../../core/failure.ts';
import { decodeProgram } from '../../core/seccomp/filter/encode.ts';
import type { Program } from '../../core/seccomp/filter/instruction.ts';
import { readStraceFilters } from '../../core/seccomp/filter/strace.ts';
import { verify } from '../../core/seccomp/filter/verify.ts';
import { MOST_TRACE, readBounded, TooLarge } from './bounded.ts';
import { packingOf } from './packing.ts';

/** What a file given to the `profile` commands turned out to be. */
export type FilterFile =
  | { readonly kind: 'profile' }
  /** Filters in the order in which one process loaded them; a raw file has one. */
  | { readonly kind: 'filters'; readonly programs: readonly Program[] };

/** The filters of the process that loaded the last one: what its children run under. */
function lastStack(text: string): Result<readonly Program[]> {
  const read = readStraceFilters(text);
  if (!read.ok) return read;
  const accepted = read.value.filter((each) => each.accepted !== false);
  const last = accepted.at(-1);
  if (!last) {
    return fail('input', 'the kernel refused every filter in this text', {
      hint: 'record a run in which the filter is loaded',
    });
  }
  return ok(accepted.filter(({ pid }) => pid === last.pid).map(({ program }) => program));
}

function rawFilter(bytes: Uint8Array): Result<readonly Program[]> {
  // A filter of the other byte order has codes that no kernel takes.
  const little = decodeProgram(bytes, true);
  if (!little.ok) return little;
  const verified = verify(little.value);
  if (verified.ok) return ok([verified.value]);
  const big = decodeProgram(bytes, false);
  if (big.ok && verify(big.value).ok) return ok([big.value]);
  return verified;
}

/** Tells a JSON profile, a raw filter and the text of strace apart, and reads the latter two. */
export async function readFilterFile(path: string): Promise<Result<FilterFile>> {
  let bytes: Uint8Array;
  try {
    bytes = await readBounded(path, MOST_TRACE);
    // Recorded traces are compressed.
    if (packingOf(bytes) === 'gzip') bytes = gunzipSync(bytes, { maxOutputLength: MOST_TRACE });
  } catch (error) {
    return fail('input', whyNotRead(error), {
      where: { file: path },
      hint: 'give a JSON profile, a raw filter, or the output of strace -v',
    });
  }
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  if (/^\s*\{/.test(text) || /\.json$/i.test(path)) return ok({ kind: 'profile' });
  const isText = !text.slice(0, 4096).includes('\0');
  const programs = isText && text.length > 0 ? lastStack(text) : rawFilter(bytes);
  if (programs.ok) return ok({ kind: 'filters', programs: programs.value });
  const { kind, what, ...more } = programs.failure;
  return fail(kind, what, { ...more, where: { ...more.where, file: path } });
}

/** A whole text file. */
export async function readTextFile(path: string): Promise<Result<string>> {
  try {
    return ok((await readBounded(path)).toString('utf8'));
  } catch (error) {
    return fail('input', whyNotRead(error), { where: { file: path } });
  }
}

function whyNotRead(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof TooLarge) return message;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'ERR_BUFFER_TOO_LARGE') return `it unpacks to more than ${MOST_TRACE >> 20} MB`;
  return `cannot be read (${code?.startsWith('Z_') ? 'the compressed data is damaged' : code})`;
}
