import type { Result } from '../../failure.ts';
import { ok } from '../../failure.ts';
import type { Abi } from '../../linux/abi.ts';
import { evaluate } from '../../seccomp/profile/evaluate.ts';
import type { Policy } from '../../seccomp/profile/policy.ts';
import type { LibseccompRules } from '../../seccomp/profile/target.ts';
import type { HostExpression } from '../expression.ts';
import type { HostIdentity, HostModel } from '../host.ts';
import { chooseLibseccomp, libseccompRules, libseccompSupports, newestLibseccomp } from '../libseccomp.ts';
import { filterThenKernel } from '../model.ts';
import type { Findings } from './findings.ts';
import type { Kernel } from './machine.ts';
import type { Lines } from './surroundings.ts';

/** Who a program is that loads a filter of its own making. */
export type OwnIdentity = Pick<
  HostIdentity,
  'expression' | 'engine' | 'version' | 'libseccomp' | 'arch' | 'assumed' | 'notes'
>;

/** Such a program: no engine and no runtime are in between. */
export function ownFilter(own: OwnIdentity, policy: Policy, { text, version }: Kernel): HostModel {
  return {
    identity: { ...own, runtime: 'none', runtimeVersion: 'none', kernel: text },
    policy,
    target: undefined,
    answer: filterThenKernel(version, (call) => evaluate(policy, call)),
  };
}

/** The machine's libseccomp that a sandbox is linked with: as named, else the newest. */
export function machineLibseccomp(
  { libseccomp: given }: HostExpression,
  arch: Abi,
  lines: Lines,
  findings: Findings,
): Result<{ readonly version: string; readonly rules: LibseccompRules }> {
  if (given === undefined) findings.assume('libseccomp');
  const chosen = chooseLibseccomp(given ?? newestLibseccomp(), lines);
  if (!chosen.ok) return chosen;
  const { version, behavesAs, standsIn, notes } = chosen.value;
  if (standsIn) findings.assume('libseccomp');
  findings.note(...notes);
  const port = libseccompSupports(behavesAs, arch) ? undefined : arch;
  return ok({ version, rules: libseccompRules(behavesAs, port) });
}
