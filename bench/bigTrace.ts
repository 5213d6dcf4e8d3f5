import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A build as everybody has it: compiler processes in parallel and an archive, `strace -f -o`. */
export function recordTrace(folder: string): string {
  const path = join(folder, 'one.strace');
  const source = join(folder, 'a.c');
  writeFileSync(
    source,
    '#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\nint main(void){return 0;}\n',
  );
  const build = `for i in 1 2 3; do cc -c "${source}" -o /dev/null & done; wait; tar cf - -C /usr/include . | tar tf - >/dev/null`;
  const recorded = spawnSync('strace', ['-f', '-o', path, 'sh', '-c', build], { stdio: 'ignore' });
  if (recorded.status === 0) return readFileSync(path, 'latin1');
  // Without strace: the recorded traces of the tests.
  const golden = fileURLToPath(new URL('../test/core/strace/golden/plain-f-o.strace', import.meta.url));
  return readFileSync(golden, 'latin1');
}

/** Repeats a trace, each time with other pids, until the file has so many bytes; gives the lines it has then. */
export function repeatTrace(path: string, one: string, bytes: number): number {
  const pids = [...new Set([...one.matchAll(/^(\d+) /gm)].map(([, pid]) => Number(pid)))];
  // Text and pids in turn: also where a call returns one or waits for one.
  const pieces = one.split(new RegExp(`\\b(${pids.join('|')})\\b`));
  const names = new Map(pids.map((pid, index) => [String(pid), index]));
  const indices = pieces.map((piece, at) => (at % 2 === 1 ? names.get(piece)! : 0));
  const file = openSync(path, 'w', 0o600);
  let turns = 0;
  for (let written = 0; written < bytes; turns++) {
    const first = 100_000 + ((turns * pids.length) % 4_000_000);
    const text = pieces.map((piece, at) => (at % 2 === 1 ? String(first + indices[at]!) : piece)).join('');
    written += writeSync(file, text, null, 'latin1');
  }
  closeSync(file);
  return turns * (one.split('\n').length - 1);
}
