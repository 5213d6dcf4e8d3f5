import { closeSync, openSync, readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import type { Abi } from '../core/syscalls/abi.ts';
import { FragmentLog } from '../core/trace/fragment.ts';
import { TraceReader } from '../core/trace/reader.ts';

/** A thread's task: the lines of a file that start in [from, to). */
export interface Task {
  readonly path: string;
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly arch: Abi | undefined;
  readonly relevant: Readonly<Record<string, readonly number[]>> | undefined;
}

const CHUNK = 1 << 20;
const buffer = Buffer.allocUnsafeSlow(CHUNK);

parentPort?.on('message', (task: Task) => {
  const { relevant, arch, name } = task;
  const log = new FragmentLog();
  const reader = new TraceReader({
    file: name,
    fragment: log,
    ...(arch ? { arch } : {}),
    ...(relevant ? { relevant: (call) => (Object.hasOwn(relevant, call) ? relevant[call]! : []) } : {}),
  });
  readRange(task, (chunk) => {
    reader.push(chunk);
    return !log.abandoned;
  });
  parentPort!.postMessage(reader.endFragment(log));
});

/** Gives the bytes from the first line that starts in the range to the end of the last one. `take` may stop it. */
function readRange({ path, from, to }: Task, take: (chunk: Uint8Array) => boolean): void {
  const file = openSync(path, 'r');
  try {
    // The byte before tells whether a line starts right at the border.
    let at = from === 0 ? 0 : from - 1;
    let started = from === 0;
    for (;;) {
      const size = readSync(file, buffer, 0, CHUNK, at);
      if (size === 0) return;
      let first = 0;
      if (!started) {
        first = buffer.subarray(0, size).indexOf(0x0a) + 1;
        started = first > 0;
        if (started && at + first >= to) return;
      }
      if (started) {
        // The line that holds the byte `to - 1` is the last one.
        const last =
          at + size >= to ? buffer.subarray(0, size).indexOf(0x0a, Math.max(first, to - 1 - at)) : -1;
        if (!take(buffer.subarray(first, last === -1 ? size : last + 1)) || last !== -1) return;
      }
      at += size;
    }
  } finally {
    closeSync(file);
  }
}
