import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { execute, makeModel, problemOf } from '../../../bench/model.ts';
import { measure } from '../../../bench/search.ts';
import { drive } from '../../../src/core/minimize/drive.ts';
import { cheaperThan } from '../../../src/core/minimize/enumerate.ts';
import {
  type Assignment,
  type Candidate,
  costOf,
  keyOf,
  NOTHING,
  type Observation,
  type Problem,
} from '../../../src/core/minimize/problem.ts';
import { removals, type SearchOptions, type Solution, search } from '../../../src/core/minimize/search.ts';

const OPTIONS: SearchOptions = { budget: 400, confirm: 1, aim: 'smallest', deterministic: true };

function candidate(name: string, weight = 1, ladder = 2): Candidate {
  return {
    name,
    left: ladder === 2 ? 'EPERM' : 'ENOSYS',
    ladder: [
      ...(ladder === 2 ? [{ kind: 'enosys' as const, cost: 1 }] : []),
      { kind: 'allow' as const, cost: 1000 * weight },
    ],
    prior: ladder === 2 ? [0.8, 0.1, 0.1] : [0.8, 0.2],
  };
}

const candidates = fc
  .array(fc.record({ weight: fc.integer({ min: 1, max: 4 }), ladder: fc.integer({ min: 1, max: 2 }) }), {
    minLength: 1,
    maxLength: 5,
  })
  .map((rows) => rows.map(({ weight, ladder }, i) => candidate(`call${i}`, weight, ladder)));

/** Passes when it is above one of a few random assignments: every monotone predicate has that form. */
const monotone = candidates.chain((list) =>
  fc
    .array(fc.tuple(...list.map(({ ladder }) => fc.integer({ min: 0, max: ladder.length }))), {
      minLength: 1,
      maxLength: 3,
    })
    .map((minima) => ({
      list,
      passes: (a: Assignment) =>
        minima.some((levels) => list.every(({ name }, i) => (a.get(name) ?? 0) >= levels[i]!)),
    })),
);

/** Any function at all of the assignment, from a seed; one in `odds` passes. */
const arbitrary = fc
  .record({ list: candidates, seed: fc.nat(), odds: fc.integer({ min: 2, max: 6 }) })
  .map(({ list, seed, odds }) => ({
    list,
    passes: (a: Assignment) => {
      let hash = seed;
      for (const char of keyOf(a))
        hash = (Math.imul(hash ^ char.charCodeAt(0), 0x01000193) >>> 0) ^ (hash >>> 15);
      return hash % odds === 0;
    },
  }));

interface Case {
  readonly list: readonly Candidate[];
  readonly passes: (assignment: Assignment) => boolean;
}

function solve(
  { list, passes }: Case,
  options: Partial<SearchOptions> = {},
): { solution: Solution; keys: string[] } {
  const see = (assignment: Assignment): Observation => ({
    outcome: passes(assignment) ? 'pass' : 'fail',
    seconds: 0,
  });
  const problem: Problem = { candidates: list, known: [{ assignment: NOTHING, observation: see(NOTHING) }] };
  const keys: string[] = [];
  const solution = drive(search(problem, { ...OPTIONS, ...options }), ({ assignment, key }) => {
    keys.push(key);
    return see(assignment);
  });
  return { solution, keys };
}

const space = (list: readonly Candidate[]) => [...cheaperThan(list, Number.POSITIVE_INFINITY)];

function check(problem: Case, { solution, keys }: ReturnType<typeof solve>): void {
  const { list, passes } = problem;
  const costs = new Map(list.map((entry) => [entry.name, entry]));
  expect(new Set(keys).size).toBe(keys.length);
  if (!solution.best) {
    expect(solution.guarantee).toBe('unproven');
    return;
  }
  expect(passes(solution.best)).toBe(true);
  if (solution.guarantee === 'unproven') return;
  for (const lower of removals(solution.best)) expect(passes(lower)).toBe(false);
  if (solution.guarantee === 'smallest') {
    const least = Math.min(
      ...space(list)
        .filter(passes)
        .map((a) => costOf(a, costs)),
    );
    expect(costOf(solution.best, costs)).toBe(least);
  }
}

describe('search', () => {
  it('finds the true minimum of every monotone predicate within a large budget', () => {
    fc.assert(
      fc.property(monotone, (problem) => {
        fc.pre(!problem.passes(NOTHING));
        const answer = solve(problem);
        check(problem, answer);
        expect(answer.solution.guarantee).toBe('smallest');
      }),
      { numRuns: 300 },
    );
  });

  it('never says more than was shown, whatever the predicate and the budget', () => {
    fc.assert(
      fc.property(arbitrary, fc.integer({ min: 1, max: 60 }), (problem, budget) => {
        fc.pre(!problem.passes(NOTHING));
        const answer = solve(problem, { budget });
        expect(answer.keys.length).toBeLessThanOrEqual(budget);
        check(problem, answer);
      }),
      { numRuns: 600 },
    );
  });

  it('says smallest-if-monotone only where that is true', () => {
    fc.assert(
      fc.property(monotone, (problem) => {
        fc.pre(!problem.passes(NOTHING));
        const { solution } = solve(problem, { aim: '1-minimal' });
        expect(solution.guarantee).toBe('1-minimal');
        if (!solution.smallestIfMonotone) return;
        const costs = new Map(problem.list.map((entry) => [entry.name, entry]));
        const least = Math.min(
          ...space(problem.list)
            .filter(problem.passes)
            .map((a) => costOf(a, costs)),
        );
        expect(costOf(solution.best!, costs)).toBe(least);
      }),
    );
  });

  it('takes an execution without an answer neither for a need nor for a proof', () => {
    fc.assert(
      fc.property(monotone, fc.nat(), (problem, seed) => {
        fc.pre(!problem.passes(NOTHING));
        const silent = (key: string) => key !== '' && (key.length * 31 + seed) % 5 === 0;
        const known = [{ assignment: NOTHING, observation: { outcome: 'fail', seconds: 0 } as const }];
        const solution = drive(
          search({ candidates: problem.list, known }, OPTIONS),
          ({ assignment, key }) => ({
            outcome: silent(key) ? 'unresolved' : problem.passes(assignment) ? 'pass' : 'fail',
            seconds: 0,
          }),
        );
        if (!solution.best) return;
        expect(problem.passes(solution.best)).toBe(true);
        if (solution.guarantee === 'unproven') return;
        for (const lower of removals(solution.best)) {
          expect(silent(keyOf(lower)) || problem.passes(lower)).toBe(false);
        }
        if (solution.guarantee !== 'smallest') return;
        const costs = new Map(problem.list.map((entry) => [entry.name, entry]));
        for (const cheaper of cheaperThan(problem.list, costOf(solution.best, costs))) {
          expect(silent(keyOf(cheaper)) || problem.passes(cheaper)).toBe(false);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('returns the best so far, unproven, when it is stopped', () => {
    const problem = {
      list: ['a', 'b', 'c'].map((name) => candidate(name)),
      passes: (a: Assignment) => a.get('b') === 2,
    };
    let best: Assignment | undefined;
    const solution = drive(
      search(
        {
          candidates: problem.list,
          known: [{ assignment: NOTHING, observation: { outcome: 'fail', seconds: 0 } }],
        },
        OPTIONS,
      ),
      ({ assignment }, request) => {
        best = request.best;
        return best ? 'stop' : { outcome: problem.passes(assignment) ? 'pass' : 'fail', seconds: 0 };
      },
    );
    expect(solution.best).toEqual(best);
    expect(solution).toMatchObject({ guarantee: 'unproven', stopped: 'interrupted' });
  });

  it('finds candidates that only show once the first ones are lifted', () => {
    const first = candidate('first');
    const second = candidate('second');
    const see = (a: Assignment): Observation =>
      (a.get('first') ?? 0) < 1
        ? { outcome: 'fail', seconds: 0, refused: ['first'], called: new Set(['first']) }
        : (a.get('second') ?? 0) < 2
          ? {
              outcome: 'fail',
              seconds: 0,
              refused: ['first', 'second'],
              called: new Set(['first', 'second']),
              discovered: [second],
            }
          : { outcome: 'pass', seconds: 0, called: new Set(['first', 'second']) };
    const solution = drive(
      search({ candidates: [first], known: [{ assignment: NOTHING, observation: see(NOTHING) }] }, OPTIONS),
      ({ assignment }) => see(assignment),
    );
    expect(solution.guarantee).toBe('smallest');
    expect(keyOf(solution.best!)).toBe('first=1 second=2');
  });

  it('confirms the result as often as asked, and is not content with a result that passes only once', () => {
    let passed = 0;
    const solution = drive(
      search(
        {
          candidates: [candidate('a')],
          known: [{ assignment: NOTHING, observation: { outcome: 'fail', seconds: 0 } }],
        },
        { ...OPTIONS, confirm: 3 },
      ),
      ({ assignment, phase }) => ({
        outcome: assignment.get('a') === 1 && (phase !== 'confirm' || passed++ < 1) ? 'pass' : 'fail',
        seconds: 0,
      }),
    );
    expect(solution.guarantee).toBe('unproven');
  });

  it('needs at most half the runs of leave-one-out on typical traced builds, and has a bound', () => {
    let ours = 0;
    for (let seed = 0; seed < 40; seed++) {
      const model = makeModel({ size: 20, needs: 3, hint: 0.5, seed });
      const solution = drive(
        search(problemOf(model, true), { ...OPTIONS, aim: '1-minimal' }),
        ({ assignment }) => execute(model, assignment, true),
      );
      expect(solution.guarantee).toBe('1-minimal');
      expect(solution.runs).toBeLessThanOrEqual(3 * 20);
      ours += solution.runs;
    }
    // Leave-one-out: all allowed, each of 20 left out, ENOSYS tried for the three that are needed.
    expect(ours / 40).toBeLessThanOrEqual(24 / 2);
  });

  it('needs fewer runs than leave-one-out and ddmin with the same proof, on average, with traces', () => {
    for (const row of measure(5).filter(({ knowledge }) => knowledge !== 'outcome only')) {
      const better = Math.min(row.leaveOneOutProven, row.ddminProven);
      expect(row.ours, `${row.needs} of ${row.candidates}, ${row.knowledge}`).toBeLessThanOrEqual(better);
    }
  });

  it('gives the same answer to whoever runs the likely experiments ahead', () => {
    const model = makeModel({ size: 12, needs: 3, hint: 0.3, seed: 4 });
    const plain = drive(search(problemOf(model, true), OPTIONS), ({ assignment }) =>
      execute(model, assignment, true),
    );
    const ahead = new Map<string, Observation>();
    const eager = drive(search(problemOf(model, true), OPTIONS), ({ assignment, key }, { likely }) => {
      for (const guess of likely) ahead.set(guess.key, execute(model, guess.assignment, true));
      return ahead.get(key) ?? execute(model, assignment, true);
    });
    expect(keyOf(eager.best!)).toBe(keyOf(plain.best!));
    expect(eager.runs).toBe(plain.runs);
  });
});
