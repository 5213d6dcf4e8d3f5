// `node bench/starting.ts` prints how long the program takes to start, beside `node -e 0`, both in this run.
// The smallest of many runs counts: what else the machine does only ever adds.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));

export interface StartingRow {
  readonly what: string;
  /** Smallest wall time in milliseconds. */
  readonly ms: number;
  /** Against `node -e 0`. */
  readonly ratio: number;
  readonly target?: number;
  readonly met?: boolean;
  readonly rounds: number;
}

const CASES: readonly {
  readonly what: string;
  readonly args: readonly string[];
  readonly target?: number;
}[] = [
  { what: 'node -e 0', args: ['-e', '0'] },
  { what: '--version', args: [MAIN, '--version'], target: 1.5 },
  { what: 'explain SYSCALL', args: [MAIN, 'explain', 'faccessat2'], target: 2.5 },
  {
    what: 'explain SYSCALL --on HOST',
    args: [MAIN, 'explain', 'faccessat2', '--on', 'docker@20.10.5'],
    target: 2.5,
  },
  { what: 'explain HOST', args: [MAIN, 'explain', 'docker@20.10.5'], target: 2.5 },
];

/** Interleaved, so that a busy moment falls on all of them alike. */
export function measureStarting(rounds = 20): readonly StartingRow[] {
  const best = CASES.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < rounds; round++) {
    for (const [i, { args }] of CASES.entries()) {
      const began = process.hrtime.bigint();
      const ran = spawnSync(process.execPath, args, { stdio: 'ignore' });
      if (ran.status !== 0) throw new Error(`${args.join(' ')} ended with ${ran.status ?? ran.signal}`);
      best[i] = Math.min(best[i]!, Number(process.hrtime.bigint() - began) / 1e6);
    }
  }
  return CASES.map(({ what, target }, i) => {
    const ratio = best[i]! / best[0]!;
    return {
      what,
      ms: Math.round(best[i]! * 10) / 10,
      ratio: Math.round(ratio * 100) / 100,
      ...(target === undefined ? {} : { target, met: ratio <= target }),
      rounds,
    };
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.table(measureStarting());
