import { applyCaps } from '../../hosts/caps.ts';
import { loadEngine } from '../../hosts/engines.ts';
import type { EngineFamily, EngineName } from '../../hosts/family.ts';
import { defaultCaps } from '../../hosts/shipped.ts';
import type { Abi } from '../../linux/abi.ts';
import { errnoName } from '../../linux/errno.ts';
import { compareKernels, type KernelVersion } from '../../linux/kernel.ts';
import { ALWAYS, type ProfileGroup } from '../../seccomp/profile/profile.ts';

/** What a default profile says of a name, with the engine's default capabilities and before any libseccomp. */
export type ProfileState =
  | { readonly kind: 'allowed' }
  /** Only with certain arguments; with any, where the container has one of these sets of capabilities too. */
  | { readonly kind: 'conditional'; readonly sets?: readonly (readonly string[])[] }
  /** An explicit errno, such as ENOSYS for clone3. */
  | { readonly kind: 'errno'; readonly errno: string }
  /** Not unless the container has more capabilities: one of these sets is enough, each as a whole. `caps`: all of them. */
  | {
      readonly kind: 'capability';
      readonly caps: readonly string[];
      readonly sets: readonly (readonly string[])[];
    }
  /** Not named: the default action, or runc's stub. */
  | { readonly kind: 'unlisted' };

/** Consecutive releases of one engine whose profile says the same. */
export interface AllowanceRange {
  readonly engine: EngineName;
  readonly from: string;
  readonly to: string;
  /** True when `to` is the newest release of the tables. */
  readonly open: boolean;
  readonly state: ProfileState;
}

/** The engines that `explain` speaks of: the others follow one of these. */
const TOLD: readonly EngineName[] = ['docker', 'buildkit', 'containerd', 'podman', 'crio'];

/** Reads the tables of these engines ahead of time. */
export async function preload(): Promise<void> {
  await Promise.all([...TOLD.map(loadEngine), import('../../hosts/gvisor.ts')]);
}

/** Who allows a syscall since when, from the profiles alone: no host is resolved, so it is quick. */
export async function allowance(name: string, arch: Abi): Promise<readonly AllowanceRange[]> {
  const ranges: AllowanceRange[] = [];
  for (const engine of TOLD) ranges.push(...rangesOf(await loadEngine(engine), name, arch, undefined));
  return ranges;
}

/** What a container has that profiles ask for. */
interface Held {
  readonly caps: ReadonlySet<string>;
  /** The kernel that it runs on. */
  readonly kernel: KernelVersion;
}

/** The same of one engine, for a container with these capabilities on that kernel. */
export async function allowanceWith(
  engine: EngineName,
  name: string,
  arch: Abi,
  held: Held,
): Promise<readonly AllowanceRange[]> {
  return rangesOf(await loadEngine(engine), name, arch, held);
}

/** Without `held`: the capabilities that the engine gives by default, and a new kernel. */
function rangesOf(
  family: EngineFamily,
  name: string,
  arch: Abi,
  held: Held | undefined,
): readonly AllowanceRange[] {
  const byProfile = new Map<string, readonly ProfileGroup[]>();
  const states = new Map<string, { readonly state: ProfileState; readonly key: string }>();
  const releases = family.versions.filter(({ pre }) => pre === undefined);
  const ranges: AllowanceRange[] = [];
  let last: { key: string; range: AllowanceRange } | undefined;
  for (const [i, version] of releases.entries()) {
    const id = family.profileId(version);
    let groups = byProfile.get(id);
    if (!groups) {
      groups = family.groupsOf(version, name).filter((group) => !held || onKernel(group, held.kernel));
      byProfile.set(id, groups);
    }
    // What the version's own rules and capabilities are matters only where a group asks for them.
    const asks = groups.some(({ includes, excludes }) => includes !== ALWAYS || excludes !== ALWAYS);
    const condition = asks ? family.rules(version).conditionArch(arch) : '';
    const caps = !asks ? NO_CAPS : (held?.caps ?? applyCaps(defaultCaps(family.name, version), []));
    const stateKey = `${id} ${condition} ${caps.size}`;
    let found = states.get(stateKey);
    if (!found) {
      const state = stateOf(groups, condition, caps);
      found = { state, key: JSON.stringify(state) };
      states.set(stateKey, found);
    }
    const { state, key } = found;
    const open = i === releases.length - 1;
    if (last?.key === key) last.range = { ...last.range, to: version.text, open };
    else {
      if (last) ranges.push(last.range);
      last = { key, range: { engine: family.name, from: version.text, to: version.text, open, state } };
    }
  }
  if (last) ranges.push(last.range);
  return ranges;
}

function onKernel({ includes, excludes }: ProfileGroup, kernel: KernelVersion): boolean {
  if (excludes.minKernel && compareKernels(kernel, excludes.minKernel) >= 0) return false;
  return !includes.minKernel || compareKernels(kernel, includes.minKernel) >= 0;
}

const NO_CAPS: ReadonlySet<string> = new Set();

function stateOf(all: readonly ProfileGroup[], arch: string, caps: ReadonlySet<string>): ProfileState {
  const groups = all.filter(
    ({ includes, excludes }) =>
      !excludes.arches.includes(arch) && (includes.arches.length === 0 || includes.arches.includes(arch)),
  );
  const active = groups.filter(
    ({ includes, excludes }) =>
      !excludes.caps.some((cap) => caps.has(cap)) && includes.caps.every((cap) => caps.has(cap)),
  );
  const allows = (group: ProfileGroup): boolean => group.action === 'allow';
  if (active.some((group) => allows(group) && group.args.length === 0)) return { kind: 'allowed' };
  const gated = groups.filter((group) => allows(group) && group.includes.caps.length > 0);
  if (active.some(allows)) {
    const sets = enough(
      gated.filter(({ args }) => args.length === 0),
      groups,
      caps,
    );
    return { kind: 'conditional', ...(sets.length > 0 ? { sets } : {}) };
  }
  const refusing = active.find(({ action, args }) => action === 'errno' && args.length === 0);
  if (gated.length > 0) {
    const needed = [...new Set(gated.flatMap(({ includes }) => includes.caps))];
    // clone3 is ENOSYS without the capability: that matters more to a reader than the capability.
    if (!refusing || refusing.errnoRet === 1) {
      return { kind: 'capability', caps: needed, sets: enough(gated, groups, caps) };
    }
  }
  if (refusing)
    return { kind: 'errno', errno: errnoName(refusing.errnoRet ?? 1) ?? String(refusing.errnoRet) };
  return { kind: 'unlisted' };
}

/**
 * The smallest sets of further capabilities with which the call gets through: what one group asks for, where no other group
 * then refuses it (Podman 5.3 refuses perf_event_open to who lacks CAP_SYS_ADMIN or CAP_BPF …), else all that is asked for.
 */
function enough(
  gated: readonly ProfileGroup[],
  groups: readonly ProfileGroup[],
  held: ReadonlySet<string>,
): readonly (readonly string[])[] {
  const works = (more: readonly string[]): boolean => {
    const caps = new Set([...held, ...more]);
    const active = groups.filter(
      ({ includes, excludes }) =>
        !excludes.caps.some((cap) => caps.has(cap)) && includes.caps.every((cap) => caps.has(cap)),
    );
    const refuses = active.some(({ action, args }) => action !== 'allow' && args.length === 0);
    return !refuses && active.some(({ action }) => action === 'allow');
  };
  const missing = (caps: readonly string[]): readonly string[] => caps.filter((cap) => !held.has(cap));
  const asked = gated.map(({ includes }) => missing(includes.caps));
  const excluded = groups.flatMap(({ action, excludes }) =>
    action === 'allow' ? [] : missing(excludes.caps),
  );
  const single = asked.filter((set) => set.length > 0 && works(set));
  const found =
    single.length > 0
      ? single
      : asked.flatMap((set) =>
          [...new Set(excluded)].map((cap) => [...new Set([...set, cap])]).filter((both) => works(both)),
        );
  const keys = new Map(found.map((set) => [[...set].sort().join(' '), set]));
  return [...keys.values()].sort((a, b) => a.length - b.length);
}
