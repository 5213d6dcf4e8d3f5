import { describe, inject, type TestOptions, test } from 'vitest';
import type { Need, Unmet } from './requirements.ts';

export type { Need } from './requirements.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** What test/rig/setup.ts found missing, once for all test files. */
    unmet: Unmet;
  }
  interface TaskMeta {
    /** Why a suite is skipped: sentences that say how to get what it needs. */
    unmet?: readonly string[];
  }
}

interface Needed {
  readonly met: boolean;
  readonly describe: typeof describe;
  readonly test: typeof test;
}

/** Skips what it is given; the reasons stand in its name, and are handed to the reporter. */
function skipping<T extends typeof describe | typeof test>(run: T, unmet: readonly string[]): T {
  const options = { skip: true, meta: { unmet } } as TestOptions;
  const body = (rest: readonly unknown[]) => rest.find((each) => typeof each === 'function') as () => void;
  const named = (name: unknown): string =>
    `${typeof name === 'function' ? name.name : name} (${unmet.join('; ')})`;
  const skipped = (name: unknown, ...rest: unknown[]) =>
    (run as typeof describe)(named(name), options, body(rest));
  return Object.assign(skipped, {
    skip: run.skip,
    each:
      (cases: readonly unknown[]) =>
      (name: unknown, ...rest: unknown[]) =>
        (run as typeof describe).each(cases)(named(name), options, body(rest)),
    runIf: () => skipped,
    skipIf: () => skipped,
  }) as unknown as T;
}

/**
 * `needs('docker', 'strace').describe('…', …)`: skipped for a person who lacks something,
 * a failure where TRACE_BUILD_REQUIRE_ALL=1 (CI). What there is to need: requirements.ts.
 */
export function needs(...needed: readonly Need[]): Needed {
  const found = inject('unmet');
  const unmet = needed.map((need) => found[need]).filter((why) => why !== undefined);
  if (unmet.length === 0) return { met: true, describe, test };
  if (process.env.TRACE_BUILD_REQUIRE_ALL === '1')
    throw new Error(`this test needs what is not here: ${unmet.join('; ')}`);
  return { met: false, describe: skipping(describe, unmet), test: skipping(test, unmet) };
}
