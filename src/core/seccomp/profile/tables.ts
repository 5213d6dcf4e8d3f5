import { fail, ok, type Result } from '../../failure.ts';
import { type Abi, abiInfo } from '../../linux/abi.ts';
import { decisionsOf, losesNumber, type Making } from '../libseccomp/filterCode.ts';
import { releaseOf } from '../libseccomp/releases.ts';
import type { RuntimeGroup } from './engine.ts';
import type { Condition, Decision, PolicyRule } from './policy.ts';
import { type Refusal, RuleTable } from './ruleTable.ts';
import type { RuntimeRules, Target } from './target.ts';

/**
 * runc and crun make an alternative of each condition as soon as two of them look at one argument; otherwise all of
 * them must hold, except with an old runc (`allMustHold`).
 */
function alternatives(
  args: readonly Condition[],
  { allMustHold }: RuntimeRules,
): readonly (readonly Condition[])[] {
  const distinct = new Set(args.map(({ index }) => index));
  return distinct.size < args.length || (!allMustHold && args.length > 1)
    ? args.map((condition) => [condition])
    : [args];
}

/** Every number that libseccomp makes a rule for when it is given this name, with the conditions it then has. */
function targets(
  name: string,
  abi: Abi,
  conditions: readonly Condition[],
  { libseccomp }: Target,
): readonly { readonly nr: number; readonly conditions: readonly Condition[] }[] {
  const found: { nr: number; conditions: readonly Condition[] }[] = [];
  const multiplexed = libseccomp.multiplexed(name, abi);
  const via = multiplexed && libseccomp.number(multiplexed.via, abi);
  if (multiplexed && via !== undefined) {
    // The sub-call's number takes the place of whatever the rule said about the first argument.
    const call: Condition = { index: 0, op: 'EQ', value: BigInt(multiplexed.call), valueTwo: 0n };
    found.push({ nr: via, conditions: [call, ...conditions.filter(({ index }) => index !== 0)] });
  }
  const nr = libseccomp.number(name, abi);
  if (nr !== undefined) found.push({ nr, conditions });
  return found;
}

function notAdded(name: string, refusal: Refusal, { libseccomp }: Target): Result<never> {
  return refusal === 'refused'
    ? fail('input', `two rules for '${name}' have conditions in common and different actions`, {
        hint: 'libseccomp refuses this (EEXIST) and the container does not start; keep one of the two',
      })
    : fail('input', `libseccomp ${libseccomp.version} never finishes with the rules for '${name}'`, {
        hint: 'the container does not start; use fewer or simpler conditions for this syscall',
      });
}

/** The rules of one ABI, in the order of the profile. */
function rulesOn(abi: Abi, groups: readonly RuntimeGroup[], target: Target): Result<RuleTable> {
  const { libseccomp, runtime } = target;
  const table = new RuleTable(abi, releaseOf(libseccomp.version));
  // Where calls are multiplexed libseccomp forgets what has no number; elsewhere it keeps it, without writing code for it.
  const keepsNames = libseccomp.multiplexed('socket', abi) === undefined;
  for (const { names, action, args, origin } of groups) {
    const variants = alternatives(args, runtime);
    // One object for all names of a group: `--against all` lowers hundreds of profiles.
    const always: PolicyRule | undefined = args.length === 0 ? { conditions: [], action, origin } : undefined;
    for (const name of names) {
      if (!libseccomp.knows(name)) continue;
      for (const variant of variants) {
        const rule = always ?? { conditions: variant, action, origin };
        if (always && !libseccomp.multiplexed(name, abi)) {
          const nr = libseccomp.number(name, abi);
          if (nr !== undefined) {
            table.add(nr, always);
            continue;
          }
        }
        const reached = targets(name, abi, variant, target);
        if (reached.length === 0 && keepsNames) {
          const refusal = table.addWithoutNumber(name, rule);
          if (refusal) return notAdded(name, refusal, target);
        }
        for (const { nr, conditions } of reached) {
          const refusal = table.add(nr, { ...rule, conditions });
          if (refusal) return notAdded(name, refusal, target);
        }
      }
    }
  }
  return ok(table);
}

/** Whether an ABI has a syscall with an unconditional rule: then that one comes first, and loads the number. */
function hasUnconditional(abi: Abi, groups: readonly RuntimeGroup[], { libseccomp }: Target): boolean {
  return groups.some(
    ({ names, args }) =>
      args.length === 0 &&
      names.some((name) => !libseccomp.multiplexed(name, abi) && libseccomp.number(name, abi) !== undefined),
  );
}

/** runc since 1.2 asks for a binary search when there are many names. */
function makingOf(all: readonly RuntimeGroup[], { libseccomp, runtime }: Target): Making {
  const names = all.reduce((sum, group) => sum + group.names.length, 0);
  const { binaryTreeAbove = Number.POSITIVE_INFINITY } = runtime;
  return { release: releaseOf(libseccomp.version), binaryTree: names > binaryTreeAbove };
}

/** The rules that libseccomp is given for a filter, by ABI; made when somebody looks, since a native trace never asks the other ABIs. */
export class FilterTables {
  readonly #abis: readonly Abi[];
  readonly #groups: readonly RuntimeGroup[];
  readonly #target: Target;
  readonly #making: Making;
  readonly #tables = new Map<Abi, Result<RuleTable>>();
  #decisions: ReadonlyMap<readonly PolicyRule[], Decision> | undefined;

  /** `all` are the runtime's groups; `kept` are those that it hands to libseccomp. */
  constructor(
    abis: readonly Abi[],
    { all, kept }: { readonly all: readonly RuntimeGroup[]; readonly kept: readonly RuntimeGroup[] },
    target: Target,
  ) {
    this.#abis = abis;
    this.#groups = kept;
    this.#target = target;
    this.#making = makingOf(all, target);
  }

  /** Fails where libseccomp sees a contradiction. */
  table(abi: Abi): Result<RuleTable> {
    let table = this.#tables.get(abi);
    if (!table) {
      table = rulesOn(abi, this.#groups, this.#target);
      this.#tables.set(abi, table);
    }
    return table;
  }

  rules(abi: Abi): RuleTable['rules'] {
    return this.#table(abi).rules;
  }

  /** What a list of rules decides where it does not decide as it stands. */
  decision(abi: Abi, list: readonly PolicyRule[]): Decision {
    if (list.length === 0 || this.#table(abi).isPlain(list)) return undefined;
    this.#decisions ??= decisionsOf(
      this.#abis.map((each) => this.#table(each)),
      this.#making,
    );
    return this.#decisions.get(list);
  }

  /** Whether the filter never loads the number of a call on this ABI. */
  losesNumber(abi: Abi): boolean {
    const { auditToken } = abiInfo(abi);
    const part = this.#abis.filter((each) => abiInfo(each).auditToken === auditToken);
    if (hasUnconditional(part[0]!, this.#groups, this.#target)) return false;
    return losesNumber(
      part.map((each) => this.#table(each)),
      this.#making,
    );
  }

  #table(abi: Abi): RuleTable {
    const table = this.table(abi);
    if (!table.ok) throw new Error(table.failure.what);
    return table.value;
  }
}
