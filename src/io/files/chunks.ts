import { open } from 'node:fs/promises';

const CHUNK = 1 << 20;
const LEAST = 1 << 16;

/** As much of a file of this size as is read at once: large buffers for small files make the garbage collector run. */
export function chunkFor(size: number): number {
  return Math.min(CHUNK, Math.max(LEAST, size));
}

/** The bytes of a file. A chunk is overwritten once the next but one is asked for. */
export async function* readChunks(path: string): AsyncGenerator<Buffer> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    // What is no plain file has no size.
    const chunk = size === 0 ? CHUNK : chunkFor(size);
    // Two buffers: the next part is read while the last one is looked at. Buffers, because they find line ends faster.
    const buffers = [Buffer.allocUnsafeSlow(chunk), Buffer.allocUnsafeSlow(chunk)] as const;
    // Without a position what can't be sought is read, too: a FIFO, /dev/fd/3.
    let turn = 0;
    let coming = file.read(buffers[0], 0, chunk, null);
    for (;;) {
      const { bytesRead, buffer } = await coming;
      if (bytesRead === 0) return;
      turn ^= 1;
      coming = file.read(buffers[turn as 0 | 1], 0, chunk, null);
      coming.catch(() => {});
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close().catch(() => {});
  }
}
