import { describe, expect, test } from 'vitest';
import { unpacksZstd, unpackZstd } from '../../src/io/files/zstd.ts';

// Two frames, as `zstd -c` writes them one after the other, made of these lines.
const ONE = '1 execve("/bin/true", ["true"], 0x1 /* 1 var */) = 0\n';
const TWO =
  '1 faccessat2(AT_FDCWD, "/", F_OK, 0) = -1 EPERM (Operation not permitted)\n1 +++ exited with 0 +++\n';
const FRAMES = Buffer.from(
  'KLUv/SQ1qQEAMSBleGVjdmUoIi9iaW4vdHJ1ZSIsIFsidHJ1ZSJdLCAweDEgLyogMSB2YXIgKi8pID0gMApMARY9KLUv/SRiEQMAMSBmYWNjZXNz' +
    'YXQyKEFUX0ZEQ1dELCAiLyIsIEZfT0ssIDApID0gLTEgRVBFUk0gKE9wZXJhdGlvbiBub3QgcGVybWl0dGVkKQoxICsrKyBleGl0ZWQgd2l0aCAw' +
    'ICsrKwqwYGfH',
  'base64',
);
const SKIPPABLE = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);

/** What is unpacked, and the trouble at its end. */
async function unpack(...packed: readonly Uint8Array[]): Promise<readonly [string, string | undefined]> {
  const chunks: Uint8Array[] = [];
  let trouble: string | undefined;
  try {
    for await (const chunk of unpackZstd(from(packed))) chunks.push(chunk);
  } catch (error) {
    trouble = (error as Error).message;
  }
  return [Buffer.concat(chunks).toString(), trouble];
}

async function* from(packed: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* packed;
}

// Node 20 has none of it.
describe.runIf(unpacksZstd())('zstd by Node itself', () => {
  test('every frame, also when others are skipped and wherever the chunks begin', async () => {
    expect(await unpack(FRAMES)).toEqual([ONE + TWO, undefined]);
    for (let at = 0; at < FRAMES.length; at += 7)
      expect(await unpack(SKIPPABLE, FRAMES.subarray(0, at), FRAMES.subarray(at), SKIPPABLE)).toEqual([
        ONE + TWO,
        undefined,
      ]);
  });

  test('no cut is taken for the end', async () => {
    const first = FRAMES.indexOf(FRAMES.subarray(0, 4), 1);
    for (let length = 1; length < FRAMES.length; length++) {
      const [text, trouble] = await unpack(FRAMES.subarray(0, length));
      expect((ONE + TWO).startsWith(text), String(length)).toBe(true);
      if (length !== first) expect(trouble, String(length)).toBe('unexpected end of file');
    }
  });

  test('what is not zstd is said', async () => {
    expect(await unpack(FRAMES, Buffer.from('something else'))).toEqual([
      ONE + TWO,
      'what follows is not zstd',
    ]);
    const damaged = Buffer.from(FRAMES);
    damaged[FRAMES.length - 1]! ^= 1;
    expect((await unpack(damaged))[1]).toBeDefined();
  });
});
