import type { Action } from '../seccomp/profile/action.ts';
import { sameAction } from '../seccomp/profile/action.ts';
import type { Verdict } from '../seccomp/profile/verdict.ts';
import type { Call } from '../strace/grammar/event.ts';

/** The order in which the kernel prefers the results of several filters (seccomp(2), SECCOMP_RET_*), strictest first. */
const STRICTEST: readonly Action['kind'][] = [
  'kill_process',
  'kill_thread',
  'trap',
  'errno',
  'notify',
  'trace',
  'log',
  'allow',
];

const ALLOW: Action = { kind: 'allow' };

const rank = ({ kind }: Action): number => STRICTEST.indexOf(kind);

/** The one that the kernel takes; of two that are as strict the one of the filter that was loaded last. */
export function stricterAction(outer: Action, inner: Action): Action {
  return rank(outer) < rank(inner) ? outer : inner;
}

/**
 * What several layers decide together, the outermost first. Filters run before the kernel looks at the number: that it
 * lacks the call shows only where every filter lets it through.
 */
export function stackedVerdict(layers: readonly ((call: Call) => Verdict)[], call: Call): Verdict {
  const verdicts = layers.map((ask) => ask(call));
  const filters = verdicts.filter(({ cause }) => cause !== 'kernel');
  const kernel = verdicts.find(({ cause, action }) => cause === 'kernel' && action.kind === 'errno');
  const strictest = filters.reduce<Verdict | undefined>(
    (outer, inner) => (outer && rank(outer.action) < rank(inner.action) ? outer : inner),
    undefined,
  );
  const passes = strictest === undefined || ['allow', 'log'].includes(strictest.action.kind);
  const chosen = (passes ? kernel : undefined) ?? strictest ?? verdicts.at(-1)!;
  return {
    ...chosen,
    conditional: verdicts.some(({ conditional }) => conditional),
    alternatives: otherActions(verdicts, chosen),
  };
}

/** Every other action that the layers can come to because of arguments that are not known. */
function otherActions(verdicts: readonly Verdict[], chosen: Verdict): readonly Action[] {
  if (verdicts.every(({ alternatives }) => alternatives.length === 0)) return [];
  let possible: readonly Action[] = [ALLOW];
  for (const { action, cause, alternatives } of verdicts) {
    const next: Action[] = [];
    for (const outer of possible) {
      for (const inner of [cause === 'kernel' ? ALLOW : action, ...alternatives]) {
        const both = stricterAction(outer, inner);
        if (!next.some((seen) => sameAction(seen, both))) next.push(both);
      }
    }
    possible = next;
  }
  const lets = (action: Action): boolean => action.kind === 'allow' || action.kind === 'log';
  return possible.filter(
    (action) => !sameAction(action, chosen.action) && !(chosen.cause === 'kernel' && lets(action)),
  );
}
