import { fail, ok, type Result } from '../failure.ts';
import { type Abi, abiInfo } from '../linux/abi.ts';
import { compareKernels, type KernelVersion, kernelText, parseKernel } from '../linux/kernel.ts';
import { newestKernel } from '../linux/numbers.ts';
import type { Profile } from '../seccomp/profile/profile.ts';
import type { EngineRules, Target } from '../seccomp/profile/target.ts';
import { applyCaps } from './caps.ts';
import { loadEngine } from './engines.ts';
import { type HostExpression, parseHost } from './expression.ts';
import type { EngineName } from './family.ts';
import type { HostField, HostIdentity, HostModel } from './host.ts';
import { chooseLibseccomp, laterLibseccomp, libseccompRules, libseccompSupports } from './libseccomp.ts';
import { filteredHost, hostOf, lowerShared, unfilteredHost } from './model.ts';
import { pickVersion } from './pickVersion.ts';
import { ENGINE_TITLES } from './ranges.ts';
import { acceptsArchitecture, crunRules, NEWEST_READ, NO_RUNTIME, runcRules } from './runtimes.ts';
import {
  defaultCaps,
  runcLibseccomp,
  shippedLibseccomp,
  shippedRuntime,
  shippedVersionOf,
} from './shipped.ts';
import { compareVersions, parseVersion } from './version.ts';

/** What an expression may leave to the machine at hand. */
export interface Surroundings {
  readonly running: { readonly kernel: string; readonly arch: Abi };
  /** JSON of a profile file, as `readProfileJson` gives it. */
  loadProfile(path: string): Promise<Result<unknown>>;
}

/** Turns a HOST expression (design §2) into a host that can be asked; what was not given stands in `assumed`. */
export async function resolveHost(
  expression: string,
  surroundings: Surroundings,
): Promise<Result<HostModel>> {
  const parsed = parseHost(expression);
  if (!parsed.ok) return parsed;
  const request = parsed.value;
  const { host } = request;
  switch (host.kind) {
    case 'engine':
      return engineHost(request, host.engine, host.version, surroundings);
    case 'profile':
      return profileHost(request, host.path, surroundings);
    case 'spec-proposal':
      return proposalHost(request, surroundings);
    case 'gvisor': {
      const { gvisorHost } = await import('./gvisor.ts');
      const { defaultCaps: capsOf } = await import('./shipped.ts');
      const { version } = await import('./version.ts');
      return gvisorHost({
        expression,
        date: host.date,
        arch: request.arch ?? surroundings.running.arch,
        archAssumed: request.arch === undefined,
        caps: applyCaps(capsOf('docker', version('29.7.2')), request.caps),
        capsAssumed: request.caps.length === 0,
      });
    }
    case 'kernel':
      return bareHost(request, 'kernel', { version: host.version, text: host.text }, surroundings);
    case 'unconfined':
      return bareHost(request, 'unconfined', undefined, surroundings);
  }
}

interface Kernel {
  readonly version: KernelVersion;
  readonly text: string;
}

function kernelFor(request: HostExpression, { running }: Surroundings): Result<Kernel> {
  if (request.kernel) return ok(request.kernel);
  const version = parseKernel(running.kernel);
  if (version) return ok({ version, text: running.kernel });
  return fail('usage', `'${running.kernel}' is not a kernel version`, { hint: 'name one: kernel=6.12' });
}

/** What is to be said of a kernel that the tables of syscalls do not reach. */
function kernelNote({ version, text }: Kernel): string | undefined {
  const newest = newestKernel();
  return compareKernels(version, newest) > 0
    ? `Linux ${text} is newer than the tables: Linux ${kernelText(newest)}, the newest known, stands in`
    : undefined;
}

/** A kernel of its own version, or the one at hand, without a filter. */
function bareHost(
  request: HostExpression,
  engine: 'kernel' | 'unconfined',
  named: Kernel | undefined,
  surroundings: Surroundings,
): Result<HostModel> {
  const kernel = named ? ok(named) : kernelFor(request, surroundings);
  if (!kernel.ok) return kernel;
  const assumed: HostField[] = [];
  const notes = ['no seccomp filter: only the kernel answers'];
  if (request.runtime ?? request.libseccomp)
    notes.push('a runtime or a libseccomp changes nothing without a filter');
  const standsIn = kernelNote(kernel.value);
  if ((!named && !request.kernel) || standsIn !== undefined) assumed.push('kernel');
  if (standsIn !== undefined) notes.push(standsIn);
  if (request.arch === undefined) assumed.push('arch');
  const identity: HostIdentity = {
    expression: request.text,
    engine,
    version: named ? named.text : 'none',
    runtime: 'none',
    runtimeVersion: 'none',
    libseccomp: 'none',
    kernel: kernel.value.text,
    arch: request.arch ?? surroundings.running.arch,
    assumed,
    notes,
  };
  return ok(unfilteredHost(identity, kernel.value.version));
}

/** The stack around a profile: everything but the profile itself. */
interface Stack {
  readonly identity: HostIdentity;
  readonly target: Target;
  /** The default profile of that engine version on that architecture. */
  readonly profile: Profile;
}

/** Resolves versions and rules of an engine host. */
async function resolveStack(
  request: HostExpression,
  name: EngineName,
  versionText: string | undefined,
  surroundings: Surroundings,
): Promise<Result<Stack>> {
  const family = await loadEngine(name);
  const picked = pickVersion(family, versionText);
  if (!picked.ok) return picked;
  const kernel = kernelFor(request, surroundings);
  if (!kernel.ok) return kernel;
  const { version } = picked.value;
  const notes = [...picked.value.notes];
  const assumed: HostField[] = [];
  if (picked.value.assumed) assumed.push('version');

  const usual = request.runtime
    ? shippedVersionOf(name, request.runtime, version)
    : shippedRuntime(name, version);
  if (request.runtime === undefined) assumed.push('runtime');
  if (request.runtimeVersion === undefined) assumed.push('runtimeVersion');
  const runtimeVersion =
    request.runtimeVersion === undefined ? usual.version : parseVersion(request.runtimeVersion);
  if (!runtimeVersion) {
    return fail('usage', `'${request.runtimeVersion}' is not a version of ${usual.name}`, {
      hint: `write for example ${usual.name}=${usual.text}`,
    });
  }
  const newest = NEWEST_READ[usual.name];
  if (compareVersions(runtimeVersion, parseVersion(newest)!) > 0) {
    if (!assumed.includes('runtimeVersion')) assumed.push('runtimeVersion');
    notes.push(
      `${usual.name} ${newest} is the newest in the tables; its rules stand in for ${runtimeVersion.text}`,
    );
  } else if (
    request.runtimeVersion !== undefined &&
    runtimeVersion.numbers.length < 3 &&
    !runtimeVersion.pre &&
    usual.name === 'runc'
  ) {
    notes.push(`runc ${request.runtimeVersion} is taken as the newest of that line`);
  }
  const runtime = usual.name === 'runc' ? runcRules(runtimeVersion) : crunRules(runtimeVersion);
  const runtimeText = request.runtimeVersion ?? usual.text;

  let libseccomp: { version: string; behavesAs: string };
  if (request.libseccomp === undefined) {
    assumed.push('libseccomp');
    let release = shippedLibseccomp(name, version, usual);
    const official = runtime.name === 'runc' ? runcLibseccomp(runtimeVersion) : undefined;
    // A runc that was named is newer than the engine's own: its binaries bring their libseccomp along.
    if (official !== undefined) release = laterLibseccomp(release, official);
    libseccomp = { version: release, behavesAs: release };
  } else {
    const chosen = chooseLibseccomp(request.libseccomp);
    if (!chosen.ok) return chosen;
    libseccomp = chosen.value;
    if (chosen.value.standsIn) assumed.push('libseccomp');
    notes.push(...chosen.value.notes);
  }
  const kernelStandsIn = kernelNote(kernel.value);
  if (request.kernel === undefined || kernelStandsIn !== undefined) assumed.push('kernel');
  if (kernelStandsIn !== undefined) notes.push(kernelStandsIn);
  if (request.arch === undefined) assumed.push('arch');
  if (request.caps.length === 0) assumed.push('caps');

  const arch = request.arch ?? surroundings.running.arch;
  const port = libseccompSupports(libseccomp.behavesAs, arch) ? undefined : arch;
  if (port !== undefined) {
    notes.push(
      `libseccomp ${libseccomp.version} does not support ${arch}; modelled as a vendor's port that knows the names of ${libseccomp.behavesAs}`,
    );
  }
  const profile = family.profile(version, arch);
  const target: Target = {
    arch,
    kernel: kernel.value.version,
    caps: applyCaps(defaultCaps(name, version), request.caps),
    engine: family.rules(version),
    runtime,
    libseccomp: libseccompRules(libseccomp.behavesAs, port),
  };
  const identity: HostIdentity = {
    expression: request.text,
    engine: name,
    version: version.text,
    runtime: runtime.name,
    runtimeVersion: runtimeText,
    libseccomp: libseccomp.version,
    kernel: kernel.value.text,
    arch,
    assumed,
    notes,
  };
  return ok({ identity, target, profile });
}

/** Architectures that the engine would list for this profile and the runtime refuses. */
function rejectedBy({ engine, runtime, arch }: Target, profile: Profile): readonly Abi[] {
  const listed = engine.architectures(profile.architectures, arch);
  return listed.ok ? listed.value.filter((abi) => !acceptsArchitecture(runtime, abi)) : [];
}

/** The stack with its own profile. An architecture that the runtime refuses would stop the container; the rest of the host is still worth knowing. */
function withoutRejected(stack: Stack): Stack {
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

async function engineHost(
  request: HostExpression,
  name: EngineName,
  version: string | undefined,
  surroundings: Surroundings,
): Promise<Result<HostModel>> {
  const stack = await resolveStack(request, name, version, surroundings);
  if (!stack.ok) return stack;
  const { identity, profile, target } = withoutRejected(stack.value);
  return hostOf(identity, profile, target);
}

/** A profile file as an engine would load it: the newest Docker unless `engine=` names another. */
async function profileHost(
  request: HostExpression,
  path: string,
  surroundings: Surroundings,
): Promise<Result<HostModel>> {
  const json = await surroundings.loadProfile(path);
  if (!json.ok) return json;
  const { parseProfile } = await import('../seccomp/profile/schema.ts');
  const { asReadBy } = await import('./profileFile.ts');
  const name = request.engine?.name ?? 'docker';
  const read = asReadBy(name, json.value);
  const profile = parseProfile(read.json, path);
  if (!profile.ok) return profile;
  const stack = await resolveStack(request, name, request.engine?.version, surroundings);
  if (!stack.ok) return stack;
  const { identity, target } = stack.value;
  const [rejected] = rejectedBy(target, profile.value);
  if (rejected !== undefined) {
    return fail(
      'input',
      `runc ${identity.runtimeVersion} refuses ${abiInfo(rejected).scmp} in the list of architectures`,
      {
        where: { file: path },
        hint: 'a container with this profile does not start there; take the entry out or name a newer runc',
      },
    );
  }
  const notes = [`the profile ${path} as ${ENGINE_TITLES[name]} ${identity.version} loads it`];
  if (read.unread.length > 0)
    notes.push(`${ENGINE_TITLES[name]} does not read ${read.unread.join(', ')} in a profile file`);
  const host = hostOf({ ...identity, notes: [...notes, ...identity.notes] }, profile.value, target);
  return host.ok ? host : { ok: false, failure: { where: { file: path }, ...host.failure } };
}

/** runtime-spec#1266 on top of the newest Docker profile or the one of `engine=`, loaded by no runtime in particular: there is no stub. */
async function proposalHost(request: HostExpression, surroundings: Surroundings): Promise<Result<HostModel>> {
  const name = request.engine?.name ?? 'docker';
  const stack = await resolveStack(request, name, request.engine?.version, surroundings);
  if (!stack.ok) return stack;
  const { askProposed, proposedPolicy } = await import('./specProposal.ts');
  const target: Target = { ...stack.value.target, runtime: NO_RUNTIME };
  const base = lowerShared(stack.value.profile, target);
  if (!base.ok) return base;
  const policy = proposedPolicy(base.value);
  const { identity } = stack.value;
  const notes = [
    `the rules of ${ENGINE_TITLES[name]} ${identity.version}; what they do not allow is EPERM up to Linux 6.10 and ENOSYS above (opencontainers/runtime-spec#1266)`,
    ...identity.notes,
  ];
  const own: HostIdentity = {
    ...identity,
    engine: 'spec-proposal',
    version: identity.version,
    runtime: 'none',
    runtimeVersion: 'none',
    assumed: identity.assumed.filter(
      (field) => field !== 'runtime' && field !== 'runtimeVersion' && field !== 'version',
    ),
    notes,
  };
  return ok(filteredHost(own, policy, target, (call) => askProposed(policy, call)));
}
