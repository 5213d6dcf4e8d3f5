import { abiInfo } from '../linux/abi.ts';
import type { Condition } from '../seccomp/profile/policy.ts';
import { ALWAYS, type Profile, type ProfileGroup } from '../seccomp/profile/profile.ts';
import { TEXT } from './containers.gen.ts';
import { applyArchMap, type EngineFamily, FIRST_ARCHES } from './family.ts';
import { ProfileHistory } from './history.ts';
import { lineAtLeast, type Version } from './version.ts';

let shared: ProfileHistory | undefined;
const history = (): ProfileHistory => {
  shared ??= new ProfileHistory(TEXT);
  return shared;
};

/** First versions with code that has the field: seccomp/containers-golang 0.5.0 and containers/common 0.40.0. */
const ERRNO_RET = { podman: '2.0.0', buildah: '1.15.0', crio: '1.19.2' } as const;
const DEFAULT_ERRNO_RET = { podman: '3.3.0', buildah: '1.22.0', crio: '1.22.0' } as const;

/** Podman, Buildah and CRI-O share containers/common's code; CRI-O edits the table before it uses it. */
export function containers(name: 'podman' | 'buildah' | 'crio'): EngineFamily {
  const releases = history().releases(name);
  const ids = new Map(releases.map(({ version: { text }, id }) => [text, id]));
  const edited = new Map<string, Profile>();
  return {
    name,
    versions: releases.map((release) => release.version),
    profileId: (at) => `${ids.get(at.text)!}${name === 'crio' ? crioEdits(at) : ''}`,
    profile: (at, native) => {
      const id = ids.get(at.text)!;
      const edits = name === 'crio' ? crioEdits(at) : '';
      const profile = history().profile(id, native);
      if (edits === '') return profile;
      let own = edited.get(id + edits);
      if (!own) {
        own = { ...profile, groups: editForCrio(profile.groups, edits) };
        edited.set(id + edits, own);
      }
      return own;
    },
    groupsOf: (at, syscall) => {
      const groups = history().groupsOf(ids.get(at.text)!, syscall);
      const edits = name === 'crio' ? crioEdits(at) : '';
      return edits === ''
        ? groups
        : editForCrio(groups, edits).filter(({ names }) => names.includes(syscall));
    },
    rules: (at) => ({
      name,
      version: at.text,
      passesErrnoRet: lineAtLeast(at, ERRNO_RET[name]),
      passesDefaultErrnoRet: lineAtLeast(at, DEFAULT_ERRNO_RET[name]),
      testsMinKernel: false,
      conditionArch: (native) => abiInfo(native).goSeccomp,
      architectures: applyArchMap((native) => FIRST_ARCHES.has(native)),
    }),
  };
}

type CrioEdits = '' | '+unshare' | '+namespaces';

/** RuntimeDefault of CRI-O (facts/containers-default-profile.json engineRules): 1.24.0, then 1.29.9 and 1.30.6. */
function crioEdits(at: Version): CrioEdits {
  const [major, minor] = at.numbers;
  const newer =
    lineAtLeast(at, '1.31.0') ||
    lineAtLeast(at, '1.30.6') ||
    (major === 1 && minor === 29 && lineAtLeast(at, '1.29.9'));
  if (newer) return '+namespaces';
  return lineAtLeast(at, '1.24.0') ? '+unshare' : '';
}

/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET. */
const NAMESPACE_BITS = [0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000];
const NAMESPACES = 0x7e020000n;

const ADMIN = { arches: [], caps: ['CAP_SYS_ADMIN'] };

function editForCrio(given: readonly ProfileGroup[], edits: CrioEdits): readonly ProfileGroup[] {
  const gone = edits === '+namespaces' ? ['unshare', 'clone', 'clone3'] : ['unshare'];
  const groups = given.flatMap((group): readonly ProfileGroup[] => {
    const plain = group.action === 'allow' && group.includes === ALWAYS && group.excludes === ALWAYS;
    if (!plain || group.args.length > 0) return [group];
    const names = group.names.filter((name) => !gone.includes(name));
    return names.length > 0 ? [{ ...group, names }] : [];
  });
  const admin: ProfileGroup = { names: gone, action: 'allow', args: [], includes: ADMIN, excludes: ALWAYS };
  return [...groups, admin, ...(edits === '+namespaces' ? namespaceGroups() : [])];
}

/** clone is allowed without namespace bits; without CAP_SYS_ADMIN any of them is EPERM and clone3 is ENOSYS. */
function namespaceGroups(): readonly ProfileGroup[] {
  const s390: readonly string[] = ['s390', 's390x'];
  const flags = (index: number, value: bigint, valueTwo: bigint): Condition => ({
    index,
    op: 'MASKED_EQ',
    value,
    valueTwo,
  });
  const onArch = (index: number, caps: readonly string[]) =>
    index === 1
      ? { includes: { arches: s390, caps: [] }, excludes: { arches: [], caps } }
      : { includes: ALWAYS, excludes: { arches: s390, caps } };
  const perIndex = [0, 1].flatMap((index): ProfileGroup[] => [
    { names: ['clone'], action: 'allow', args: [flags(index, NAMESPACES, 0n)], ...onArch(index, []) },
    ...NAMESPACE_BITS.map(
      (bit): ProfileGroup => ({
        names: ['clone'],
        action: 'errno',
        errnoRet: 1,
        args: [flags(index, BigInt(bit), BigInt(bit))],
        ...onArch(index, ['CAP_SYS_ADMIN']),
      }),
    ),
  ]);
  return [
    ...perIndex,
    { names: ['clone3'], action: 'errno', errnoRet: 38, args: [], includes: ALWAYS, excludes: ADMIN },
  ];
}
