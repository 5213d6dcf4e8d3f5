import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BaselineRuns } from '../../../src/core/minimize/baselineRuns.ts';

/** Runs what is asked for; `passes` says what each run does. Every run takes `seconds`. */
function play(passes: (kind: 'traced' | 'plain', at: number) => boolean, seconds = 5, traced = 1, least = 2) {
  const runs = new BaselineRuns(traced, least);
  const made: string[] = [];
  for (let kind = runs.next(); kind; kind = runs.next()) {
    if (made.length > 30) throw new Error('no end');
    const passed = passes(kind, made.length);
    runs.add(kind, { passed, seconds, why: `${kind} failed` });
    made.push(`${kind} ${passed ? 'p' : 'f'}`);
  }
  return { runs, made };
}

it('traces until enough traced runs passed, then runs once without strace', () => {
  expect(play(() => true).made).toEqual(['traced p', 'plain p']);
  expect(play(() => true, 5, 2).made).toEqual(['traced p', 'traced p', 'plain p']);
  expect(play(() => true, 5, 0).made).toEqual(['plain p', 'plain p']);
  // A quick command is run ten times, or for three seconds.
  expect(play(() => true, 0.1).made).toHaveLength(10);
  expect(play(() => true, 0.8).made).toHaveLength(4);
});

it('blames strace for a command that fails under it each time and never without', () => {
  const { runs, made } = play((kind) => kind === 'plain');
  expect(made).toEqual(['traced f', 'plain p', 'traced f', 'plain p']);
  expect(runs.tracerFails).toBe('traced failed');
  expect(runs.counted).toEqual({ runs: 2, passed: 2 });
  expect(runs.seconds).toBe(5);
  // Quick: the rest are runs that count.
  expect(play((kind) => kind === 'plain', 0.1).runs.counted).toEqual({ runs: 8, passed: 8 });
});

it('says that a command fails without a filter only after a run without strace failed too', () => {
  const { runs, made } = play(() => false);
  expect(made).toEqual(['traced f', 'plain f', 'traced f']);
  expect(runs.counted).toEqual({ runs: 3, passed: 0 });
  expect(runs.why).toBe('plain failed');
  expect(play(() => false, 5, 1, 6).made).toHaveLength(6);
});

it('does not blame strace for a flaky command', () => {
  // It fails under strace by chance, and once without.
  const { runs } = play((kind, at) => kind === 'plain' && at !== 3);
  expect(runs.tracerFails).toBeUndefined();
  expect(runs.counted).toEqual({ runs: 4, passed: 1 });
});

it('ends, with a run without strace among them, whatever the runs give', () => {
  fc.assert(
    fc.property(
      fc.array(fc.boolean(), { minLength: 31, maxLength: 31 }),
      fc.nat(3),
      fc.nat(8),
      (given, traced, least) => {
        const { runs, made } = play((_, at) => given[at]!, 0.2, traced, least);
        expect(made.some((run) => run.startsWith('plain'))).toBe(true);
        expect(runs.counted.passed === 0).toBe(!made.some((run) => run.endsWith('p')));
        if (runs.tracerFails !== undefined) expect(made).not.toContain('traced p');
        if (runs.tracerFails !== undefined) expect(made).not.toContain('plain f');
      },
    ),
  );
});
