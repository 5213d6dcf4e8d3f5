import { compareText } from '../../documents/severity.ts';
import type { HostModel } from '../../hosts/host.ts';
import { compressHosts } from '../../hosts/ranges.ts';
import type { Abi } from '../../linux/abi.ts';
import { syscallName, syscallNames, syscallNumber } from '../../linux/numbers.ts';
import { refusal } from '../errno.ts';
import type { Observed } from './observe.ts';

/** A call that would tell the remaining hosts apart. */
export interface Probe {
  readonly syscall: string;
  readonly abi: Abi;
  readonly answers: readonly { readonly answer: string; readonly hosts: readonly string[] }[];
}

interface Remaining {
  readonly label: string;
  readonly model: HostModel;
  readonly variantOf?: string;
}

const MOST_PROBES = 3;
const ZEROS = [0n, 0n, 0n, 0n, 0n, 0n] as const;

/**
 * The calls that split the remaining hosts best, chosen greedily: each next one is the call that leaves the fewest pairs of
 * hosts that still look alike. Calls that the traces hold already are not asked for again. `order` has the labels of all
 * candidates, for ranges.
 */
export function probes(
  candidates: readonly Remaining[],
  order: readonly string[],
  observed: Observed,
): readonly Probe[] {
  // Hosts as they were shipped; others only if there are no such.
  const shipped = candidates.filter(({ variantOf }) => variantOf === undefined);
  const remaining = shipped.length > 0 ? shipped : candidates;
  const abi = observed.observations[0]?.call.abi;
  if (abi === undefined || remaining.length < 2) return [];
  const made = new Set(observed.observations.map(({ call }) => call.name));
  const answersOf = new Map<string, readonly string[]>();
  for (const name of syscallNames()) {
    const nr = syscallNumber(name, abi);
    if (nr === undefined || made.has(name) || syscallName(nr, abi) !== name) continue;
    const answers = remaining.map(
      ({ model }) => refusal(model.answer({ abi, nr, name, args: ZEROS }).action) ?? 'allow',
    );
    if (new Set(answers).size > 1) answersOf.set(name, answers);
  }
  const chosen: Probe[] = [];
  let classes: readonly (readonly number[])[] = [remaining.map((_, index) => index)];
  while (chosen.length < MOST_PROBES) {
    let best: { name: string; split: (readonly number[])[]; pairs: number } | undefined;
    for (const [name, answers] of answersOf) {
      const split = classes.flatMap((members) => splitBy(members, answers));
      const pairs = split.reduce((sum, { length }) => sum + length * length, 0);
      if (!best || pairs < best.pairs || (pairs === best.pairs && compareText(name, best.name) < 0)) {
        best = { name, split, pairs };
      }
    }
    if (!best || best.split.length === classes.length) break;
    classes = best.split;
    chosen.push({ syscall: best.name, abi, answers: sides(remaining, order, answersOf.get(best.name)!) });
    answersOf.delete(best.name);
  }
  return chosen;
}

function splitBy(members: readonly number[], answers: readonly string[]): (readonly number[])[] {
  const parts = new Map<string, number[]>();
  for (const member of members) {
    const part = parts.get(answers[member]!);
    if (part) part.push(member);
    else parts.set(answers[member]!, [member]);
  }
  return [...parts.values()];
}

function sides(
  remaining: readonly Remaining[],
  order: readonly string[],
  answers: readonly string[],
): Probe['answers'] {
  const answerOf = new Map(remaining.map(({ label }, index) => [label, answers[index]!]));
  const compressed = compressHosts(
    order.map((expression) => ({ expression, key: answerOf.get(expression) ?? '' })),
  );
  return [...new Set(answers)].sort(compareText).map((answer) => ({
    answer,
    hosts: compressed.filter(({ key }) => key === answer).map(({ label }) => label),
  }));
}
