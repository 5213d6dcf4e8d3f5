import { ok, type Result } from '../../failure.ts';
import { ENGINE_TITLES } from '../../linux/engineTitles.ts';
import type { Target } from '../../seccomp/profile/target.ts';
import type { HostExpression } from '../expression.ts';
import type { HostField, HostIdentity, HostModel } from '../host.ts';
import { filteredHost, lowerShared } from '../model.ts';
import { NO_RUNTIME } from '../runtimes.ts';
import { askProposed, proposedPolicy } from '../specProposal.ts';
import { resolveStack } from './stack.ts';
import type { Surroundings } from './surroundings.ts';

/** No runtime in particular loads it, and no version of the engine has it yet. */
const NOT_ITS_OWN: readonly HostField[] = ['runtime', 'runtimeVersion', 'version'];

/** runtime-spec#1266 on top of the newest Docker profile or the one of `engine=`; there is no stub. */
export async function proposalHost(
  request: HostExpression,
  surroundings: Surroundings,
): Promise<Result<HostModel>> {
  const engine = request.engine ?? { name: 'docker', version: undefined };
  const stack = await resolveStack(request, engine, surroundings);
  if (!stack.ok) return stack;
  const target: Target = { ...stack.value.target, runtime: NO_RUNTIME };
  const base = lowerShared(stack.value.profile, target);
  if (!base.ok) return base;
  const { identity } = stack.value;
  const own: HostIdentity = {
    ...identity,
    engine: 'spec-proposal',
    runtime: 'none',
    runtimeVersion: 'none',
    assumed: identity.assumed.filter((field) => !NOT_ITS_OWN.includes(field)),
    notes: [
      `the rules of ${ENGINE_TITLES[engine.name]} ${identity.version}; what they do not allow is EPERM up to Linux 6.10, and ENOSYS above and where this libseccomp does not know the name (opencontainers/runtime-spec#1266)`,
      ...identity.notes,
    ],
  };
  const policy = proposedPolicy(base.value, target.libseccomp);
  return ok(filteredHost(own, policy, target, (call) => askProposed(policy, call)));
}
