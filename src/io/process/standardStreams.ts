import { once } from 'node:events';

/** Standard input as it comes. */
export function standardInput(): AsyncIterable<Uint8Array> {
  return process.stdin;
}

/** Writes a result and waits where the reader is slower. */
export async function writeOut(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}
