import type { Denial } from '../documents/denial.ts';
import type { HostModel } from '../hosts/host.ts';
import type { Policy } from '../seccomp/profile/policy.ts';
import { blockedCalls } from './blocked.ts';
import type { MergedCall } from './distinct.ts';
import type { HostVerdicts } from './matrix.ts';

/**
 * Judges many hosts. Versions that lower to the same policy share one policy object (see `lowerShared`), so each policy is
 * asked only once per kernel: the cost depends on how many ways of answering there are, not on how many hosts.
 */
export function blockedEverywhere(
  calls: readonly MergedCall[],
  hosts: readonly { readonly label: string; readonly model: HostModel }[],
): readonly HostVerdicts[] {
  const asked = new Map<Policy, Map<string, readonly Denial[]>>();
  return hosts.map(({ label, model }) => {
    const { identity, policy } = model;
    if (!policy) return { label, identity, blocked: blockedCalls(calls, model) };
    let byKernel = asked.get(policy);
    if (!byKernel) {
      byKernel = new Map();
      asked.set(policy, byKernel);
    }
    const key = `${identity.kernel} ${identity.arch}`;
    let blocked = byKernel.get(key);
    if (!blocked) {
      blocked = blockedCalls(calls, model);
      byKernel.set(key, blocked);
    }
    return { label, identity, blocked };
  });
}
