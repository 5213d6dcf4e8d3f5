import { createReadStream } from 'node:fs';
import { open, stat as statOf } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { type Failure, fail, ok, type Result } from '../../core/failure.ts';
import { chunkFor, readChunks } from '../files/chunks.ts';
import { unpackMembers } from '../files/gzipMembers.ts';
import { type Packing, packingOf } from '../files/packing.ts';
import { unpacksZstd, unpackZstd } from '../files/zstd.ts';

/** Bytes of a trace, unpacked. */
export interface TraceBytes {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Set when the input ended too early (a cut .gz), in words; certain once `bytes` has ended. */
  readonly trouble: () => string | undefined;
}

/** Opens a trace file, a named pipe, or standard input for `-`: plain, gzip, or zstd (with the zstd program, or a Node that can). */
export async function openTrace(path: string): Promise<Result<TraceBytes>> {
  if (path === '-') return openStream(process.stdin, 'standard input');
  let head: Uint8Array;
  let packed = 0;
  try {
    // A pipe (`<(ssh build cat trace.gz)`) can be opened and read only once.
    if ((await statOf(path)).isFIFO()) return openStream(createReadStream(path), path);
    const file = await open(path, 'r');
    try {
      const stat = await file.stat();
      if (stat.isDirectory())
        return fail('input', `${path} is a folder, not a trace`, { where: { file: path } });
      packed = stat.size;
      const buffer = new Uint8Array(8);
      const { bytesRead } =
        stat.isFile() && stat.size > 0 ? await file.read(buffer, 0, 8, 0) : { bytesRead: 0 };
      head = buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    return unreadable(path, error);
  }
  const packing = packingOf(head);
  if (packing === 'plain') {
    return ok({ bytes: readChunks(path), trouble: () => undefined });
  }
  if (packing === 'zstd') return openZstd(path);
  if (packing === 'gzip')
    return ok(gunzip((size) => createReadStream(path, { highWaterMark: size }), path, chunkFor(packed)));
  return unsupported(path, packing);
}

/** The contract's short form: throws a `TraceFileError` where `openTrace` returns a failure. */
export async function* openTraceBytes(path: string): AsyncGenerator<Uint8Array> {
  const opened = await openTrace(path);
  if (!opened.ok) throw new TraceFileError(opened.failure);
  yield* opened.value.bytes;
}

/** A failure that is thrown, for callers that only iterate. */
export class TraceFileError extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.what);
    this.failure = failure;
  }
}

/** The failure of reading `path`, in words. */
export function unreadable(path: string, error: unknown): Result<never> {
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  const why: Record<string, string> = {
    ENOENT: 'there is no such file',
    EACCES: 'reading it is not permitted',
    EISDIR: 'it is a folder',
  };
  return fail('input', `can't read the trace: ${why[code] ?? code}`, { where: { file: path } });
}

function unsupported(path: string, packing: Packing): Result<never> {
  return fail('input', `the trace is compressed with ${packing}, which is not supported`, {
    where: { file: path },
    hint: `Unpack it first: ${packing} -dc ${path} | trace-build replay -`,
  });
}

/** Gives every chunk that came before an error: `for await` over a stream drops those that wait. */
async function* drain(stream: Readable, failed: (error: Error) => void): AsyncGenerator<Uint8Array> {
  const queue: Uint8Array[] = [];
  let done = false;
  let wake: () => void = () => {};
  stream.on('data', (chunk: Uint8Array) => {
    queue.push(chunk);
    if (queue.length > 4) stream.pause();
    wake();
  });
  const finish = (): void => {
    done = true;
    wake();
  };
  stream.on('error', (error) => {
    failed(error);
    finish();
  });
  stream.on('end', finish);
  stream.on('close', finish);
  // Whoever looked at its beginning has come to its end.
  if (stream.readableEnded || stream.destroyed) finish();
  try {
    for (;;) {
      const chunk = queue.shift();
      if (chunk) yield chunk;
      else if (done) return;
      else {
        stream.resume();
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (queue.length > 0 || done) resolve();
        });
      }
    }
  } finally {
    stream.destroy();
  }
}

/** `open` gives the input in slices of about that size, `chunk`; `once`: it can't be opened again. */
function gunzip(open: (slice: number) => Readable, path: string, chunk: number, once = false): TraceBytes {
  let trouble: string | undefined;
  let damaged = false;
  const unpack = async function* (): AsyncGenerator<Uint8Array> {
    const { createGunzip } = await import('node:zlib');
    const input = open(chunk);
    const unpacked = createGunzip({ chunkSize: chunk });
    input.on('error', (error) => unpacked.destroy(error));
    input.pipe(unpacked);
    yield* drain(unpacked, (error: NodeJS.ErrnoException) => {
      damaged = error.code !== 'Z_BUF_ERROR';
      trouble = damaged ? `${path} is damaged: ${error.message}` : `${path} is cut short`;
    });
  };
  const bytes = async function* (): AsyncGenerator<Uint8Array> {
    let given = 0;
    for await (const chunk of unpack()) {
      given += chunk.length;
      yield chunk;
    }
    if (!damaged || once) return;
    for await (const chunk of unpackMembers(path)) {
      const fresh = chunk.subarray(Math.min(given, chunk.length));
      given -= chunk.length - fresh.length;
      if (fresh.length > 0) yield fresh;
    }
  };
  return { bytes: bytes(), trouble: () => trouble };
}

async function openZstd(path: string): Promise<Result<TraceBytes>> {
  const { start } = await import('../process/exec.ts');
  const program = start('zstd', ['-dcq', '--', path], { stdio: 'output' });
  if (program.pid === undefined || !program.stdout) return ownZstd(createReadStream(path), path);
  return ok(childBytes(program.stdout, program.ended, path));
}

/** Without the zstd program. */
function ownZstd(packed: AsyncIterable<Uint8Array>, path: string): Result<TraceBytes> {
  if (!unpacksZstd()) return zstdMissing(path);
  let trouble: string | undefined;
  const bytes = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield* unpackZstd(packed);
    } catch (error) {
      trouble = `${path} is cut short or damaged: ${(error as Error).message}`;
    }
  };
  return ok({ bytes: bytes(), trouble: () => trouble });
}

function zstdMissing(path: string): Result<never> {
  return fail('missing', 'the trace is compressed with zstd, and the program zstd is not installed', {
    where: { file: path },
    hint: 'Install zstd (Debian, Ubuntu: apt-get install zstd), use Node 22.15 or later, or unpack the file elsewhere',
  });
}

function childBytes(
  stdout: Readable,
  ended: Promise<{ readonly status?: number; readonly signal?: string }>,
  path: string,
): TraceBytes {
  let trouble: string | undefined;
  const bytes = async function* (): AsyncGenerator<Uint8Array> {
    yield* drain(stdout, () => {});
    const { status, signal } = await ended;
    if (status !== 0) trouble = `${path} is cut short or damaged: zstd ended with ${signal ?? status}`;
  };
  return { bytes: bytes(), trouble: () => trouble };
}

async function openStream(stream: Readable, name: string): Promise<Result<TraceBytes>> {
  const input = drain(stream, () => {});
  // The first bytes tell the packing, so they are taken out and put back in front.
  const head: Uint8Array[] = [];
  let size = 0;
  while (size < 8) {
    const next = await input.next();
    if (next.done) break;
    head.push(next.value);
    size += next.value.length;
  }
  const whole = async function* (): AsyncGenerator<Uint8Array> {
    yield* head;
    yield* input;
  };
  const packing = packingOf(Buffer.concat(head));
  if (packing === 'plain') return ok({ bytes: whole(), trouble: () => undefined });
  const { Readable: From } = await import('node:stream');
  if (packing === 'gzip')
    return ok(gunzip(() => From.from(whole()), name, chunkFor(Number.POSITIVE_INFINITY), true));
  if (packing !== 'zstd') return unsupported(name, packing);
  const { start } = await import('../process/exec.ts');
  const program = start('zstd', ['-dcq'], { stdio: 'feed' });
  if (program.pid === undefined || !program.stdin || !program.stdout) return ownZstd(whole(), name);
  From.from(whole())
    .on('error', () => {})
    .pipe(program.stdin)
    .on('error', () => {});
  return ok(childBytes(program.stdout, program.ended, name));
}
