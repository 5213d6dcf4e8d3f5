/** `traces/tar.strace.gz` -> `traces/tar.json`: where the manifest of a trace is. */
export function manifestPath(trace: string): string {
  return `${trace.replace(/\.(gz|zst)$/, '').replace(/\.strace$/, '')}.json`;
}
