import type { Abi } from '../../linux/abi.ts';
import { abiInfo } from '../../linux/abi.ts';
import { EPERM } from '../../linux/errno.ts';
import { ALWAYS, type Profile, type ProfileGroup } from '../profile/profile.ts';
import type { Converted } from './documents.ts';

/** For whom the conditions of a profile are decided when the target form has none. */
export interface Circumstances {
  readonly arch: Abi;
  readonly caps: ReadonlySet<string>;
}

/** Decides `includes` and `excludes` for one host and says so; archMap becomes the list for its architecture. */
export function flatten(profile: Profile, { arch, caps }: Circumstances): Converted<Profile> {
  const native = abiInfo(arch).goSeccomp;
  const lost: string[] = [];
  let decided = 0;
  const groups = profile.groups.filter(({ includes, excludes }: ProfileGroup) => {
    if (includes !== ALWAYS || excludes !== ALWAYS) {
      const conditions = [includes, excludes].some(
        (each) => each.arches.length + each.caps.length > 0 || each.minKernel,
      );
      if (conditions) decided++;
    }
    if (excludes.arches.includes(native) || excludes.caps.some((cap) => caps.has(cap)) || excludes.minKernel)
      return false;
    if (includes.arches.length > 0 && !includes.arches.includes(native)) return false;
    return includes.caps.every((cap) => caps.has(cap));
  });
  if (decided > 0) {
    lost.push(
      `conditions of ${decided} groups on capabilities, architectures or kernels: decided for ${arch}, ${caps.size} capabilities and a current kernel`,
    );
  }
  const { archMap, list } = profile.architectures;
  const entry = archMap?.find((row) => row.native === arch);
  if (archMap && archMap.length > 1) lost.push(`the architectures of other hosts than ${arch}`);
  const architectures = list ?? (entry ? [entry.native, ...entry.sub] : [arch]);
  return {
    value: {
      ...profile,
      architectures: { archMap: undefined, list: architectures },
      groups: groups.map((group) => ({ ...group, includes: ALWAYS, excludes: ALWAYS })),
    },
    lost,
  };
}

/**
 * The rules that have an effect, for forms in which a later line would win: rules like the default are left out, and of
 * several unconditional ones of a name the first stays alone.
 */
export function effective(profile: Profile): Profile {
  const errno = (given: number | undefined): number => given ?? EPERM;
  const telling = profile.groups.filter(
    ({ action, errnoRet }) =>
      action !== profile.defaultAction ||
      (action === 'errno' && errno(errnoRet) !== errno(profile.defaultErrnoRet)),
  );
  const always = new Map<string, ProfileGroup>();
  for (const group of telling) {
    if (group.args.length > 0) continue;
    for (const name of group.names) if (!always.has(name)) always.set(name, group);
  }
  const groups = telling
    .map((group) => ({
      ...group,
      names: group.names.filter((name) => !always.has(name) || always.get(name) === group),
    }))
    .filter(({ names }) => names.length > 0);
  return { ...profile, groups };
}
