// Programs in miniature, for the bench and the property tests of the search: a list of calls, each with what happens
// when it is refused. They behave as builds do: the first refusal that matters ends the run.
import type { Assignment, Candidate, Observation, Problem } from '../src/core/minimize/problem.ts';
import { NOTHING } from '../src/core/minimize/problem.ts';

/** `any`: goes on after every error; `enosys`: only after ENOSYS; `never`: ends with every error. */
export type Tolerance = 'any' | 'enosys' | 'never';

export interface Step {
  readonly name: string;
  readonly tolerance: Tolerance;
}

export interface Model {
  readonly steps: readonly Step[];
  /** A harmless call that is made after a failure, as a clean-up would: it misleads who looks at the last refusal. */
  readonly cleanUp: string | undefined;
  readonly candidates: readonly Candidate[];
}

/** Small, fast, seeded: mulberry32. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * `needs` of `size` candidates matter, half of them are content with ENOSYS. `hint` is how often the table of
 * fall-backs knows the answer (0: nothing known, 1: always right); it is wrong in a tenth of the other cases.
 */
export function makeModel(options: { size: number; needs: number; hint: number; seed: number }): Model {
  const draw = random(options.seed);
  const names = Array.from({ length: options.size }, (_, i) => `call${String(i).padStart(2, '0')}`);
  const shuffled = names
    .map((name) => ({ name, at: draw() }))
    .sort((a, b) => a.at - b.at)
    .map(({ name }) => name);
  const needed = new Set(shuffled.slice(0, options.needs));
  const steps = names.map(
    (name): Step => ({
      name,
      tolerance: !needed.has(name) ? 'any' : draw() < 0.5 ? 'enosys' : 'never',
    }),
  );
  const candidates = steps.map(({ name, tolerance }): Candidate => {
    let told: Tolerance | undefined = draw() < options.hint ? tolerance : undefined;
    if (!told && options.hint > 0 && draw() < 0.1)
      told = (['any', 'enosys', 'never'] as const)[Math.floor(draw() * 3)]!;
    const weight = 1 + Math.floor(draw() * 5);
    return {
      name,
      left: 'EPERM',
      ladder: [
        { kind: 'enosys', cost: 1 },
        { kind: 'allow', cost: 1000 * weight },
      ],
      prior:
        told === 'any'
          ? [0.95, 0.03, 0.02]
          : told === 'enosys'
            ? [0.1, 0.85, 0.05]
            : told === 'never'
              ? [0.1, 0.1, 0.8]
              : [0.8, 0.1, 0.1],
    };
  });
  const harmless = steps.filter(({ tolerance }) => tolerance === 'any');
  const cleanUp = draw() < 0.25 ? harmless[Math.floor(draw() * harmless.length)]?.name : undefined;
  return { steps, candidates, cleanUp };
}

/** One execution of the model; with `traced` it also tells what a trace would. */
export function execute({ steps, cleanUp }: Model, assignment: Assignment, traced: boolean): Observation {
  const called = new Set<string>();
  const refused: string[] = [];
  let outcome: Observation['outcome'] = 'pass';
  for (const { name, tolerance } of steps) {
    called.add(name);
    const level = assignment.get(name) ?? 0;
    if (level === 2) continue;
    refused.push(name);
    if (tolerance === 'any' || (tolerance === 'enosys' && level === 1)) continue;
    outcome = 'fail';
    break;
  }
  if (outcome === 'fail' && cleanUp !== undefined) {
    called.add(cleanUp);
    if ((assignment.get(cleanUp) ?? 0) < 2 && !refused.includes(cleanUp)) refused.push(cleanUp);
  }
  return traced ? { outcome, seconds: 1, called, refused } : { outcome, seconds: 1 };
}

export function problemOf(model: Model, traced: boolean): Problem {
  return {
    candidates: model.candidates,
    known: [{ assignment: NOTHING, observation: execute(model, NOTHING, traced) }],
  };
}
