/** What is claimed is true with this confidence. */
export const CONFIDENCE = 0.95;

/** So many passes in a row say "at least 95 % of the time": 0.05 ** (1 / 59) is 0.9505. */
export const CONFIDENT_PASSES = 59;

/**
 * The share of all runs that pass at the least, with 95 % confidence, after `passed` of `runs` have passed: the lower end of
 * the one-sided interval of Clopper and Pearson. 0 where nothing passed.
 */
export function leastPassRate(passed: number, runs: number): number {
  if (passed === 0) return 0;
  // The rate at which so many passes or more would be a chance of 5 %.
  let [low, high] = [0, 1];
  for (let i = 0; i < 50; i++) {
    const rate = (low + high) / 2;
    if (atLeast(passed, runs, rate) > 1 - CONFIDENCE) high = rate;
    else low = rate;
  }
  return low;
}

/** Chance of at least so many passes in so many runs. */
function atLeast(passed: number, runs: number, rate: number): number {
  let sum = 0;
  let ways = 1;
  for (let failed = 0; failed <= runs - passed; failed++) {
    sum += ways * rate ** (runs - failed) * (1 - rate) ** failed;
    ways = (ways * (runs - failed)) / (failed + 1);
  }
  return sum;
}
