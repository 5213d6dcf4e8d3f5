import { ok, type Result } from '../../failure.ts';
import type { Abi } from '../../linux/abi.ts';
import type { Profile } from '../../seccomp/profile/profile.ts';
import type { EngineRules, Target } from '../../seccomp/profile/target.ts';
import { applyCaps } from '../caps.ts';
import { loadEngine } from '../engines.ts';
import type { HostExpression } from '../expression.ts';
import type { EngineName } from '../family.ts';
import type { HostIdentity } from '../host.ts';
import { pickVersion } from '../pickVersion.ts';
import { acceptsArchitecture } from '../runtimes.ts';
import { defaultCaps } from '../shipped.ts';
import { Findings } from './findings.ts';
import { pickLibseccomp } from './libraries.ts';
import { pickArch, pickKernel } from './machine.ts';
import { pickRuntime } from './runtime.ts';
import type { Surroundings } from './surroundings.ts';

/** The stack around a profile: every version, and the rules that follow from it. */
export interface Stack {
  readonly identity: HostIdentity;
  readonly target: Target;
  /** The default profile of that engine version on that architecture. */
  readonly profile: Profile;
}

/** An engine and its version as an expression has them. */
export interface NamedEngine {
  readonly name: EngineName;
  readonly version: string | undefined;
}

/**
 * Engine, kernel, architecture, runtime, libseccomp and capabilities, in this order: what a later one usually is follows
 * from the ones before. Each step adds to the same findings what it had to assume.
 */
export async function resolveStack(
  request: HostExpression,
  { name, version: given }: NamedEngine,
  surroundings: Surroundings,
): Promise<Result<Stack>> {
  const findings = new Findings();
  const { lines = 'newest' } = surroundings;
  const family = await loadEngine(name);
  const picked = pickVersion(family, given, lines);
  if (!picked.ok) return picked;
  const { version } = picked.value;
  if (picked.value.assumed) findings.assume('version');
  findings.note(...picked.value.notes);

  const runtime = pickRuntime(request, { engine: name, version, lines }, findings);
  if (!runtime.ok) return runtime;
  const arch = pickArch(request, surroundings, findings);
  const libseccomp = pickLibseccomp(
    request,
    { engine: name, version, runtime: runtime.value, arch, lines },
    findings,
  );
  if (!libseccomp.ok) return libseccomp;
  const kernel = pickKernel(request, surroundings, findings);
  if (!kernel.ok) return kernel;
  if (request.caps.length === 0) findings.assume('caps');

  const target: Target = {
    arch,
    kernel: kernel.value.version,
    caps: applyCaps(defaultCaps(name, version), request.caps),
    engine: family.rules(version),
    runtime: runtime.value.rules,
    libseccomp: libseccomp.value.rules,
  };
  const identity: HostIdentity = {
    expression: request.text,
    engine: name,
    version: version.text,
    runtime: runtime.value.rules.name,
    runtimeVersion: runtime.value.text,
    libseccomp: libseccomp.value.version,
    kernel: kernel.value.text,
    arch,
    assumed: findings.assumed,
    notes: findings.notes,
  };
  return ok({ identity, target, profile: family.profile(version, arch) });
}

/** Architectures that the engine would list for this profile and the runtime refuses: the container does not start. */
export function rejectedBy({ engine, runtime, arch }: Target, profile: Profile): readonly Abi[] {
  const listed = engine.architectures(profile.architectures, arch);
  return listed.ok ? listed.value.filter((abi) => !acceptsArchitecture(runtime, abi)) : [];
}

/** The stack with its own profile. An architecture that the runtime refuses would stop the container; the rest of the host is still worth knowing. */
export function withoutRejected(stack: Stack): Stack {
  const { identity, target, profile } = stack;
  const rejected = rejectedBy(target, profile);
  if (rejected.length === 0) return stack;
  const note = `runc ${identity.runtimeVersion} rejects ${rejected.join(', ')} in the list of architectures; modelled as if not listed`;
  const { architectures } = target.engine;
  const engine: EngineRules = {
    ...target.engine,
    architectures: (declared, native) => {
      const listed = architectures(declared, native);
      return listed.ok ? ok(listed.value.filter((abi) => !rejected.includes(abi))) : listed;
    },
  };
  return {
    identity: { ...identity, notes: [...identity.notes, note] },
    target: { ...target, engine },
    profile,
  };
}
