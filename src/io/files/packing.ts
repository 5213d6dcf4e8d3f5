export type Packing = 'plain' | 'gzip' | 'zstd' | 'xz' | 'bzip2';

/** What an input is packed with, told by its first bytes. */
export function packingOf(head: Uint8Array): Packing {
  const starts = (...bytes: number[]): boolean => bytes.every((byte, at) => head[at] === byte);
  if (starts(0x1f, 0x8b)) return 'gzip';
  if (starts(0x28, 0xb5, 0x2f, 0xfd)) return 'zstd';
  if (starts(0xfd, 0x37, 0x7a, 0x58, 0x5a)) return 'xz';
  if (starts(0x42, 0x5a, 0x68)) return 'bzip2';
  return 'plain';
}
