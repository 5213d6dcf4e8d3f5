import { open } from 'node:fs/promises';

const CHUNK = 1 << 20;

/** The bytes of a file from `from` on. A chunk is overwritten once the next but one is asked for. */
export async function* readChunks(path: string, from = 0): AsyncGenerator<Buffer> {
  const file = await open(path, 'r');
  try {
    // Two buffers: the next part is read while the last one is looked at. Buffers, because they find line ends faster.
    const buffers = [Buffer.allocUnsafeSlow(CHUNK), Buffer.allocUnsafeSlow(CHUNK)] as const;
    // Without a position what can't be sought is read, too: a FIFO, /dev/fd/3.
    let at = from === 0 ? null : from;
    let turn = 0;
    let coming = file.read(buffers[0], 0, CHUNK, at);
    for (;;) {
      const { bytesRead, buffer } = await coming;
      if (bytesRead === 0) return;
      if (at !== null) at += bytesRead;
      turn ^= 1;
      coming = file.read(buffers[turn as 0 | 1], 0, CHUNK, at);
      coming.catch(() => {});
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close().catch(() => {});
  }
}
