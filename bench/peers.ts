// The two searches that others use, on the same question; each counts every run once.
import type { Assignment, Candidate } from '../src/core/minimize/problem.ts';
import { keyOf, NOTHING, withLevel } from '../src/core/minimize/problem.ts';
import { removals } from '../src/core/minimize/prove.ts';

export type Test = (assignment: Assignment) => boolean;

/** Counts distinct runs: a peer may cache too, and is given the run in which nothing is raised, as our search is. */
export function counting(test: Test): { test: Test; runs: () => number } {
  const cache = new Map([[keyOf(NOTHING), test(NOTHING)]]);
  return {
    test: (assignment) => {
      const key = keyOf(assignment);
      const known = cache.get(key);
      if (known !== undefined) return known;
      const passed = test(assignment);
      cache.set(key, passed);
      return passed;
    },
    runs: () => cache.size - 1,
  };
}

const top = (candidates: readonly Candidate[]): Assignment =>
  new Map(candidates.map(({ name, ladder }) => [name, ladder.length]));

/** Everything allowed; then each candidate in turn is given the lowest level that still passes. */
export function leaveOneOut(candidates: readonly Candidate[], test: Test): Assignment {
  let best = top(candidates);
  if (!test(best)) return best;
  for (const { name, ladder } of candidates) {
    for (let level = 0; level < ladder.length; level++) {
      const lower = withLevel(best, name, level);
      if (!test(lower)) continue;
      best = lower;
      break;
    }
  }
  return best;
}

/** Zeller's ddmin over the set of allowed candidates (complements and halves), then ENOSYS where that is enough. */
export function ddmin(candidates: readonly Candidate[], test: Test): Assignment {
  const allowed = (subset: readonly Candidate[]) => top(subset);
  if (!test(allowed(candidates))) return allowed(candidates);
  let current = [...candidates];
  for (let parts = 2; current.length >= 2; ) {
    const size = Math.ceil(current.length / parts);
    const chunks = Array.from({ length: Math.ceil(current.length / size) }, (_, i) =>
      current.slice(i * size, (i + 1) * size),
    );
    const subset = chunks.find((chunk) => test(allowed(chunk)));
    if (subset) {
      current = subset;
      parts = 2;
      continue;
    }
    const complement = chunks
      .map((chunk) => current.filter((candidate) => !chunk.includes(candidate)))
      .find((rest) => chunks.length > 2 && test(allowed(rest)));
    if (complement) {
      current = complement;
      parts = Math.max(parts - 1, 2);
    } else if (parts >= current.length) break;
    else parts = Math.min(current.length, parts * 2);
  }
  let best = allowed(current);
  for (const { name, ladder } of current) {
    for (let level = 1; level < ladder.length; level++) {
      const lower = withLevel(best, name, level);
      if (!test(lower)) continue;
      best = lower;
      break;
    }
  }
  return best;
}

/**
 * What makes a peer's answer as good as ours: every single element of it taken back, to every lower level; what passes
 * becomes the answer, and is proven in its turn.
 */
export function prove(found: Assignment, test: Test): Assignment {
  const cheaper = removals(found).find((lower) => test(lower));
  return cheaper === undefined ? found : prove(cheaper, test);
}
