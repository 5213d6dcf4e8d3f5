import { ENOSYS, EPERM } from '../linux/errno.ts';
import { compareKernels, type KernelVersion } from '../linux/kernel.ts';
import { kernelOfName, syscallNames } from '../linux/numbers.ts';
import type { Action } from '../seccomp/profile/action.ts';
import { evaluate } from '../seccomp/profile/evaluate.ts';
import type { AbiPolicy, Policy, PolicyRule } from '../seccomp/profile/policy.ts';
import type { LibseccompRules } from '../seccomp/profile/target.ts';
import type { Verdict } from '../seccomp/profile/verdict.ts';
import type { Call } from '../strace/grammar/event.ts';

/** The baseline that the proposal names: what this kernel has is refused with EPERM, what came later with ENOSYS. */
const BASELINE: KernelVersion = { major: 6, minor: 10 };

const OLD: Action = { kind: 'errno', value: EPERM };
const NEW: Action = { kind: 'errno', value: ENOSYS };

/**
 * The default that opencontainers/runtime-spec#1266 asks for: what no rule allows gives EPERM when Linux 6.10 has the
 * syscall on any architecture, and ENOSYS otherwise. A name that this libseccomp has no number for can't be written into a
 * rule, be it of the profile or of the baseline: it is ENOSYS, so that a newer program falls back on an older host.
 */
export function proposedPolicy(base: Policy, { number }: Pick<LibseccompRules, 'number'>): Policy {
  const refused: PolicyRule = { conditions: [], action: OLD, origin: { from: 'proposal' } };
  const old = syscallNames().filter((name) => {
    const first = kernelOfName(name);
    // Names without a version are older than every record.
    return first === undefined || compareKernels(first, BASELINE) <= 0;
  });
  const abis = base.abis.map((section): AbiPolicy => {
    const rules = new Map(section.rules);
    for (const name of old) {
      const nr = number(name, section.abi);
      if (nr === undefined) continue;
      const own = rules.get(nr) ?? [];
      if (!own.some(({ conditions }) => conditions.length === 0)) rules.set(nr, [...own, refused]);
    }
    return { abi: section.abi, rules };
  });
  return { ...base, abis, defaultAction: NEW };
}

/** As `evaluate`, except that the EPERM half of the default is called what it is. */
export function askProposed(policy: Policy, call: Call): Verdict {
  const verdict = evaluate(policy, call);
  const { reason } = verdict;
  if (reason.kind !== 'rule' || reason.origin.from !== 'proposal') return verdict;
  return {
    ...verdict,
    cause: 'default',
    reason: { kind: 'default-action', action: 'EPERM', because: 'proposal' },
  };
}
