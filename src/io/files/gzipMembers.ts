import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createInflateRaw } from 'node:zlib';

/** Flags of RFC 1952, section 2.3.1. */
const [FHCRC, FEXTRA, FNAME, FCOMMENT] = [2, 4, 8, 16] as const;
const HEAD = 64 * 1024;
const TRAILER = 8;

/**
 * What a damaged gzip file holds, as far as its data can be unpacked: check sums are not looked at, and what follows the last
 * member is left out. In small slices, since zlib keeps back what it had unpacked of one in which it finds damage.
 */
export async function* unpackMembers(path: string): AsyncGenerator<Uint8Array> {
  for (let at = 0; ; ) {
    const header = await headerLength(path, at);
    if (header === undefined) return;
    const input = createReadStream(path, { start: at + header, highWaterMark: 256 });
    const unpacked = createInflateRaw({ chunkSize: 16 * 1024 });
    input.on('error', (error) => unpacked.destroy(error));
    input.pipe(unpacked);
    try {
      for await (const chunk of unpacked) yield chunk as Buffer;
    } catch {
      return;
    } finally {
      input.destroy();
    }
    at += header + unpacked.bytesWritten + TRAILER;
  }
}

/** Length of the header of the member that begins there; undefined where none does. */
async function headerLength(path: string, at: number): Promise<number | undefined> {
  const file = await open(path, 'r');
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(HEAD), 0, HEAD, at);
    const head = buffer.subarray(0, bytesRead);
    if (head.length < 10 || head[0] !== 0x1f || head[1] !== 0x8b || head[2] !== 8) return undefined;
    const flags = head[3]!;
    let end = 10;
    if (flags & FEXTRA) end += 2 + (head[end] ?? 0) + 256 * (head[end + 1] ?? 0);
    for (const text of [FNAME, FCOMMENT]) {
      if ((flags & text) === 0) continue;
      const zero = head.indexOf(0, end);
      if (zero === -1) return undefined;
      end = zero + 1;
    }
    return end + (flags & FHCRC ? 2 : 0);
  } finally {
    await file.close();
  }
}
