import { refusal } from '../diagnosis/errno.ts';
import { ok, type Result } from '../failure.ts';
import { emulatingProfile } from '../hosts/emulation/dockerProfile.ts';
import type { HostModel } from '../hosts/host.ts';
import { hostOf } from '../hosts/model.ts';
import { acceptsArchitecture } from '../hosts/runtimes.ts';
import { ABIS, type Abi, abiInfo } from '../linux/abi.ts';
import { parseKernel } from '../linux/kernel.ts';
import { syscallNumber } from '../linux/numbers.ts';
import type { DockerProfile } from '../seccomp/formats/dockerProfile.ts';
import { parseProfile } from '../seccomp/profile/schema.ts';
import type { Target } from '../seccomp/profile/target.ts';
import type { Call } from '../strace/grammar/event.ts';
import { type Choices, changeHost } from './changeHost.ts';
import type { Choice } from './problem.ts';
import { type EnosysForm, formsOf } from './profileForms.ts';

/** A profile to be written, and what that very host makes of it. */
export interface WholeProfile {
  readonly profile: DockerProfile;
  readonly notes: readonly string[];
  /** The host with this profile, lowered by its own engine, runtime and libseccomp; undefined where these are unknown. */
  readonly loaded?: HostModel;
  /** Changed calls that this host would still not answer as chosen, whatever the profile says. */
  readonly unmet: readonly string[];
  readonly form: EnosysForm;
}

/** The whole profile: that host's, decided for its capabilities and kernel, with the change in it. */
export function wholeProfile(host: HostModel, choices: Choices): Result<WholeProfile> {
  const kernel = host.target?.kernel ?? parseKernel(host.identity.kernel) ?? { major: 99, minor: 0 };
  const wanted = changeHost(host, choices);
  const made = emulatingProfile(wanted, { arch: host.identity.arch, kernel });
  if (!made.ok) return made;
  const { target } = host;
  const { notes } = made.value;
  const own = withList(made.value.profile, target);
  if (!target || target.arch !== host.identity.arch)
    return ok({ profile: own, notes, unmet: [], form: 'rule' });
  let best: WholeProfile | undefined;
  for (const [form, profile] of formsOf(own, target)) {
    const parsed = parseProfile(profile);
    if (!parsed.ok) return parsed;
    const loaded = hostOf(host.identity, parsed.value, target);
    const found: WholeProfile = loaded.ok
      ? { profile, notes, form, loaded: loaded.value, unmet: unmetBy(loaded.value, wanted, choices) }
      : // What that host can't load at all is told by the caller as an obstacle.
        { profile, notes, form, unmet: [...choices.keys()] };
    if (!best || found.unmet.length < best.unmet.length) best = found;
    if (best.unmet.length === 0) break;
  }
  return ok(best!);
}

/**
 * Which of the choices `loaded` does not answer as `wanted` does: a call goes through that should not, or the other way
 * round; or a program sees another errno of a call that ENOSYS was chosen for. What is refused beside the allowed values
 * of an argument has the errno that the host can give it.
 */
export function unmetBy(loaded: HostModel, wanted: HostModel, choices: Choices): readonly string[] {
  return [...choices].flatMap(([name, choice]) =>
    probesOf(name, choice, wanted).some((call) => {
      const [want, got] = [wanted, loaded].map((host) => refusal(host.answer(call).action));
      const anyErrno = choice.kind === 'allow-args' && choice.silent === undefined;
      return anyErrno ? (want === undefined) !== (got === undefined) : want !== got;
    })
      ? [name]
      : [],
  );
}

/**
 * With a list of architectures in place of the map: Docker, Podman and CRI-O read both, containerd only the list, and without
 * one it would kill 32-bit programs (hosts/profileFile.ts). What the runtime refuses in a list is left out: the native one is always in.
 */
function withList({ archMap = [], ...profile }: DockerProfile, target: Target | undefined): DockerProfile {
  const refused = new Set(
    target
      ? ABIS.filter((abi) => !acceptsArchitecture(target.runtime, abi)).map((abi) => abiInfo(abi).scmp)
      : [],
  );
  const architectures = archMap
    .flatMap(({ architecture, subArchitectures }) => [architecture, ...subArchitectures])
    .filter((name) => !refused.has(name));
  return { ...profile, architectures };
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
