import { basename } from 'node:path';
import type { MinimizeDocument } from '../core/documents/minimize.ts';
import type { HostIdentity, HostModel } from '../core/hosts/host.ts';
import { syscallNumber } from '../core/linux/numbers.ts';
import { applicationsOf, type Changed } from '../core/minimize/apply.ts';
import type { Choices } from '../core/minimize/changeHost.ts';
import { type Elsewhere, evaluateElsewhere, type Loader } from '../core/minimize/elsewhere.ts';
import type { WholeProfile } from '../core/minimize/profileDocument.ts';
import { runtimeNeeds } from '../core/minimize/runtimeNeeds.ts';

const evaluated = ({ engine, version, runtime, runtimeVersion, libseccomp }: HostIdentity) => ({
  engine,
  version,
  runtime: `${runtime} ${runtimeVersion}`,
  libseccomp,
});

/** How the written profile is put to use, on the engines whose model gives every changed call the proven result. */
export async function useOf(
  host: HostModel,
  whole: WholeProfile,
  choices: Choices,
  path: string,
  changed: Changed & { /** The Kubernetes object cannot say all of it. */ readonly losesInObject: boolean },
): Promise<Pick<MinimizeDocument, 'apply' | 'notApplicable'>> {
  const ways = applicationsOf(path, basename(path), changed);
  const loaders = [...new Set(ways.flatMap(({ engines }) => engines))];
  const hosts = new Map<Loader, Elsewhere>();
  for (const one of await evaluateElsewhere(
    host,
    whole,
    choices,
    loaders,
    changed.whole ? needsOf : undefined,
  ))
    hosts.set(one.loader, one);
  const holds = (loader: Loader) => hosts.get(loader)?.unmet.length === 0;
  const apply = ways
    .filter(
      ({ kind, engines }) =>
        engines.every(holds) && !(kind === 'kubernetes-operator' && changed.losesInObject),
    )
    .map(({ kind, where, text, engines }) => ({
      kind,
      where,
      text,
      evaluated: engines.map((loader) => evaluated(hosts.get(loader)!.identity)),
    }));
  // Of the host at hand the obstacles tell it; a hosted runner has a Docker, whatever the host is.
  const failing = [...hosts.values()].filter(
    ({ loader, unmet }) => unmet.length > 0 && loader !== host.identity.engine && loader !== 'github-runner',
  );
  return {
    apply,
    ...(failing.length > 0
      ? {
          notApplicable: failing.map(({ identity, unmet }) => ({
            ...evaluated(identity),
            unmet: [...unmet],
          })),
        }
      : {}),
  };
}

/** An allowlist starts nothing under a runtime that needs more. */
function needsOf({ runtime, runtimeVersion }: HostIdentity): readonly string[] {
  return runtimeNeeds(runtime, runtimeVersion, false)?.needed ?? [];
}

/** How the file says ENOSYS to these calls, and whether a process inside could lift it. */
export function enosysOf(
  { form, loaded }: WholeProfile,
  syscalls: readonly string[],
): NonNullable<MinimizeDocument['enosys']> {
  const traced = form === 'trace' || form === 'trace-default';
  return { form, syscalls: [...syscalls], liftable: traced && (!loaded || mayPtrace(loaded)) };
}

function mayPtrace({ identity: { arch }, answer }: HostModel): boolean {
  const nr = syscallNumber('ptrace', arch);
  return nr === undefined || answer({ nr, abi: arch, name: 'ptrace', args: [] }).action.kind === 'allow';
}
