import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { Header, Parser, type ReadEntry } from 'tar';
import { packingOf } from '../files/packing.ts';
import { unpacksZstd, unpackZstd } from '../files/zstd.ts';
import { start } from '../process/exec.ts';
import type { ImageTree } from './imageTree.ts';

/** Puts one archive (plain, gzip or zstd) onto the tree as its next layer. Rejects with a sentence. */
export async function applyLayer(tree: ImageTree, archive: string): Promise<void> {
  tree.beginLayer();
  await readArchive(
    archive,
    (entry) => tree.take(entry),
    (path) => tree.whiteout(path),
  );
}

/**
 * Reads a tar archive entry by entry, in order; `take` has to consume or resume each. Docker writes some whiteouts as
 * files that name a link's target (its overlay shares one inode among them), which the parser does not pass on as
 * entries: `odd` gets their paths.
 */
export async function readArchive(
  archive: string,
  take: (entry: ReadEntry) => void,
  odd: (path: string) => void = () => {},
): Promise<void> {
  const { stream, failed } = await openArchive(archive);
  await new Promise<void>((settle, reject) => {
    const stop = (error: unknown): void => {
      stream.destroy();
      reject(error);
    };
    const parser = new Parser({
      onwarn: (code, message, { header }) => {
        if (message === 'linkpath forbidden' && header instanceof Header && !header.size)
          odd(header.path ?? '');
        else if (code !== 'TAR_ENTRY_INFO') stop(new Error(String(message)));
      },
      onReadEntry: (entry) => {
        try {
          take(entry);
        } catch (error) {
          stop(error);
        }
      },
    });
    parser.on('error', stop);
    parser.on('end', () => settle());
    stream.on('error', stop);
    stream.on('data', (chunk: Buffer) => {
      try {
        // What takes an entry's data throws through the parser: a full disk, a bomb.
        if (parser.write(chunk)) return;
      } catch (error) {
        stop(error);
        return;
      }
      stream.pause();
      parser.once('drain', () => stream.resume());
    });
    stream.on('end', () => parser.end());
  });
  const why = await failed;
  if (why !== undefined) throw new Error(why);
}

async function openArchive(path: string): Promise<{ stream: Readable; failed: Promise<string | undefined> }> {
  const file = await open(path);
  const head = Buffer.alloc(4);
  await file.read(head, 0, 4, 0);
  await file.close();
  if (packingOf(head) !== 'zstd')
    return { stream: createReadStream(path), failed: Promise.resolve(undefined) };
  const zstd = start('zstd', ['-q', '-d', '-c', path], { stdio: 'output' });
  if (zstd.pid === undefined || !zstd.stdout) {
    if (!unpacksZstd()) throw new Error('zstd is needed to read this layer');
    return { stream: Readable.from(unpackZstd(createReadStream(path))), failed: Promise.resolve(undefined) };
  }
  const failed = zstd.ended.then(({ status, missing }) =>
    status === 0 ? undefined : (missing ?? 'zstd could not read a layer'),
  );
  return { stream: zstd.stdout, failed };
}
