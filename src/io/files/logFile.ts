import { stat } from 'node:fs/promises';
import { fail, ok, type Result } from '../../core/failure.ts';
import { openTrace } from '../traces/traceBytes.ts';

/** A log, or a message that was given on the command line. */
export interface OpenedLog {
  readonly name: string;
  readonly chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  /** In words, once `chunks` has ended: a compressed file that is cut. */
  trouble(): string | undefined;
}

/** What looks like the name of a file is not taken for a message. */
const NAME =
  /^(?:\.{0,2}\/)?[\w.@+-]+(?:\/[\w.@+-]+)*\.(?:log|txt|out|err|gz|zst|json|jsonl|html|md|strace)$|^(?:\.{1,2})?\/\S+$/i;

/**
 * Opens what `why` was given: one word that is a file's name or `-` is that file or standard input; anything else is the
 * message. Without words it is standard input, unless that is a terminal.
 */
export async function openLog(words: readonly string[]): Promise<Result<OpenedLog>> {
  const [only, ...rest] = words;
  if (only === undefined) {
    if (process.stdin.isTTY) {
      return fail('usage', 'no log and no message given', {
        hint: "name a log file, - for standard input, or write the message: trace-build why 'make: /bin/sh: Operation not permitted'",
      });
    }
    return openFile('-');
  }
  if (rest.length === 0) {
    if (only === '-') return openFile('-');
    const found = await stat(only).catch(() => undefined);
    if (found?.isDirectory())
      return fail('input', 'it is a directory, not a log', {
        where: { file: only },
        hint: 'name one log file',
      });
    if (found) return openFile(only);
    if (NAME.test(only))
      return fail('input', 'there is no such log', {
        where: { file: only },
        hint: 'name a file that exists, or write the message itself in quotes',
      });
  }
  const message = words.join(' ');
  if (message.trim() === '')
    return fail('usage', 'the message is empty', { hint: 'write the line that the build failed with' });
  return ok({ name: 'message', chunks: [new TextEncoder().encode(message)], trouble: () => undefined });
}

async function openFile(path: string): Promise<Result<OpenedLog>> {
  const opened = await openTrace(path);
  if (!opened.ok) return opened;
  const { bytes, trouble } = opened.value;
  const name = path === '-' ? 'standard input' : path;
  return ok({ name, chunks: decoded(bytes), trouble });
}

/** UTF-16 (a log of PowerShell) as UTF-8; everything else as it is. */
async function* decoded(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  let isFirst = true;
  const encoder = new TextEncoder();
  for await (const chunk of bytes) {
    if (isFirst && chunk.length >= 2) {
      isFirst = false;
      const mark = (chunk[0]! << 8) | chunk[1]!;
      if (mark === 0xfffe) decoder = new TextDecoder('utf-16le');
      else if (mark === 0xfeff) decoder = new TextDecoder('utf-16be');
    }
    yield decoder ? encoder.encode(decoder.decode(chunk, { stream: true })) : chunk;
  }
}
