import type { MinimizeDocument } from '../core/documents/minimize.ts';
import { ALWAYS } from '../core/minimize/allowlist.ts';
import type { Choices } from '../core/minimize/changeHost.ts';
import { coverageOf } from '../core/minimize/coverage.ts';
import type { CompletedFor } from './minimizeComplete.ts';

type Entry = NonNullable<MinimizeDocument['allowlist']>[number];

/** The entries that are not of the command: the runtime's, and those of any process. */
export function otherEntries(runtime: readonly string[], known: ReadonlySet<string>): readonly Entry[] {
  const entry = (name: string, why: Entry['why']): Entry => ({
    name,
    why,
    count: 0,
    conditional: false,
    origins: [],
  });
  return [
    ...runtime.filter((name) => !known.has(name)).map((name) => entry(name, 'runtime')),
    ...ALWAYS.filter((name) => !known.has(name) && !runtime.includes(name)).map((name) =>
      entry(name, 'any-process'),
    ),
  ];
}

/** What the document says of an allowlist beside the proof. */
export function allowlistPart(
  { used, runtime, refusedByHost, statusAlone, tracedRuns }: CompletedFor,
  choices: Choices,
): Pick<MinimizeDocument, 'allowlist' | 'runtime' | 'refusedByHost' | 'statusAlone' | 'coverage'> {
  const kept = used.filter(({ name }) => choices.has(name));
  return {
    allowlist: [
      ...kept.map(({ name, count, origins }) => ({
        name,
        why: 'used' as const,
        count,
        conditional: choices.get(name)!.kind === 'allow-args',
        origins: [...origins],
      })),
      ...otherEntries(runtime.names, new Set(kept.map(({ name }) => name))),
    ],
    runtime: { ...runtime, names: [...runtime.names] },
    ...(refusedByHost.length > 0 ? { refusedByHost: refusedByHost.map((one) => ({ ...one })) } : {}),
    ...(statusAlone ? { statusAlone } : {}),
    ...(tracedRuns > 1 ? { coverage: coverageOf(kept, tracedRuns) } : {}),
  };
}
