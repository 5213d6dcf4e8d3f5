import { ok, type Result } from '../failure.ts';
import { emulatingProfile } from '../hosts/emulation/dockerProfile.ts';
import type { HostModel } from '../hosts/host.ts';
import { hostOf } from '../hosts/model.ts';
import type { Abi } from '../linux/abi.ts';
import { parseKernel } from '../linux/kernel.ts';
import { syscallNumber } from '../linux/numbers.ts';
import type { DockerProfile } from '../seccomp/formats/dockerProfile.ts';
import type { Action } from '../seccomp/profile/action.ts';
import { parseProfile } from '../seccomp/profile/schema.ts';
import type { Target } from '../seccomp/profile/target.ts';
import type { Call } from '../strace/grammar/event.ts';
import { type Choices, changeHost } from './changeHost.ts';
import type { Choice } from './problem.ts';
import { dockerArguments } from './words.ts';

/** A change of any Docker-form profile: take the names out of every group, then append the groups. */
export interface ProfilePatch {
  readonly remove: readonly string[];
  readonly append: readonly Group[];
}

interface Group {
  readonly names: readonly string[];
  readonly action: string;
  readonly errnoRet?: number;
  readonly args?: readonly unknown[];
  readonly comment?: string;
}

const EPERM = 1;
const ENOSYS = 38;

/** The choices as groups to be appended to the `syscalls` of a profile in Docker's form. */
export function patchOf(choices: Choices): ProfilePatch {
  const of = (kind: Choice['kind']) => [...choices].filter(([, choice]) => choice.kind === kind);
  const [enosys, allowed] = [of('enosys').map(([name]) => name), of('allow').map(([name]) => name)];
  const append: Group[] = [];
  if (enosys.length > 0) append.push({ names: enosys, action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS });
  if (allowed.length > 0) append.push({ names: allowed, action: 'SCMP_ACT_ALLOW' });
  for (const [name, { kind, when = [], silent = [] }] of choices) {
    for (const conditions of kind === 'enosys-args' ? when : silent) {
      const args = dockerArguments(conditions);
      append.push({ names: [name], action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS, args });
    }
    for (const conditions of kind === 'allow-args' ? when : []) {
      append.push({ names: [name], action: 'SCMP_ACT_ALLOW', args: dockerArguments(conditions) });
    }
  }
  // What is let through under conditions only gets one more condition: the groups that it has stay.
  return { remove: [...enosys, ...allowed].sort(), append };
}

/** The patch applied to a Docker-form document; everything else of it stays as it is, comments included. */
export function applyPatch(document: Record<string, unknown>, patch: ProfilePatch): Record<string, unknown> {
  const removed = new Set(patch.remove);
  const groups = ((document.syscalls as (Group & { name?: string })[] | null) ?? []).flatMap((group) => {
    if (group.name !== undefined && group.name !== '') return removed.has(group.name) ? [] : [group];
    const names = group.names.filter((name) => !removed.has(name));
    return names.length === 0 ? [] : [names.length === group.names.length ? group : { ...group, names }];
  });
  return { ...document, syscalls: [...groups, ...patch.append] };
}

/** A profile to be written, and what that very host makes of it. */
export interface WholeProfile {
  readonly profile: DockerProfile;
  readonly notes: readonly string[];
  /** The host with this profile, lowered by its own engine, runtime and libseccomp; undefined where these are unknown. */
  readonly loaded?: HostModel;
  /** Changed calls that this host would still not answer as chosen, whatever the profile says. */
  readonly unmet: readonly string[];
  /** The default answer had to become ENOSYS: the only way to say something about names the host's library lacks. */
  readonly changedDefault: boolean;
}

/** The whole profile: that host's, decided for its capabilities and kernel, with the change in it. */
export function wholeProfile(host: HostModel, choices: Choices): Result<WholeProfile> {
  const kernel = host.target?.kernel ?? parseKernel(host.identity.kernel) ?? { major: 99, minor: 0 };
  const wanted = changeHost(host, choices);
  const made = emulatingProfile(wanted, { arch: host.identity.arch, kernel });
  if (!made.ok) return made;
  const { target } = host;
  const { notes } = made.value;
  const own = host.identity.engine === 'containerd' ? asOci(made.value.profile) : made.value.profile;
  if (!target || target.arch !== host.identity.arch)
    return ok({ profile: own, notes, unmet: [], changedDefault: false });
  const plain = loadableBy(own, target);
  const first = load(host, wanted, plain, choices);
  if (!first.ok || first.value.unmet.length === 0) {
    // What that host can't load at all is told by the caller as an obstacle.
    const loaded = first.ok ? first.value : { unmet: [...choices.keys()] };
    return ok({ profile: plain, notes, ...loaded, changedDefault: false });
  }
  const silent = silentDefault(own, target);
  const second = silent && load(host, wanted, silent, choices);
  if (silent && second?.ok && second.value.unmet.length === 0) {
    const names = first.value.unmet.join(', ');
    const note = `libseccomp ${host.identity.libseccomp} of that host does not know ${names} and would skip a rule for it: the profile answers ENOSYS by default (defaultErrnoRet 38) instead, and EPERM by name to every other call that was refused`;
    return ok({ profile: silent, notes: [...notes, note], ...second.value, changedDefault: true });
  }
  return ok({ profile: plain, notes, ...first.value, changedDefault: false });
}

/** containerd reads no archMap in a file (hosts/profileFile.ts): without a list it would kill 32-bit programs. */
function asOci({ archMap, ...profile }: DockerProfile): DockerProfile {
  const architectures = (archMap ?? []).flatMap(({ architecture, subArchitectures }) => [
    architecture,
    ...subArchitectures,
  ]);
  return { ...profile, architectures };
}

/**
 * Without what keeps an old runtime from starting anything: crun before 0.5 ends at a name that its libseccomp does not
 * know, crun before 0.4 and runc before 1.0.2 at a rule that says the same as the default (where the engine drops `errnoRet`, every
 * errno is EPERM).
 */
function loadableBy(profile: DockerProfile, { engine, runtime, libseccomp }: Target): DockerProfile {
  const errno = (value: number | undefined) =>
    engine.passesErrnoRet && runtime.honoursErrnoRet ? (value ?? EPERM) : EPERM;
  const byDefault =
    engine.passesDefaultErrnoRet && runtime.honoursDefaultErrnoRet
      ? (profile.defaultErrnoRet ?? EPERM)
      : EPERM;
  const syscalls = profile.syscalls
    .filter(
      ({ action, errnoRet }) =>
        runtime.redundantRule === 'skip' ||
        action !== profile.defaultAction ||
        (action === 'SCMP_ACT_ERRNO' && errno(errnoRet) !== byDefault),
    )
    .map((group) =>
      runtime.unknownName === 'error'
        ? { ...group, names: group.names.filter((name) => libseccomp.knows(name)) }
        : group,
    )
    .filter(({ names }) => names.length > 0);
  return { ...profile, syscalls };
}

/** The same with ENOSYS for all that is not named; undefined where the default is not an errno. */
function silentDefault(profile: DockerProfile, target: Target): DockerProfile | undefined {
  if (profile.defaultAction !== 'SCMP_ACT_ERRNO') return undefined;
  return loadableBy({ ...profile, defaultErrnoRet: ENOSYS }, target);
}

function load(
  host: HostModel,
  wanted: HostModel,
  profile: DockerProfile,
  choices: Choices,
): Result<{ readonly loaded: HostModel; readonly unmet: readonly string[] }> {
  const { target, identity } = host;
  const parsed = parseProfile(profile);
  if (!parsed.ok) return parsed;
  const loaded = hostOf(identity, parsed.value, target!);
  if (!loaded.ok) return loaded;
  const unmet = [...choices.keys()].filter((name) =>
    probesOf(name, choices.get(name)!, host).some(
      (call) => words(wanted.answer(call).action) !== words(loaded.value.answer(call).action),
    ),
  );
  return ok({ loaded: loaded.value, unmet });
}

/**
 * Calls that show what is answered: with no argument of note, and with each set that a condition names; of the native
 * ABI, or of those that have a call that only 32-bit programs know.
 */
function probesOf(name: string, choice: Choice, { policy, identity }: HostModel): readonly Call[] {
  const { arch } = identity;
  const others = (policy?.abis ?? []).map(({ abi }) => abi);
  const abis = syscallNumber(name, arch) === undefined ? others : [arch];
  return abis.flatMap((abi) => callsOf(name, choice, abi));
}

function callsOf(name: string, { when = [], silent = [] }: Choice, abi: Abi): readonly Call[] {
  const nr = syscallNumber(name, abi);
  if (nr === undefined) return [];
  const zeros = [0n, 0n, 0n, 0n, 0n, 0n];
  const sets = [...when, ...silent].map((conditions) => {
    const args = [...zeros];
    for (const { index, value, valueTwo, op } of conditions)
      args[index] = op === 'MASKED_EQ' ? valueTwo : value;
    return args;
  });
  return [zeros, ...sets].map((args) => ({ nr, abi, name, args }));
}

function words(action: Action): string {
  return 'value' in action ? `${action.kind} ${action.value}` : action.kind;
}
