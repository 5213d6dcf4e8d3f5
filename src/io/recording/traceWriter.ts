import { type FileHandle, open } from 'node:fs/promises';
import { constants, createGzip, type Gzip } from 'node:zlib';
import { fail, ok, type Result } from '../../core/failure.ts';

/**
 * A compressed trace on its way to the disk. What was written up to a second ago can be read back whatever happens to
 * us; an error of the disk is remembered and never stops the recording.
 */
export interface TraceWriter {
  write(chunk: Buffer): Promise<void>;
  /** Finishes the file; the error that cut it, if there was one. */
  close(): Promise<string | undefined>;
}

const FLUSH_EVERY_MS = 1000;

/** Opens a trace for writing, mode 0600, with gzip when its name ends in .gz; a failure where that can't be. */
export async function openTraceWriter(path: string): Promise<Result<TraceWriter>> {
  let file: FileHandle;
  try {
    file = await open(path, 'w', 0o600);
  } catch (error) {
    return fail('missing', `the trace can't be written: ${(error as Error).message}`, {
      where: { file: path },
      hint: 'choose another place with -o FILE',
    });
  }
  return ok(path.endsWith('.gz') ? compressed(file) : plain(file));
}

function plain(file: FileHandle): TraceWriter {
  let trouble: string | undefined;
  return {
    async write(chunk) {
      if (trouble !== undefined) return;
      await file.writeFile(chunk).catch((error: Error) => {
        trouble = words(error);
      });
    },
    async close() {
      await file.close().catch((error: Error) => {
        trouble ??= words(error);
      });
      return trouble;
    },
  };
}

function compressed(file: FileHandle): TraceWriter {
  let trouble: string | undefined;
  let written: Promise<void> = Promise.resolve();
  const gzip: Gzip = createGzip({ level: 1, chunkSize: 64 * 1024 });
  gzip.on('data', (chunk: Buffer) => {
    written = written.then(async () => {
      if (trouble !== undefined) return;
      await file.writeFile(chunk).catch((error: Error) => {
        trouble = words(error);
      });
    });
  });
  let flushed = Date.now();
  return {
    async write(chunk) {
      if (trouble !== undefined) return;
      if (!gzip.write(chunk)) await new Promise((drained) => gzip.once('drain', drained));
      await written;
      if (Date.now() - flushed > FLUSH_EVERY_MS) {
        flushed = Date.now();
        await new Promise<void>((done) => gzip.flush(constants.Z_SYNC_FLUSH, done));
      }
    },
    async close() {
      await new Promise<void>((done) => {
        gzip.once('end', done);
        gzip.end();
      });
      await written;
      await file.close().catch((error: Error) => {
        trouble ??= words(error);
      });
      return trouble;
    },
  };
}

function words(error: NodeJS.ErrnoException | Error): string {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOSPC' ? 'the disk is full' : error.message;
}
