import { closeSync, constants, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../files/temporary.ts';
import { capture } from '../process/exec.ts';

/** A descriptor on which a program waits until we let it go on. */
export interface Gate {
  readonly descriptor: number;
  open(): void;
  close(): void;
}

/** Undefined where no named pipe can be made. */
export async function makeGate(): Promise<Gate | undefined> {
  const folder = temporaryFolder();
  try {
    const path = join(folder, 'gate');
    const made = await capture('mkfifo', [path], { timeoutSeconds: 10 });
    if (made.status !== 0) return undefined;
    // For reading and writing: neither side waits for the other to open it.
    const descriptor = openSync(path, constants.O_RDWR);
    return {
      descriptor,
      open: () => void writeSync(descriptor, '\n'),
      close: () => closeSync(descriptor),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
