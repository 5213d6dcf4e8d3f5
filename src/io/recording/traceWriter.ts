import type { FileHandle } from 'node:fs/promises';
import { constants, createGzip, type Gzip } from 'node:zlib';

/**
 * A trace on its way to the disk. What was written up to a second ago, or before a pause, can be read back whatever happens
 * to us; an error of the disk is remembered and never stops the recording.
 */
export interface TraceWriter {
  write(chunk: Buffer): Promise<void>;
  /** Finishes the file; the error that cut it, if there was one. */
  close(): Promise<string | undefined>;
}

/** The compressor keeps back what it has not finished; this is the longest that a line stays there. */
const FLUSH_MS = 500;
/** After such a pause nothing may come for long. */
const IDLE_MS = 50;

/** Writes a trace to a file that has just been created, with gzip where asked for. */
export function openTraceWriter(file: FileHandle, gzip: boolean): TraceWriter {
  return gzip ? compressed(file) : plain(file);
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
      trouble ??= await finish(file);
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
  const flush = (): void => {
    clearTimeout(steady);
    clearTimeout(idle);
    [steady, idle] = [undefined, undefined];
    if (trouble === undefined) gzip.flush(constants.Z_SYNC_FLUSH);
  };
  let steady: NodeJS.Timeout | undefined;
  let idle: NodeJS.Timeout | undefined;
  return {
    async write(chunk) {
      if (trouble !== undefined) return;
      steady ??= setTimeout(flush, FLUSH_MS);
      idle = idle?.refresh() ?? setTimeout(flush, IDLE_MS);
      if (!gzip.write(chunk)) await new Promise((drained) => gzip.once('drain', drained));
      await written;
    },
    async close() {
      clearTimeout(steady);
      clearTimeout(idle);
      await new Promise<void>((done) => {
        gzip.once('end', done);
        gzip.end();
      });
      await written;
      trouble ??= await finish(file);
      return trouble;
    },
  };
}

/** What was written is on the disk before anybody says that it is complete. */
async function finish(file: FileHandle): Promise<string | undefined> {
  try {
    await file.sync().finally(() => file.close());
    return undefined;
  } catch (error) {
    return words(error as Error);
  }
}

function words(error: NodeJS.ErrnoException | Error): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'EFBIG') return 'the file size limit (ulimit -f) is reached';
  return code === 'ENOSPC' ? 'the disk is full' : error.message;
}
