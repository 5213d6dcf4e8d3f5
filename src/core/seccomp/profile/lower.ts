import { fail, ok, type Result } from '../../failure.ts';
import { type Abi, abiInfo } from '../../linux/abi.ts';
import type { Action } from './action.ts';
import { applyEngine, notStarted, type RuntimeGroup } from './engine.ts';
import type { AbiPolicy, Condition, Policy, PolicyRule } from './policy.ts';
import type { Profile } from './profile.ts';
import { RuleTable, sameAction } from './ruleTable.ts';
import type { RuntimeRules, Target } from './target.ts';

/** libseccomp's own default for architectures that the filter does not list: SCMP_ACT_KILL, of the thread. */
const BAD_ARCH: Action = { kind: 'kill_thread' };

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

/**
 * The largest number that runc's stub finds over all rules, whatever their action; pseudo numbers do not count. runc takes
 * 0 for "nothing found", so a profile with number 0 alone has no stub either.
 */
function largest(groups: readonly RuntimeGroup[], abi: Abi, { libseccomp }: Target): number | undefined {
  let max = 0;
  for (const { names } of groups) {
    for (const name of names) {
      if (!libseccomp.knows(name) || libseccomp.multiplexed(name, abi)) continue;
      max = Math.max(max, libseccomp.number(name, abi) ?? 0);
    }
  }
  return max === 0 ? undefined : max;
}

/** The rules of one ABI, in the order of the profile. */
function rulesOn(abi: Abi, groups: readonly RuntimeGroup[], target: Target): Result<RuleTable> {
  const { libseccomp, runtime } = target;
  const table = new RuleTable(abi);
  for (const { names, action, args, origin } of groups) {
    const variants = alternatives(args, runtime);
    // One object for all names of a group: `--against all` lowers hundreds of profiles.
    const always: PolicyRule | undefined = args.length === 0 ? { conditions: [], action, origin } : undefined;
    for (const name of names) {
      if (!libseccomp.knows(name)) continue;
      for (const variant of variants) {
        if (always && !libseccomp.multiplexed(name, abi)) {
          const nr = libseccomp.number(name, abi);
          if (nr !== undefined) table.add(nr, always);
          continue;
        }
        for (const { nr, conditions } of targets(name, abi, variant, target)) {
          if (table.add(nr, { conditions, action, origin })) continue;
          return fail('input', `two rules for '${name}' have the same conditions and different actions`, {
            hint: 'libseccomp refuses this (EEXIST) and the container does not start; keep one of the two',
          });
        }
      }
    }
  }
  return ok(table);
}

/**
 * Whether libseccomp could refuse a rule because of an earlier one: both then have conditions, of their own or by socketcall
 * and ipc, and different actions. Most profiles allow in all conditional rules and name each syscall with one action.
 */
function mayContradict(groups: readonly RuntimeGroup[]): boolean {
  const actions = new Map<string, Action>();
  for (const { names, action, args } of groups) {
    for (const name of args.length > 0 ? ['', ...names] : names) {
      if (args.length > 0 && (name === 'socketcall' || name === 'ipc')) return true;
      const other = actions.get(name);
      if (other && !sameAction(other, action)) return true;
      actions.set(name, action);
    }
  }
  return false;
}

/** The stub is left out where the default lets calls through (runtime-behaviour §a). */
function hasStub(runtime: RuntimeRules, { kind }: Action): boolean {
  return runtime.stub && kind !== 'allow' && kind !== 'log' && kind !== 'trace';
}

/**
 * Turns a profile into what this host really enforces: conditions decided as that engine version does, names resolved
 * by that libseccomp on every listed ABI, runc's ENOSYS stub where that version adds one.
 */
export function lower(profile: Profile, target: Target): Result<Policy> {
  const { arch, libseccomp, runtime } = target;
  const applied = applyEngine(profile, target);
  if (!applied.ok) return applied;
  const { defaultAction, architectures, groups } = applied.value;

  const abis = [...new Set([arch, ...architectures])];
  const strange = abis.find((abi) => !libseccomp.supports(abi));
  if (strange !== undefined) {
    return fail('input', `libseccomp ${libseccomp.version} does not support ${abiInfo(strange).scmp}`, {
      hint: 'a container with this profile does not start there; name a newer libseccomp or another architecture',
    });
  }

  if (new Set(abis.map((abi) => abiInfo(abi).endian)).size > 1) {
    return notStarted(runtime, 'architectures of both byte orders (EDOM)');
  }

  const skipped = new Set<string>();
  for (const { names, action } of groups) {
    for (const name of names) {
      if (!libseccomp.knows(name)) {
        if (runtime.unknownName === 'error') return notStarted(runtime, `the unknown syscall name '${name}'`);
        skipped.add(name);
      } else if (sameAction(action, defaultAction) && runtime.redundantRule === 'error') {
        // libseccomp refuses such a rule: newer runtimes leave it out, older ones give up.
        return notStarted(runtime, `a rule for '${name}' that says the same as the default action`);
      }
    }
  }
  const kept = groups.filter(({ action }) => !sameAction(action, defaultAction));
  // A native trace never asks the other ABIs: their rules are made when somebody looks.
  const tables = new Map<Abi, Result<RuleTable>>();
  const tableOf = (abi: Abi): Result<RuleTable> => {
    let table = tables.get(abi);
    if (!table) {
      table = rulesOn(abi, kept, target);
      tables.set(abi, table);
    }
    return table;
  };
  for (const abi of mayContradict(kept) ? abis : []) {
    const table = tableOf(abi);
    if (!table.ok) return table;
  }

  const stub = hasStub(runtime, defaultAction);
  const stubbed = new Set(runtime.stubAddsNative ? [arch, ...architectures] : architectures);
  return ok({
    abis: abis.map((abi): AbiPolicy => {
      const section = {
        abi,
        get rules() {
          const table = tableOf(abi);
          if (!table.ok) throw new Error(table.failure.what);
          return table.value.rules;
        },
      };
      if (!stub || !stubbed.has(abi) || !runtime.stubKnows(abi)) return section;
      const max = largest(groups, abi, target);
      if (max === undefined) return section;
      const zero = runtime.stubZero && (abi === 's390' || abi === 's390x');
      return Object.assign(section, { stubAbove: max, ...(zero ? { stubZero: true } : {}) });
    }),
    defaultAction,
    badArchAction: BAD_ARCH,
    skipped: [...skipped].sort(),
  });
}
