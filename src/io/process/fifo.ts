import { chmodSync, closeSync, constants, openSync, readSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep, setImmediate as soon } from 'node:timers/promises';
import { fail, ok, type Result } from '../../core/failure.ts';
import { temporaryFolder } from '../files/temporary.ts';
import { capture } from './exec.ts';

/** A named pipe in a folder of its own that only we can enter. */
export interface Fifo {
  readonly path: string;
  /**
   * Everything that is written until `ended` settles: no writer will come any more. Looks at intervals rather than at
   * every line: strace writes line by line, and waking for each would cost more than the tracing.
   */
  chunks(ended: Promise<unknown>): AsyncIterable<Buffer>;
  remove(): void;
}

const SIZE = 256 * 1024;

/** A named pipe in a temporary folder of its own, mode 0600; a failure where mkfifo does not work. */
export async function makeFifo(): Promise<Result<Fifo>> {
  let folder: string;
  try {
    folder = temporaryFolder();
  } catch (error) {
    return fail('missing', `no temporary folder can be made: ${(error as Error).message}`, {
      hint: 'set TMPDIR to a folder that can be written to',
    });
  }
  const path = join(folder, 'strace');
  const made = await capture('mkfifo', [path], { timeoutSeconds: 10 });
  if (made.status !== 0) {
    rmSync(folder, { recursive: true, force: true });
    return fail('missing', `no named pipe can be made: ${made.missing ?? made.stderr.trim()}`);
  }
  // Not by mkfifo -m: that needs /proc, which a chroot may not have.
  chmodSync(path, 0o600);
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  // Whoever still reads then would read another file that got the number.
  const gone = new AbortController();
  return ok({
    path,
    chunks: (ended) => poll(descriptor, ended, gone.signal),
    remove: () => {
      if (gone.signal.aborted) return;
      gone.abort();
      closeSync(descriptor);
      rmSync(folder, { recursive: true, force: true });
    },
  });
}

async function* poll(descriptor: number, ended: Promise<unknown>, gone: AbortSignal): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafe(SIZE);
  const over = new AbortController();
  const end = (): void => over.abort();
  ended.then(end, end);
  let pause = 0;
  while (!gone.aborted) {
    // Asked before reading: what was written until then is still read.
    const last = over.signal.aborted;
    const size = readNow(descriptor, buffer);
    // A copy: whoever gets it may keep parts of it.
    if (size > 0) yield Buffer.from(buffer.subarray(0, size));
    else if (last) return;
    // A pipe holds 64 KiB: when more than half of it was full, the writer is about to wait for us.
    pause = size > 0 ? 4 : Math.min(20, pause + 2);
    if (size >= 32 * 1024) await soon();
    else await sleep(pause, undefined, { signal: over.signal }).catch(() => undefined);
  }
}

function readNow(descriptor: number, buffer: Buffer): number {
  let size = 0;
  try {
    while (size < buffer.length) {
      const read = readSync(descriptor, buffer, size, buffer.length - size, null);
      if (read === 0) break;
      size += read;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
  }
  return size;
}
