import type { Candidate } from '../core/diagnosis/infer/infer.ts';
import { testedArguments } from '../core/diagnosis/tested.ts';
import { runsOn } from '../core/diagnosis/translate.ts';
import { ok, type Result } from '../core/failure.ts';
import { distributionStacks } from '../core/hosts/distributions.ts';
import type { HostModel } from '../core/hosts/host.ts';
import { existsOn, knownHosts, USUAL_ARCHES } from '../core/hosts/known.ts';
import { libseccompReleases } from '../core/hosts/libseccomp.ts';
import type { Lines } from '../core/hosts/resolve/surroundings.ts';
import type { Abi } from '../core/linux/abi.ts';
import { kernelText } from '../core/linux/kernel.ts';
import { newestKernel } from '../core/linux/numbers.ts';
import { openHost } from '../io/machine/hosts.ts';

export interface OpenedHost {
  /** The user's expression, or the known host's. */
  readonly label: string;
  readonly model: HostModel;
}

/** Hosts by their expressions, in that order; the failure of the first that is none. */
export async function openHosts(
  expressions: readonly string[],
  lines: Lines = 'newest',
): Promise<Result<readonly OpenedHost[]>> {
  const hosts: OpenedHost[] = [];
  for (const label of expressions) {
    const model = await openHost(label, lines);
    if (!model.ok) return model;
    hosts.push({ label, model: model.value });
  }
  return ok(hosts);
}

/** Those of `known` that exist on this architecture; `plain` leaves `arch=` out of the labels. */
async function openOn(
  known: readonly string[],
  arch: Abi,
  plain: boolean,
  more = '',
): Promise<readonly OpenedHost[]> {
  const hosts: OpenedHost[] = [];
  for (const expression of known.filter((host) => existsOn(host, arch))) {
    const model = await openHost(`${expression},arch=${arch}${more}`);
    if (!model.ok) continue;
    hosts.push({ label: plain ? expression : `${expression},arch=${arch}`, model: model.value });
  }
  return hosts;
}

/** Every known host on one architecture. */
export async function openKnownHosts(arch: Abi): Promise<Result<readonly OpenedHost[]>> {
  return ok(await openOn(await knownHosts(), arch, true));
}

/** Every known host on every usual architecture, the traces' own first and without `arch=` in its label. */
export async function openAllHosts(abis: readonly Abi[]): Promise<Result<readonly OpenedHost[]>> {
  const native = nativeArch(abis);
  const known = await knownHosts();
  const hosts: OpenedHost[] = [];
  for (const arch of [native, ...USUAL_ARCHES.filter((one) => one !== native)]) {
    hosts.push(...(await openOn(known, arch, arch === native)));
  }
  return ok(hosts);
}

/** Newer than every syscall of the tables: the kernel is inferred apart from the filter. */
const newKernel = (): string => `,kernel=${kernelText(newestKernel())}`;

/** Releases of libseccomp on which filters differ most; an engine may run with another than it was shipped with. */
const OTHER_LIBSECCOMP = ['2.3.3', '2.4.1', '2.4.4', '2.5.1', '2.5.3', '2.5.5', '2.6.0'];

/** What `infer` asks: what distributions ship, no filter at all, every known host as shipped, and with other releases of
 * libseccomp. */
export async function openCandidates(abis: readonly Abi[]): Promise<Result<readonly Candidate[]>> {
  const native = nativeArch(abis);
  // A 32-bit trace may also come from a 32-bit machine, which filters differ on.
  const [only] = abis;
  const arches = abis.length === 1 && only !== undefined && only !== native ? [native, only] : [native];
  const known = await knownHosts();
  const engines = known.filter((one) => one.includes('@') && !one.startsWith('gvisor@'));
  const releases = new Set(libseccompReleases().map(({ version }) => version));
  const others = OTHER_LIBSECCOMP.filter((one) => releases.has(one)).map((one) => `,libseccomp=${one}`);
  const candidates: Candidate[] = [...(await openDistributions(native))];
  for (const arch of arches) {
    const plain = arch === native;
    candidates.push(...(await openOn(['unconfined', ...known], arch, plain, newKernel())));
    for (const refined of others) {
      for (const { label, model } of await openOn(engines, arch, plain, refined + newKernel())) {
        candidates.push({ label: `${label}${refined}`, model, variantOf: label });
      }
    }
  }
  return ok(candidates);
}

/** What distributions ship, which no engine's own release combines. */
async function openDistributions(arch: Abi): Promise<readonly Candidate[]> {
  const candidates: Candidate[] = [];
  for (const { name, host } of distributionStacks()) {
    const model = await openHost(`${host},arch=${arch}${newKernel()}`);
    if (model.ok) candidates.push({ label: `${host} (${name})`, model: model.value });
  }
  return candidates;
}

/** The architecture of a machine that runs all these ABIs; that of the first one where none does. */
export function nativeArch(abis: readonly Abi[]): Abi {
  const order: readonly Abi[] = ['x86_64', 'aarch64', ...USUAL_ARCHES, ...abis];
  return (
    order.find((arch) => abis.length > 0 && abis.every((abi) => runsOn(abi, arch))) ?? abis[0] ?? 'x86_64'
  );
}

/** Arguments that the profiles of these hosts test, by syscall: the reader keeps calls apart by them. */
export function relevantFor(hosts: readonly OpenedHost[]): Readonly<Record<string, readonly number[]>> {
  // Default profiles are covered by the reader's own table.
  return testedArguments(hosts.filter(({ label }) => label.startsWith('profile:')).map(({ model }) => model));
}

/** Why a host that is no plain `unconfined` loads no filter: that nothing is refused there has to be understood. */
export function notesWithoutFilter({ policy, identity }: HostModel): readonly string[] {
  return policy === undefined && identity.engine !== 'unconfined' ? identity.notes : [];
}
