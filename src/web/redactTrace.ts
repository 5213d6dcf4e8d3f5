import type { PathStyle } from '../core/redaction/redact.ts';
import { namesIn, redactTrace } from '../core/redaction/redactTrace.ts';

/** A trace as it may be published; `open` reads it from its start, each time. */
export async function redactedTrace(
  open: () => AsyncIterable<Uint8Array>,
  paths: PathStyle,
  salt: string,
): Promise<Blob> {
  const names = await namesIn(open());
  const pieces: string[] = [];
  for await (const piece of redactTrace(open(), { ...names, paths, salt })) pieces.push(piece);
  return new Blob(pieces, { type: 'text/plain' });
}
