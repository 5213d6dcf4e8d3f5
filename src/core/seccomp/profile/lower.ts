import { fail, ok, type Result } from '../../failure.ts';
import { type Abi, abiInfo } from '../../linux/abi.ts';
import { multiplexer } from '../../linux/subcalls.ts';
import { type Action, sameAction } from './action.ts';
import { applyEngine, notStarted, type RuntimeGroup } from './engine.ts';
import type { AbiPolicy, Policy, PolicyRule } from './policy.ts';
import type { Profile } from './profile.ts';
import { FilterTables } from './tables.ts';
import type { RuntimeRules, Target } from './target.ts';

const NO_RULES: ReadonlyMap<number, readonly PolicyRule[]> = new Map();

/** libseccomp's own default for architectures that the filter does not list: SCMP_ACT_KILL, of the thread. */
const BAD_ARCH: Action = { kind: 'kill_thread' };

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

/**
 * Whether libseccomp could refuse a rule because of an earlier one (both then have conditions, of their own or by socketcall and ipc,
 * and different actions), or never end (conditions other than equality meet). Most profiles name each syscall once.
 */
function mayFail(groups: readonly RuntimeGroup[]): boolean {
  const seen = new Map<string, { readonly action: Action; readonly plain: boolean }>();
  for (const { names, action, args } of groups) {
    // A name that goes through socketcall or ipc has conditions there; all conditional rules are taken as being about one syscall.
    const conditional = args.length > 0 || names.some(multiplexer);
    const plain = args.every(({ op }) => op === 'EQ' || op === 'MASKED_EQ');
    for (const name of conditional ? ['', ...names] : names) {
      if (args.length > 0 && (name === 'socketcall' || name === 'ipc')) return true;
      const other = seen.get(name);
      if (other && !sameAction(other.action, action)) return true;
      if (other && name !== '' && !(plain && other.plain)) return true;
      seen.set(name, { action, plain: plain && (other?.plain ?? true) });
    }
    // Several conditions on one argument are several rules.
    if (!plain && new Set(args.map(({ index }) => index)).size < args.length) return true;
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
  const tables = new FilterTables(abis, { all: groups, kept }, target);
  for (const abi of mayFail(kept) ? abis : []) {
    const table = tables.table(abi);
    if (!table.ok) return table;
  }

  const stub = hasStub(runtime, defaultAction);
  const stubbed = new Set(runtime.stubAddsNative ? [arch, ...architectures] : architectures);
  return ok({
    abis: abis.map((abi): AbiPolicy => {
      const losesNumber = tables.losesNumber(abi);
      const section = {
        abi,
        get rules() {
          return losesNumber ? NO_RULES : tables.rules(abi);
        },
        decisionOf: (list: readonly PolicyRule[]) => tables.decision(abi, list),
        ...(losesNumber ? { losesNumber } : {}),
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
