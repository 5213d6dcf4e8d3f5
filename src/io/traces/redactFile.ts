import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { fail, ok, type Result } from '../../core/failure.ts';
import type { PathStyle } from '../../core/redaction/redact.ts';
import { namesIn, redactTrace } from '../../core/redaction/redactTrace.ts';
import { decodeText } from '../../core/strace/sources/bytes.ts';
import { isPlainFile } from '../files/files.ts';
import { writeOutput } from '../files/output.ts';
import { personal } from '../files/private.ts';
import { otherPacking } from '../files/textFile.ts';
import { openTrace } from './traceFile.ts';

export interface RedactFileOptions {
  /** Only decompress: `--no-redact`. */
  readonly plain: boolean;
  readonly paths: PathStyle;
  /** Hides everything that no verdict hangs on. */
  readonly strict?: boolean;
  readonly cwd: string;
  /** Key of the hashes of paths; random when not given. */
  readonly salt: string | undefined;
  /** Also replaces what is not ours. */
  readonly force?: boolean;
  out(text: string): void;
}

/**
 * Writes a trace redacted: to a file (whole or not at all, mode 0600) or to `out`. The value says what was wrong with the
 * input, where it could be read in part.
 */
export async function writeRedacted(
  path: string,
  output: string | undefined,
  options: RedactFileOptions,
): Promise<Result<string | undefined>> {
  const found = path === '-' ? undefined : await stat(path).catch(() => undefined);
  if (found?.isDirectory()) {
    return fail('input', 'this is a folder', {
      where: { file: path },
      hint: 'redact the files of strace -ff one by one',
    });
  }
  const other = output === undefined ? undefined : otherPacking(output);
  if (other) return other;
  // Names can stand before what gives them away, so the trace is read twice; standard input and pipes are kept.
  const once = path === '-' || !isPlainFile(path);
  const kept: Uint8Array[] = [];
  let trouble: () => string | undefined = () => undefined;
  const open = async (): Promise<Result<AsyncIterable<Uint8Array>>> => {
    if (kept.length > 0) return ok(Readable.from(kept));
    const opened = await openTrace(path);
    if (!opened.ok) return opened;
    trouble = opened.value.trouble;
    if (!once) return ok(opened.value.bytes);
    for await (const chunk of opened.value.bytes) kept.push(chunk.slice());
    return ok(Readable.from(kept));
  };
  try {
    const first = await open();
    if (!first.ok) return first;
    const { calls, lines, ...names } = await namesIn(first.value);
    if (!calls && !options.plain) return noTrace(path, lines, trouble());
    const second = await open();
    if (!second.ok) return second;
    const mine = personal(names);
    const pieces = options.plain
      ? decoded(second.value)
      : redactTrace(second.value, {
          paths: options.paths,
          strict: options.strict ?? false,
          cwd: options.cwd,
          homes: mine.homes,
          users: mine.users,
          hosts: mine.hosts,
          salt: options.salt ?? mine.salt,
        });
    if (output === undefined) for await (const piece of pieces) options.out(piece);
    else {
      const content = output.endsWith('.gz') ? compressed(pieces) : pieces;
      const written = await writeOutput(output, content, { force: options.force ?? false });
      if (!written.ok) return written;
    }
    return ok(trouble());
  } catch (error) {
    return fail('input', `it can't be redacted: ${(error as Error).message}`, { where: { file: path } });
  }
}

function noTrace(path: string, lines: number, trouble: string | undefined): Result<never> {
  const where = { file: path === '-' ? 'standard input' : path };
  if (trouble !== undefined) return fail('input', trouble, { where });
  const hint = 'record one with: strace -f -o FILE CMD';
  return lines === 0
    ? fail('input', 'the trace is empty', { where, hint })
    : fail('input', 'this is not the output of strace: no line of it is a call', { where, hint });
}

async function* decoded(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  for await (const chunk of chunks) yield decodeText(chunk, 0, chunk.length);
}

/** Errors of the trace come out of the compressor, too. */
function compressed(pieces: AsyncIterable<string>): AsyncIterable<Uint8Array> {
  const gzip = createGzip({ level: 9 });
  pipeline(pieces, gzip).catch(() => undefined);
  return gzip;
}
