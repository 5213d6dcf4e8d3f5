const stemOf = (trace: string): string => trace.replace(/\.(gz|zst)$/, '').replace(/\.strace$/, '');

/** `traces/tar.strace.gz` -> `traces/tar.strace.json`: where the manifest of a trace is. */
export function manifestPath(trace: string): string {
  return `${stemOf(trace)}.strace.json`;
}

/** `traces/tar.json`: where it was until 0.1.0. Read, never written: the name may be a file of the user's. */
export function olderManifestPath(trace: string): string {
  return `${stemOf(trace)}.json`;
}
