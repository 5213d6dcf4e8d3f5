import type { HostModel } from '../hosts/host.ts';
import { syscallName } from '../linux/numbers.ts';

/**
 * Arguments that the rules of these hosts test, by syscall. A reader that is told keeps calls apart by them; those of the
 * default profiles it knows by itself.
 */
export function testedArguments(hosts: readonly HostModel[]): Readonly<Record<string, readonly number[]>> {
  const tested = new Map<string, Set<number>>();
  for (const { policy } of hosts) {
    for (const { abi, rules } of policy?.abis ?? []) {
      for (const [nr, alternatives] of rules) {
        const indices = alternatives.flatMap(({ conditions }) => conditions.map(({ index }) => index));
        const name = indices.length === 0 ? undefined : syscallName(nr, abi);
        if (name === undefined) continue;
        const known = tested.get(name) ?? new Set();
        for (const index of indices) known.add(index);
        tested.set(name, known);
      }
    }
  }
  return Object.fromEntries([...tested].map(([name, indices]) => [name, [...indices].sort((a, b) => a - b)]));
}
