import { readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { send } from '../../process/processes.ts';

/** Passes on what comes, as text. */
export function hear(streams: readonly (Readable | undefined)[], listener: (text: string) => void): void {
  for (const stream of streams) stream?.on('data', (chunk: Buffer) => listener(chunk.toString('utf8')));
}

/** SIGTERM for a command. bubblewrap, as the first process of a namespace, would not pass it on: then for its child. */
export function askToEnd(pid: number): void {
  const inner = read(`/proc/${pid}/comm`).trim() === 'bwrap' ? childrenOf(pid) : [];
  for (const each of inner.length > 0 ? inner.flatMap(throughBwrap) : [pid]) send(each, 'SIGTERM');
}

function throughBwrap(pid: number): number[] {
  const inner = read(`/proc/${pid}/comm`).trim() === 'bwrap' ? childrenOf(pid) : [];
  return inner.length > 0 ? inner : [pid];
}

function childrenOf(pid: number): number[] {
  return read(`/proc/${pid}/task/${pid}/children`)
    .split(' ')
    .filter((word) => word !== '')
    .map(Number);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
