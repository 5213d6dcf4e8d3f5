import type { Transform } from 'node:stream';
import zlib from 'node:zlib';

const MAGIC = 0xfd2fb528;
/** Frames that hold something else for other programs: sixteen magic numbers. */
const isSkippable = (magic: number): boolean => magic >>> 4 === 0x184d2a5;

/** Where the frame at `at` ends; undefined when it is cut short. Throws when there is no frame. */
function frameEnd(data: DataView, at: number): number | undefined {
  const size = data.byteLength;
  if (at + 9 > size) return undefined;
  const magic = data.getUint32(at, true);
  if (isSkippable(magic)) return within(at + 8 + data.getUint32(at + 4, true));
  if (magic !== MAGIC) throw new Error('what follows is not zstd');
  const descriptor = data.getUint8(at + 4);
  const isSingle = (descriptor & 0x20) !== 0;
  const dictionary = [0, 1, 2, 4][descriptor & 3]!;
  const contentSize = [isSingle ? 1 : 0, 2, 4, 8][descriptor >>> 6]!;
  let next = at + 5 + (isSingle ? 0 : 1) + dictionary + contentSize;
  for (let last = false; !last; ) {
    if (next + 3 > size) return undefined;
    const block = data.getUint16(next, true) | (data.getUint8(next + 2) << 16);
    last = (block & 1) !== 0;
    // A block of one repeated byte has that byte only.
    next += 3 + (((block >>> 1) & 3) === 1 ? 1 : block >>> 3);
  }
  return within(next + (descriptor & 4));

  function within(end: number): number | undefined {
    return end <= size ? end : undefined;
  }
}

/** Whether this Node unpacks zstd itself: 22.15 and later do. Where it does not, the zstd program is needed. */
export const unpacksZstd = (): boolean => 'createZstdDecompress' in zlib;

/**
 * Unpacks zstd with Node itself; the packed bytes are held in memory. Gives all that can be unpacked, then throws when
 * the data is cut short or damaged. Each frame gets a decompressor of its own: Node's stops after the first one, and
 * in some versions takes the end of its input for the end of a frame.
 */
export async function* unpackZstd(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { createZstdDecompress } = zlib as unknown as { readonly createZstdDecompress: () => Transform };
  const chunks: Uint8Array[] = [];
  for await (const chunk of packed) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < bytes.length; ) {
    const end = frameEnd(data, at);
    const frame = createZstdDecompress();
    frame.end(bytes.subarray(at, end));
    yield* frame as AsyncIterable<Uint8Array>;
    if (end === undefined) throw new Error('unexpected end of file');
    at = end;
  }
}
