import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { fail, ok, type Result } from '../core/failure.ts';
import { namesIn, redactTrace } from '../core/redactTrace.ts';
import { decodeText } from '../core/trace/bytes.ts';
import type { PathStyle } from '../core/trace/redact.ts';
import { personal } from './personal.ts';
import { openTrace } from './traceFile.ts';

export interface RedactFileOptions {
  /** Only decompress: `--no-redact`. */
  readonly plain: boolean;
  readonly paths: PathStyle;
  readonly cwd: string;
  out(text: string): void;
}

/** Writes a trace redacted: to a file (whole or not at all, mode 0600) or to `out`. */
export async function writeRedacted(
  path: string,
  output: string | undefined,
  options: RedactFileOptions,
): Promise<Result<void>> {
  const found = path === '-' ? undefined : await stat(path).catch(() => undefined);
  if (found?.isDirectory()) {
    return fail('input', 'this is a folder', {
      where: { file: path },
      hint: 'redact the files of strace -ff one by one',
    });
  }
  // Names can stand before what gives them away, so the trace is read twice; standard input is kept.
  const kept: Uint8Array[] = [];
  const open = async (): Promise<Result<AsyncIterable<Uint8Array>>> => {
    if (kept.length > 0) return ok(Readable.from(kept));
    const opened = await openTrace(path);
    if (!opened.ok) return opened;
    if (path !== '-') return ok(opened.value.bytes);
    for await (const chunk of opened.value.bytes) kept.push(chunk.slice());
    return ok(Readable.from(kept));
  };
  try {
    const first = await open();
    if (!first.ok) return first;
    const names = await namesIn(first.value);
    const second = await open();
    if (!second.ok) return second;
    const mine = personal();
    const pieces = options.plain
      ? decoded(second.value)
      : redactTrace(second.value, {
          paths: options.paths,
          cwd: options.cwd,
          homes: mine.homes,
          users: [...mine.users, ...names.users],
          hosts: [...mine.hosts, ...names.hosts],
        });
    if (output === undefined) for await (const piece of pieces) options.out(piece);
    else await writeFile(output, pieces);
    return ok(undefined);
  } catch (error) {
    return fail('input', `it can't be redacted: ${(error as Error).message}`, { where: { file: path } });
  }
}

async function* decoded(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  for await (const chunk of chunks) yield decodeText(chunk, 0, chunk.length);
}

async function writeFile(output: string, pieces: AsyncIterable<string>): Promise<void> {
  const beside = join(dirname(output), `.${basename(output)}.${process.pid}.tmp`);
  const file = createWriteStream(beside, { mode: 0o600, flags: 'wx' });
  try {
    await once(file, 'open');
    if (output.endsWith('.gz')) await pipeline(pieces, createGzip({ level: 9 }), file);
    else await pipeline(pieces, file);
    await rename(beside, output);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}
