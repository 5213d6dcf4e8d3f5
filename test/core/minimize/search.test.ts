import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { execute, makeModel, problemOf } from '../../../bench/model.ts';
import { measure, runsOf, type SearchRow } from '../../../bench/search.ts';
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
import { removals } from '../../../src/core/minimize/prove.ts';
import { type Solution, search } from '../../../src/core/minimize/search.ts';
import type { SearchOptions } from '../../../src/core/minimize/state.ts';

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

  it('has an answer to show for any budget, where allowing everything passes', () => {
    fc.assert(
      fc.property(monotone, fc.integer({ min: 1, max: 6 }), (problem, budget) => {
        fc.pre(!problem.passes(NOTHING));
        const answer = solve(problem, { budget });
        expect(answer.keys.length).toBeLessThanOrEqual(budget);
        expect(answer.solution.best).toBeDefined();
      }),
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

  it('asks once more for the proof what gave no answer at first', () => {
    const problem = {
      list: ['a', 'b'].map((name) => candidate(name)),
      passes: (x: Assignment) => x.get('a') === 2,
    };
    const asked: string[] = [];
    const solution = drive(
      search(
        {
          candidates: problem.list,
          known: [{ assignment: NOTHING, observation: { outcome: 'fail', seconds: 0 } }],
        },
        OPTIONS,
      ),
      ({ assignment, key }) => {
        asked.push(key);
        const first = asked.indexOf(key) === asked.length - 1;
        const outcome = problem.passes(assignment) ? 'pass' : 'fail';
        return { outcome: first && key === 'a=2' ? 'unresolved' : outcome, seconds: 0 };
      },
    );
    expect(asked.filter((key) => key === 'a=2').length).toBeGreaterThan(1);
    expect([keyOf(solution.best!), solution.guarantee]).toEqual(['a=2', 'smallest']);
  });

  it('asks for no execution twice: what is repeated, doubted or confirmed is one of its own', () => {
    fc.assert(
      fc.property(
        monotone,
        fc.nat(),
        fc.constantFrom('unresolved' as const, 'fail' as const),
        (problem, seed, odd) => {
          const asked: string[] = [];
          drive(
            search(
              {
                candidates: problem.list.map((one) => ({
                  ...one,
                  prior: one.prior.map((_, i) => (i === 0 ? 0.95 : 0.01)),
                })),
                known: [{ assignment: NOTHING, observation: { outcome: 'fail', seconds: 0 } }],
              },
              { ...OPTIONS, confirm: 3 },
            ),
            ({ assignment, key, repetition }) => {
              asked.push(`${key}#${repetition}`);
              const outcome = problem.passes(assignment) ? 'pass' : 'fail';
              return {
                outcome: repetition === 0 && (key.length * 31 + seed) % 3 === 0 ? odd : outcome,
                seconds: 0,
              };
            },
          );
          expect(new Set(asked).size).toBe(asked.length);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('returns the best so far, unproven, when it is stopped', () => {
    const problem = {
      list: ['a', 'b', 'c'].map((name) => candidate(name)),
      passes: (a: Assignment) => a.get('b') === 2,
    };
    for (const [reply, stopped] of [
      ['stop', 'interrupted'],
      ['late', 'budget'],
    ] as const) {
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
          return best ? reply : { outcome: problem.passes(assignment) ? 'pass' : 'fail', seconds: 0 };
        },
      );
      expect(solution.best).toEqual(best);
      expect(solution).toMatchObject({ guarantee: 'unproven', stopped });
    }
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

  it('doubts a need that nobody is known to have: the run that showed it may have failed by chance', () => {
    const harmless = { ...candidate('b'), prior: [0.95, 0.04, 0.01] };
    const problem = { candidates: [candidate('a'), harmless], known: [] };
    const asked: string[] = [];
    const solution = drive(search(problem, { ...OPTIONS, confirm: 2 }), ({ assignment, key }) => {
      asked.push(key);
      const unlucky = key === 'a=2' && asked.filter((other) => other === key).length === 1;
      return { outcome: assignment.get('a') === 2 && !unlucky ? 'pass' : 'fail', seconds: 0 };
    });
    expect([...solution.best!]).toEqual([['a', 2]]);
    expect(solution.guarantee).toBe('smallest');
    expect(asked.filter((key) => key === 'a=2').length).toBeGreaterThan(2);
  });

  it('gives the same answer to whoever runs the likely experiments ahead', () => {
    fc.assert(
      fc.property(arbitrary, fc.nat({ max: 2 }), (problem, least) => {
        fc.pre(!problem.passes(NOTHING));
        const see = (a: Assignment): Observation => ({
          outcome: problem.passes(a) ? 'pass' : 'fail',
          seconds: 0,
        });
        const ahead = new Map<string, Observation>();
        const known = [{ assignment: NOTHING, observation: see(NOTHING) }];
        const eager = drive(
          search({ candidates: problem.list, known }, OPTIONS),
          ({ assignment, key }, { likely }) => {
            for (const guess of likely.slice(least)) ahead.set(guess.key, see(guess.assignment));
            return ahead.get(key) ?? see(assignment);
          },
        );
        const plain = solve(problem).solution;
        expect(eager.best && keyOf(eager.best)).toBe(plain.best && keyOf(plain.best));
        expect([eager.runs, eager.guarantee]).toEqual([plain.runs, plain.guarantee]);
      }),
      { numRuns: 200 },
    );
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

  it('tells soon that nothing helps', () => {
    const list = Array.from({ length: 40 }, (_, i) => candidate(`call${i}`));
    const { solution } = solve({ list, passes: () => false });
    expect(solution.best).toBeUndefined();
    expect(solution.runs).toBeLessThanOrEqual(5);
  });
});

/** The number of runs, beside leave-one-out and ddmin up to the same proof: each single removal of the answer run. */
describe('the number of runs', () => {
  const rows = measure(10);
  const of = (knowledge: string) => rows.filter((row) => row.knowledge === knowledge);
  const [size, needs] = [(row: SearchRow) => sizes(row)[1]!, (row: SearchRow) => sizes(row)[0]!];
  const sizes = (row: SearchRow) => row.needs.split(' of ').map(Number);

  it('is at most half of theirs with traces, where at most three in ten calls are needed', () => {
    for (const row of [...of('traced, half known'), ...of('traced')]) {
      const typical = needs(row) <= 0.3 * size(row);
      expect(row.ratio, `${row.needs}, ${row.knowledge}`).toBeLessThanOrEqual(typical ? 0.5 : 0.76);
    }
  });

  it('is theirs at the most without traces, give or take a run in thirty', () => {
    for (const row of of('outcome only')) expect(row.ratio, row.needs).toBeLessThanOrEqual(1.04);
  });

  it('is never below what no search can do without', () => {
    for (const row of rows) expect(row.ours, row.needs).toBeGreaterThanOrEqual(row.least - 0.1);
  });

  const problem = fc.record({
    size: fc.integer({ min: 5, max: 40 }),
    share: fc.double({ min: 0, max: 0.4, noNaN: true }),
    seed: fc.nat(),
  });
  const model = (hint: number) =>
    problem.map(({ size, share, seed }) =>
      makeModel({ size, needs: Math.max(1, Math.min(6, Math.floor(share * size))), hint, seed }),
    );
  // A fixed seed: that there is no exception at all can't be promised (notes/search.md), how rare they are can be tested.
  const fixed = { numRuns: 120, seed: 5 };

  it('is never more than the better of the two in any problem, with traces', () => {
    fc.assert(
      fc.property(model(0), (one) => {
        const { ours, peer } = runsOf(one, true);
        expect(ours).toBeLessThanOrEqual(peer);
      }),
      fixed,
    );
  });

  it('is not more by more than one run when the table of fall-backs is wrong in places', () => {
    fc.assert(
      fc.property(model(0.5), (one) => {
        const { ours, peer } = runsOf(one, true);
        expect(ours).toBeLessThanOrEqual(peer + 1);
      }),
      fixed,
    );
  });

  it('has a bound without traces', () => {
    fc.assert(
      fc.property(model(0), (one) => {
        const levels = one.steps.reduce(
          (sum, { tolerance }) => sum + ['any', 'enosys', 'never'].indexOf(tolerance),
          0,
        );
        expect(runsOf(one, false).ours).toBeLessThanOrEqual(one.steps.length + 4 * levels + 4);
      }),
      fixed,
    );
  });
});

describe('a search of any size', () => {
  it.each([160, 400])('answers for %i candidates', (size) => {
    const model = makeModel({ size, needs: 12, hint: 0.5, seed: size });
    const options = { ...OPTIONS, budget: 1000, aim: '1-minimal' as const };
    const { best, guarantee } = drive(search(problemOf(model, true), options), ({ assignment }) =>
      execute(model, assignment, true),
    );
    const needed = model.steps
      .filter(({ tolerance }) => tolerance !== 'any')
      .map(({ name }) => name)
      .sort();
    expect([guarantee, [...best!.keys()].sort()]).toEqual(['1-minimal', needed]);
  });

  it('returns the best so far when something breaks', () => {
    const model = makeModel({ size: 10, needs: 3, hint: 0.5, seed: 1 });
    const asking = search(problemOf(model, true), OPTIONS);
    let step = asking.next();
    while (!step.done && !step.value.best)
      step = asking.next(execute(model, step.value.need.assignment, true));
    const { best } = step.value as { best: Assignment };
    const ended = asking.throw(new Error('the disk is on fire'));
    expect(ended.done).toBe(true);
    expect(ended.value).toMatchObject({ best, guarantee: 'unproven', stopped: 'error' });
    expect((ended.value as Solution).why).toContain('the disk is on fire');
  });
});
