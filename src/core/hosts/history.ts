import { ABIS, type Abi, abiInfo } from '../linux/abi.ts';
import { parseKernel } from '../linux/kernel.ts';
import type { Condition, Operator } from '../seccomp/profile/policy.ts';
import {
  ALWAYS,
  type Profile,
  type ProfileAction,
  type ProfileGroup,
  type Requirement,
} from '../seccomp/profile/profile.ts';
import type { ProfileArchitectures } from '../seccomp/profile/target.ts';
import { type Version, version } from './version.ts';

/** Conditions of a group as the tables write them: names without SCMP_ prefixes. */
interface When {
  readonly action: string;
  readonly errnoRet?: number;
  readonly args?: readonly (readonly [index: number, value: number, valueTwo: number, op: string])[];
  readonly includes?: { readonly arches?: string[]; readonly caps?: string[]; readonly minKernel?: string };
  readonly excludes?: { readonly arches?: string[]; readonly caps?: string[]; readonly minKernel?: string };
}

/** Top-level keys of a profile; null where a version dropped one. */
interface Head {
  readonly defaultAction?: string | null;
  readonly defaultErrnoRet?: number | null;
  readonly archMap?: Readonly<Record<string, readonly string[]>> | null;
  /** Go-libseccomp's native name to the list put in `architectures`; `*` for the others (Docker 1.10 to 1.12). */
  readonly architecturesByNative?: Readonly<Record<string, readonly string[]>> | null;
  /** The same by GOARCH (containerd). */
  readonly architecturesByGOARCH?: Readonly<Record<string, readonly string[]>> | null;
}

/** Shape of moby.gen.ts, containers.gen.ts and containerd.gen.ts. */
interface Table {
  /** Each version is its base with keys replaced and names added to or removed from groups. */
  readonly versions: readonly {
    readonly id: string;
    readonly base: string | null;
    readonly set: Head;
    readonly delta: readonly { readonly when: When; readonly add?: string[]; readonly del?: string[] }[];
  }[];
  /** Per component: [version, profile id], oldest first. */
  readonly releases: Readonly<Record<string, readonly (readonly [version: string, id: string])[]>>;
}

/** All versions of one project's default profile. */
export class ProfileHistory {
  readonly #table: Table;
  #byId: ReadonlyMap<string, Table['versions'][number]> | undefined;
  readonly #heads = new Map<string, Head>();
  readonly #profiles = new Map<string, Profile>();

  constructor(text: string) {
    this.#table = JSON.parse(text) as Table;
  }

  /** Releases of a component with the id of their profile, oldest first. */
  releases(component: string): readonly { readonly version: Version; readonly id: string }[] {
    return (this.#table.releases[component] ?? []).map(([text, id]) => ({ version: version(text), id }));
  }

  /** Ids in the order of the table, oldest first. */
  ids(): readonly string[] {
    return this.#table.versions.map(({ id }) => id);
  }

  /** The profile as that version has it on a host of this architecture. Equal arguments give the same object. */
  profile(id: string, native: Abi): Profile {
    const head = this.#head(id);
    // Only the versions with a list per architecture differ between hosts.
    const perArch = head.architecturesByNative ?? head.architecturesByGOARCH;
    const key = perArch ? `${id} ${native}` : id;
    let profile = this.#profiles.get(key);
    if (!profile) {
      profile = this.#build(id, head, native);
      this.#profiles.set(key, profile);
    }
    return profile;
  }

  /**
   * The groups that name a syscall, without building whole profiles: what `explain` asks for every version at once.
   * Each group holds this one name.
   */
  groupsOf(id: string, name: string): readonly ProfileGroup[] {
    const whens = new Map<string, When>();
    for (const { delta } of this.#chain(id)) {
      for (const { when, add, del } of delta) {
        if (add?.includes(name)) whens.set(JSON.stringify(when), when);
        if (del?.includes(name)) whens.delete(JSON.stringify(when));
      }
    }
    return [...whens.values()].map((when) => groupOf(when, [name]));
  }

  /** The version and all it is based on, the oldest first. */
  #chain(id: string): Table['versions'] {
    this.#byId ??= new Map(this.#table.versions.map((entry) => [entry.id, entry]));
    const chain: Table['versions'][number][] = [];
    for (let at: string | null = id; at !== null; ) {
      const entry: Table['versions'][number] = this.#byId.get(at)!;
      chain.push(entry);
      at = entry.base;
    }
    return chain.reverse();
  }

  #head(id: string): Head {
    let head = this.#heads.get(id);
    if (!head) {
      head = Object.assign({}, ...this.#chain(id).map(({ set }) => set)) as Head;
      this.#heads.set(id, head);
    }
    return head;
  }

  #build(id: string, head: Head, native: Abi): Profile {
    const groups = new Map<string, { readonly when: When; readonly names: Set<string> }>();
    for (const { delta } of this.#chain(id)) {
      for (const { when, add = [], del = [] } of delta) {
        const key = JSON.stringify(when);
        let group = groups.get(key);
        if (!group) {
          group = { when, names: new Set() };
          groups.set(key, group);
        }
        for (const name of add) group.names.add(name);
        for (const name of del) group.names.delete(name);
      }
    }
    return {
      defaultAction: actionOf(head.defaultAction ?? 'ERRNO'),
      ...(typeof head.defaultErrnoRet === 'number' ? { defaultErrnoRet: head.defaultErrnoRet } : {}),
      architectures: architecturesOf(head, native),
      groups: [...groups.values()]
        .filter(({ names }) => names.size > 0)
        .map(({ when, names }) => groupOf(when, [...names].sort())),
      flags: [],
    };
  }
}

const BY_SCMP: ReadonlyMap<string, Abi> = new Map(
  ABIS.map((abi) => [abiInfo(abi).scmp.slice('SCMP_ARCH_'.length), abi]),
);

function abisOf(names: readonly string[], native: Abi): readonly Abi[] {
  return names.map((name) => (name === '<native>' ? native : BY_SCMP.get(name)!));
}

function architecturesOf(head: Head, native: Abi): ProfileArchitectures {
  if (head.archMap) {
    const archMap = Object.entries(head.archMap).map(([name, sub]) => ({
      native: BY_SCMP.get(name)!,
      sub: abisOf(sub, native),
    }));
    return { archMap, list: undefined };
  }
  const { goSeccomp, goarch } = abiInfo(native);
  const lists = head.architecturesByNative ?? head.architecturesByGOARCH;
  const list = lists?.[head.architecturesByNative ? goSeccomp : goarch] ?? lists?.['*'] ?? [];
  return { archMap: undefined, list: list.length > 0 ? abisOf(list, native) : undefined };
}

function actionOf(name: string): ProfileAction {
  return (name === 'KILL' ? 'kill_thread' : name.toLowerCase()) as ProfileAction;
}

function requirementOf(found: When['includes']): Requirement {
  if (!found) return ALWAYS;
  const kernel = found.minKernel === undefined ? undefined : parseKernel(found.minKernel);
  return { arches: found.arches ?? [], caps: found.caps ?? [], ...(kernel ? { minKernel: kernel } : {}) };
}

function groupOf(when: When, names: readonly string[]): ProfileGroup {
  return {
    names,
    action: actionOf(when.action),
    ...(when.errnoRet === undefined ? {} : { errnoRet: when.errnoRet }),
    args: (when.args ?? []).map(
      ([index, value, valueTwo, op]): Condition => ({
        index,
        op: op as Operator,
        value: BigInt(value),
        valueTwo: BigInt(valueTwo),
      }),
    ),
    includes: requirementOf(when.includes),
    excludes: requirementOf(when.excludes),
  };
}
