import type { BisectChange, BisectRefused, Component } from '../documents/bisect.ts';
import { ok, type Result } from '../failure.ts';
import type { HostModel } from '../hosts/host.ts';
import { componentsOf, expressionWith, type Parts, versionsBetween } from '../hosts/parts.ts';
import { blockedCalls } from './blocked.ts';
import type { MergedCall } from './distinct.ts';

/** Opens a host by its expression. */
export type OpenHost = (expression: string) => Promise<Result<HostModel>>;

/** What is refused on the bad host alone, and the parts of it that make it so. */
export interface BisectCause {
  readonly syscalls: readonly BisectRefused[];
  readonly changes: readonly BisectChange[];
}

const keyOf = ({ syscall, abi, errno }: BisectRefused): string => `${syscall} ${abi} ${errno}`;

/** Asks hosts that are made of parts of two others, each once. */
class Mixtures {
  readonly #known = new Map<string, ReadonlyMap<string, BisectRefused>>();
  readonly #calls: readonly MergedCall[];
  readonly #open: OpenHost;

  constructor(calls: readonly MergedCall[], open: OpenHost) {
    this.#calls = calls;
    this.#open = open;
  }

  async refused(parts: Parts): Promise<Result<ReadonlyMap<string, BisectRefused>>> {
    const expression = expressionWith(parts);
    const known = this.#known.get(expression);
    if (known) return ok(known);
    const host = await this.#open(expression);
    if (!host.ok) return host;
    const found = refusedBy(this.#calls, host.value);
    this.#known.set(expression, found);
    return ok(found);
  }
}

function refusedBy(calls: readonly MergedCall[], host: HostModel): ReadonlyMap<string, BisectRefused> {
  return new Map(
    blockedCalls(calls, host).map(({ syscall, abi, errno, matters }) => {
      const one = { syscall, abi, errno, matters };
      return [keyOf(one), one];
    }),
  );
}

/** Every choice of the components, those with the fewest first. */
function subsets(components: readonly Component[]): readonly (readonly Component[])[] {
  let all: readonly (readonly Component[])[] = [[]];
  for (const one of components) all = [...all, ...all.map((some) => [...some, one])];
  return all.filter((some) => some.length > 0).sort((a, b) => a.length - b.length);
}

/**
 * Why a trace passes on one host and not on the other: for each call that only the bad one refuses, the fewest parts of
 * the bad host that, put into the good one, refuse it there as well; and for a part with versions the neighbours between
 * which the result changes. Empty where the bad host refuses nothing that the good one lets through.
 */
export async function bisect(
  calls: readonly MergedCall[],
  { good, bad }: { readonly good: HostModel; readonly bad: HostModel },
  open: OpenHost,
): Promise<Result<readonly BisectCause[]>> {
  const passes = refusedBy(calls, good);
  const fails = [...refusedBy(calls, bad).values()].filter((one) => !passes.has(keyOf(one)));
  const [from, to] = [componentsOf(good), componentsOf(bad)];
  const differ = (Object.keys(from) as Component[]).filter((name) => from[name] !== to[name]);
  const mixtures = new Mixtures(calls, open);
  const causes = new Map<string, { syscalls: BisectRefused[]; changes: readonly BisectChange[] }>();
  for (const one of fails) {
    const changes = await changesFor(one, { from, to, differ }, mixtures);
    if (!changes.ok) return changes;
    const key = JSON.stringify(changes.value);
    const known = causes.get(key);
    if (known) known.syscalls.push(one);
    else causes.set(key, { syscalls: [one], changes: changes.value });
  }
  // What matters first.
  const weight = ({ syscalls }: BisectCause): number => (syscalls.some(({ matters }) => matters) ? 0 : 1);
  return ok([...causes.values()].sort((a, b) => weight(a) - weight(b)));
}

interface Pair {
  readonly from: Parts;
  readonly to: Parts;
  readonly differ: readonly Component[];
}

async function changesFor(
  one: BisectRefused,
  { from, to, differ }: Pair,
  mixtures: Mixtures,
): Promise<Result<readonly BisectChange[]>> {
  for (const some of subsets(differ)) {
    const mixed: Parts = { ...from, ...Object.fromEntries(some.map((name) => [name, to[name]])) };
    const refused = await mixtures.refused(mixed);
    // Not every mixture exists (an engine that has no such architecture).
    if (!refused.ok || !refused.value.has(keyOf(one))) continue;
    const changes: BisectChange[] = [];
    for (const name of some) {
      const boundary = await boundaryOf(one, { name, from: from[name], mixed }, mixtures);
      if (!boundary.ok) return boundary;
      changes.push({
        component: name,
        good: from[name],
        bad: to[name],
        ...(boundary.value ? { boundary: boundary.value } : {}),
      });
    }
    return ok(changes);
  }
  // All of it together is the bad host itself, unless it could not be written out.
  return ok(differ.map((component) => ({ component, good: from[component], bad: to[component] })));
}

/** The first version on the way from the good to the bad one that refuses the call, and the one before it. */
async function boundaryOf(
  one: BisectRefused,
  { name, from, mixed }: { readonly name: Component; readonly from: string; readonly mixed: Parts },
  mixtures: Mixtures,
): Promise<Result<{ readonly good: string; readonly bad: string } | undefined>> {
  const versions = await versionsBetween(name, from, mixed[name]);
  let before = from;
  for (const version of versions) {
    const refused = await mixtures.refused({ ...mixed, [name]: version });
    if (!refused.ok) continue;
    if (refused.value.has(keyOf(one))) return ok({ good: before, bad: version });
    before = version;
  }
  return ok(undefined);
}
