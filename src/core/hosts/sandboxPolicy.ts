import { type Abi, abiInfo } from '../linux/abi.ts';
import { errnoNumber } from '../linux/errno.ts';
import { syscallNumber } from '../linux/numbers.ts';
import type { Action } from '../seccomp/profile/action.ts';
import { profileOrigin } from '../seccomp/profile/origin.ts';
import type { AbiPolicy, Condition, Operator, Policy, PolicyRule } from '../seccomp/profile/policy.ts';
import type { LibseccompRules } from '../seccomp/profile/target.ts';
import type { SandboxFamily, SandboxRule } from './sandboxTable.ts';

const ALLOW: Action = { kind: 'allow' };

const conditionsOf = ({ args = [] }: SandboxRule): readonly Condition[] =>
  args.map(([index, value, valueTwo, op]) => ({
    index,
    op: op as Operator,
    value: BigInt(value),
    valueTwo: BigInt(valueTwo),
  }));

/** The filter of a sandbox on a machine of this architecture, as its program or the given libseccomp makes it. */
export function sandboxPolicy(
  family: SandboxFamily,
  rules: readonly SandboxRule[],
  { arch, libseccomp }: { readonly arch: Abi; readonly libseccomp: LibseccompRules },
): Policy {
  const skipped = new Set<string>();
  const number = (name: string, abi: Abi): number | undefined => {
    if (family.loader === 'numbers') return syscallNumber(name, abi);
    if (!libseccomp.knows(name)) skipped.add(name);
    return libseccomp.number(name, abi);
  };
  const abis = family.arches === 'native' ? [arch] : [arch, ...abiInfo(arch).alsoRuns];
  const sections = abis.map((abi): AbiPolicy => {
    const byNumber = new Map<number, PolicyRule[]>();
    for (const [index, rule] of rules.entries()) {
      if (rule.arches && !rule.arches.includes(arch)) continue;
      if (rule.notArches?.includes(arch)) continue;
      const action: Action =
        rule.errno === undefined ? ALLOW : { kind: 'errno', value: errnoNumber(rule.errno)! };
      const origin = profileOrigin(index, rule.names, action.kind);
      const made: PolicyRule = { conditions: conditionsOf(rule), action, origin };
      for (const name of rule.names) {
        const nr = number(name, abi);
        if (nr !== undefined) byNumber.set(nr, [...(byNumber.get(nr) ?? []), made]);
      }
    }
    return { abi, rules: byNumber };
  });
  return {
    abis: sections,
    defaultAction: ALLOW,
    badArchAction: { kind: family.badArch },
    skipped: [...skipped].sort(),
  };
}
