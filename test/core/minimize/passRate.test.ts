import { expect, it } from 'vitest';
import { CONFIDENT_PASSES, leastPassRate } from '../../../src/core/minimize/passRate.ts';

it('says what passes in a row show: the rate at which so many would be a chance of 5 %', () => {
  for (const passes of [1, 2, 10, 58, 59, 300]) {
    expect(leastPassRate(passes, passes)).toBeCloseTo(0.05 ** (1 / passes), 9);
  }
  expect(leastPassRate(CONFIDENT_PASSES, CONFIDENT_PASSES)).toBeGreaterThan(0.95);
  expect(leastPassRate(CONFIDENT_PASSES - 1, CONFIDENT_PASSES - 1)).toBeLessThan(0.95);
});

it('counts failures', () => {
  // Clopper and Pearson, one-sided, from tables of the beta distribution.
  expect(leastPassRate(9, 10)).toBeCloseTo(0.6058, 3);
  expect(leastPassRate(14, 15)).toBeCloseTo(0.7206, 3);
  expect(leastPassRate(1, 2)).toBeCloseTo(0.0253, 3);
  expect(leastPassRate(0, 5)).toBe(0);
});
