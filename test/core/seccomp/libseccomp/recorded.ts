import { readFileSync } from 'node:fs';
import { syscallNumber } from '../../../../src/core/linux/numbers.ts';
import { fillData } from '../../../../src/core/seccomp/filter/data.ts';
import type { Profile } from '../../../../src/core/seccomp/profile/profile.ts';
import { MACHINES, Random, randomProfile, WORDS } from './random.ts';

/** One random filter of the record. */
export interface RecordedCase {
  readonly profile: Profile;
  readonly binaryTree: boolean;
  /** Calls over which the results are summed up. */
  readonly seed: number;
}

export const RECORDED_CASES: readonly RecordedCase[] = Array.from({ length: 400 }, (_, i) => {
  const random = new Random(7_000 + 13 * i);
  const mixed = i % 3 !== 0;
  return {
    profile: randomProfile(random, mixed ? MACHINES : MACHINES.slice(0, 2), mixed),
    binaryTree: i % 5 === 0,
    seed: i,
  };
});

const CALLS = 60;

/** The results of a filter for the calls of a case, as one number (FNV-1a). */
export function sumOf({ profile, seed }: RecordedCase, filter: (data: Uint32Array) => number): number {
  const random = new Random(90_000 + seed);
  const names = [...new Set(profile.groups.flatMap((group) => group.names))];
  const data = new Uint32Array(16);
  let sum = 0x811c9dc5;
  for (const abi of profile.architectures.list!) {
    for (const name of [...names, 'getpid']) {
      const nr = syscallNumber(name, abi);
      if (nr === undefined) continue;
      for (let i = 0; i < CALLS; i++) {
        fillData(data, abi, nr, [random.of(WORDS), random.of(WORDS), random.of(WORDS), 0n, 0n, 0n]);
        sum = Math.imul(sum ^ filter(data), 0x01000193) >>> 0;
      }
    }
  }
  return sum;
}

/** A sum, or why no filter was made. */
export type RecordedResult = number | 'refused' | 'endless';

/**
 * What real libraries made of the cases, by release. `TRACE_BUILD_RECORD=1 npx vitest run test/differential/conditions.test.ts` writes
 * it anew.
 */
export const RECORD = new URL('./recorded.json', import.meta.url);

export function readRecord(): Readonly<Record<string, readonly RecordedResult[]>> {
  return JSON.parse(readFileSync(RECORD, 'utf8')) as Record<string, RecordedResult[]>;
}
