import { open } from 'node:fs/promises';

/** No profile, unit, Dockerfile or document comes near; /dev/zero and a pipe that never ends pass it at once. */
export const MOST_TEXT = 64 << 20;
/** The parser of Dockerfiles takes time by the square of their lines. */
export const MOST_DOCKERFILE = 256 << 10;
/** The text of `strace -v` that holds a filter may be a whole trace. */
export const MOST_TRACE = 512 << 20;

/** Thrown where there is more than may be read. */
export class TooLarge extends Error {
  constructor(most: number) {
    super(`it is larger than ${most >= 1 << 20 ? `${most >> 20} MB` : `${most >> 10} KB`}`);
  }
}

/** A whole file, pipe or device, unless it holds more than `most` bytes. Throws `TooLarge` or what the file system says. */
export async function readBounded(path: string, most = MOST_TEXT): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    if (size > most) throw new TooLarge(most);
    const parts: Buffer[] = [];
    let total = 0;
    for (;;) {
      const { bytesRead, buffer } = await file.read(
        Buffer.allocUnsafe(Math.max(65_536, Math.min(size + 1, 1 << 20))),
      );
      if (bytesRead === 0) return Buffer.concat(parts, total);
      parts.push(buffer.subarray(0, bytesRead));
      total += bytesRead;
      if (total > most) throw new TooLarge(most);
    }
  } finally {
    await file.close();
  }
}
