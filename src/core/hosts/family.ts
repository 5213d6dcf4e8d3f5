import { ok } from '../failure.ts';
import type { Abi } from '../linux/abi.ts';
import type { Profile, ProfileGroup } from '../seccomp/profile/profile.ts';
import type { EngineRules } from '../seccomp/profile/target.ts';
import type { Version } from './version.ts';

/** An engine family whose default profile the tables hold. */
export interface EngineFamily {
  /** As in a HOST expression: docker, buildkit, containerd, podman, buildah, crio. */
  readonly name: EngineName;
  /** Every version of the tables, oldest first, pre-releases included. */
  readonly versions: readonly Version[];
  /** Which entry of the tables this version's profile is; the same text means the same profile. */
  profileId(version: Version): string;
  profile(version: Version, native: Abi): Profile;
  /** The groups that are about one syscall, each with this name only; cheaper than the whole profile. */
  groupsOf(version: Version, name: string): readonly ProfileGroup[];
  rules(version: Version): EngineRules;
}

export const ENGINES = ['docker', 'buildkit', 'containerd', 'podman', 'buildah', 'crio'] as const;
export type EngineName = (typeof ENGINES)[number];

/** True for the name of an engine whose default profiles the tables hold. */
export function isEngine(name: string): name is EngineName {
  return (ENGINES as readonly string[]).includes(name);
}

/**
 * How Docker, BuildKit, Podman and their kin turn `archMap` into `architectures`: the entry of the native architecture
 * with its subordinates, if the engine's own table knows that architecture at all; a plain list is passed on as it is.
 */
export function applyArchMap(knows: (native: Abi) => boolean): EngineRules['architectures'] {
  return (declared, native) => {
    if (declared.list) return ok(declared.list);
    const entry = knows(native) ? declared.archMap?.find((row) => row.native === native) : undefined;
    return ok(entry ? [entry.native, ...entry.sub] : []);
  };
}

/** The architectures that the first archMap code of Docker and Podman knew. */
export const FIRST_ARCHES: ReadonlySet<Abi> = new Set<Abi>([
  'x86_64',
  'aarch64',
  'mips64',
  'mips64n32',
  'mipsel64',
  'mipsel64n32',
  's390x',
]);
