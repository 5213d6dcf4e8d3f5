import type { Fate, Layer, LayerSearch, Lift } from '../../documents/layers.ts';

/** A refusal whose layer is looked for. */
export interface Question {
  readonly syscall: string;
  readonly abi: string;
  readonly errno: string;
  /** Capabilities that it may be about, the likeliest first. */
  readonly capabilities: readonly string[];
}

/** What each question's call did in a run, in the order of the questions. */
export type Fates = readonly Fate[];

/**
 * Asks for runs with layers lifted until each question's layer is known or cannot be: first each layer alone; for what
 * none of them cured all together, and then as few of them as do. Where it is the capabilities, which of them; `missing`:
 * those that the command lacks.
 */
export function* searchLayers(
  questions: readonly Question[],
  layers: readonly Layer[],
  missing: readonly string[],
): Generator<Lift, readonly LayerSearch[], Fates> {
  const trials: { readonly lift: Lift; readonly fates: Fates }[] = [];
  function* run(lift: Lift): Generator<Lift, Fates, Fates> {
    const known = trials.find((one) => sameLift(one.lift, lift));
    if (known) return known.fates;
    const fates = yield lift;
    trials.push({ lift, fates });
    return fates;
  }
  const found: (Lift | undefined)[] = questions.map(() => undefined);
  const open = (): readonly number[] => questions.flatMap((_, at) => (found[at] ? [] : [at]));

  const without = (lifted: readonly Layer[]): Lift =>
    lifted.includes('capabilities') ? { layers: lifted, grant: missing } : { layers: lifted };
  for (const layer of layers) {
    if (open().length === 0) break;
    const lift = without([layer]);
    const fates = yield* run(lift);
    for (const at of open()) if (fates[at] === 'passed') found[at] = lift;
  }
  // Without the tracer there is no trace to see the others by.
  const together = layers.filter((layer) => layer !== 'tracer');
  if (together.length > 1 && open().length > 0) {
    const all = yield* run(without(together));
    for (const at of open()) {
      if (all[at] !== 'passed') continue;
      let needed: readonly Layer[] = together;
      for (const layer of together) {
        const fewer = needed.filter((one) => one !== layer);
        if (fewer.length === 0) break;
        const fates = yield* run(without(fewer));
        if (fates[at] === 'passed') needed = fewer;
      }
      found[at] = without(needed);
    }
  }
  for (const [at, { capabilities }] of questions.entries()) {
    const lift = found[at];
    if (lift?.layers.includes('capabilities')) {
      found[at] = yield* narrow(at, lift.layers, capabilities, missing, run);
    }
  }
  return questions.map(({ capabilities: _, ...question }, at) => ({
    ...question,
    trials: trials.map(({ lift, fates }) => ({ ...lift, fate: fates[at]! })),
    ...(found[at] ? { found: found[at] } : {}),
  }));
}

type Run = (lift: Lift) => Generator<Lift, Fates, Fates>;

/** The likely capabilities one by one, then all that are missing by halves; all of them where no half is enough. */
function* narrow(
  at: number,
  layers: readonly Layer[],
  likely: readonly string[],
  missing: readonly string[],
  run: Run,
): Generator<Lift, Lift, Fates> {
  for (const name of likely) {
    const lift = { layers, grant: [name] };
    if ((yield* run(lift))[at] === 'passed') return lift;
  }
  let grant = missing;
  while (grant.length > 1) {
    const middle = grant.length >> 1;
    let half: readonly string[] | undefined;
    for (const part of [grant.slice(0, middle), grant.slice(middle)]) {
      if ((yield* run({ layers, grant: part }))[at] === 'passed') {
        half = part;
        break;
      }
    }
    if (!half) break;
    grant = half;
  }
  return grant.length === 0 || grant.length === missing.length ? { layers } : { layers, grant };
}

function sameLift(a: Lift, b: Lift): boolean {
  const key = ({ layers, grant }: Lift) => `${[...layers].sort()} ${grant ? [...grant].sort() : '*'}`;
  return key(a) === key(b);
}
