import type { Reporter, TestCase, TestModule } from 'vitest/node';
import { SETUP } from './requirements.ts';

/** Why a test was skipped, as need.ts wrote it on the test or on a suite around it. */
function unmetBy(test: TestCase): readonly string[] {
  return test.meta().unmet ?? [];
}

const many = (count: number): string => `${count} test${count === 1 ? '' : 's'}`;

/**
 * Ends a run with one line that a person can read: how many tests passed, failed and were skipped, and the command that
 * installs and starts what the skipped ones need. Above it, what is missing, one a line.
 */
export default class LastLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const count = { passed: 0, failed: errors.length, skipped: 0 };
    const reasons = new Map<string, number>();
    for (const module of modules) {
      // A file that can't be loaded has no failed test, and failed all the same.
      if (module.state() === 'failed' && [...module.children.allTests('failed')].length === 0) count.failed++;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'pending') continue;
        count[state]++;
        if (state !== 'skipped') continue;
        for (const why of unmetBy(test)) reasons.set(why, (reasons.get(why) ?? 0) + 1);
      }
    }
    console.log(lines(count, reasons).join('\n'));
  }
}

/** The end of a run in words; `reasons` gives for each the number of tests that it keeps from running. */
export function lines(
  count: { readonly passed: number; readonly failed: number; readonly skipped: number },
  reasons: ReadonlyMap<string, number>,
): readonly string[] {
  const said = [...reasons].sort(([, a], [, b]) => b - a);
  const counted = [
    `${count.passed} passed`,
    ...(count.failed > 0 ? [`${count.failed} failed`] : []),
    ...(count.skipped > 0 ? [`${count.skipped} skipped`] : []),
  ].join(', ');
  if (said.length === 0) return [`${counted}.`];
  return [
    'Skipped, because something is missing here:',
    ...said.map(([why, tests]) => `  ${why} (${many(tests)})`),
    '',
    `${counted}. To install and start what the skipped tests need, run as root: ${SETUP}`,
  ];
}
