import type { HostModel } from '../hosts/host.ts';
import type { Abi } from '../linux/abi.ts';
import { syscallNumber } from '../linux/numbers.ts';
import type { Action } from '../seccomp/profile/action.ts';
import type { Condition } from '../seccomp/profile/policy.ts';

type Alternatives = readonly (readonly Condition[])[];

/** What a host lets through of a syscall: nothing, all, only what meets one of `when`, or all but what meets one of `except`. */
export type Grant =
  | { readonly kind: 'none' | 'all' }
  | { readonly kind: 'some'; readonly when: Alternatives }
  | { readonly kind: 'all-but'; readonly except: Alternatives };

const lets = ({ kind }: Action): boolean => kind === 'allow' || kind === 'log';

/** An allowlist grants no more than this. Without a filter everything is let through. */
export function grantOf({ policy }: HostModel, name: string, abi: Abi): Grant {
  if (!policy) return { kind: 'all' };
  const nr = syscallNumber(name, abi);
  const part = policy.abis.find((each) => each.abi === abi);
  if (nr === undefined || !part || (part.stubAbove !== undefined && nr > part.stubAbove))
    return { kind: 'none' };
  const rules = part.rules.get(nr) ?? [];
  const last = rules.findIndex(({ conditions }) => conditions.length === 0);
  const conditional = last < 0 ? rules : rules.slice(0, last);
  const rest = lets(last < 0 ? policy.defaultAction : rules[last]!.action);
  const others = conditional.filter(({ action }) => lets(action) !== rest);
  if (others.length === 0) return { kind: rest ? 'all' : 'none' };
  const sets = others.map(({ conditions }) => conditions);
  if (rest) return { kind: 'all-but', except: sets };
  // A refusal before one of these may take a part of it back: then nothing is granted.
  const until = conditional.findLastIndex(({ action }) => lets(action));
  return conditional.slice(0, until).some(({ action }) => !lets(action))
    ? { kind: 'none' }
    : { kind: 'some', when: sets };
}
