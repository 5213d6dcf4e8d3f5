import { open } from 'node:fs/promises';

const CHUNK = 1 << 20;

/** The bytes of a file. A chunk is overwritten once the next but one is asked for. */
export async function* readChunks(path: string): AsyncGenerator<Buffer> {
  const file = await open(path, 'r');
  try {
    // Two buffers: the next part is read while the last one is looked at. Buffers, because they find line ends faster.
    const buffers = [Buffer.allocUnsafeSlow(CHUNK), Buffer.allocUnsafeSlow(CHUNK)] as const;
    // Without a position what can't be sought is read, too: a FIFO, /dev/fd/3.
    let turn = 0;
    let coming = file.read(buffers[0], 0, CHUNK, null);
    for (;;) {
      const { bytesRead, buffer } = await coming;
      if (bytesRead === 0) return;
      turn ^= 1;
      coming = file.read(buffers[turn as 0 | 1], 0, CHUNK, null);
      coming.catch(() => {});
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close().catch(() => {});
  }
}
