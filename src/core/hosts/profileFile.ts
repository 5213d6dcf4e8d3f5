import { FIELDS, withUsualFields } from '../seccomp/profile/fields.ts';
import { profilePart } from '../seccomp/profile/schema.ts';
import type { EngineName } from './family.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Names of errnos are of containers/common, and win over the numbers there. Docker reads the numbers only. */
const NAMED = { profile: ['defaultErrno'], group: ['errno'] } as const;

/**
 * containerd decodes a profile file straight into the OCI object (contrib/seccomp.WithProfile), which has none of these
 * fields (1.6.20 with runc: groups with conditions apply always, no architecture is listed, Docker's old list form is empty).
 */
const NOT_OCI = {
  profile: [...NAMED.profile, 'archMap'],
  group: [...NAMED.group, 'name', 'includes', 'excludes'],
} as const;

interface Unread {
  readonly profile: readonly string[];
  readonly group: readonly string[];
  /** Of `includes` and `excludes`. */
  readonly requirement?: readonly string[];
}

/** containers/common has no minKernel, so that a group with one applies on every kernel (podman 4.3.1: whatever stands there). */
const COMMON: Unread = { profile: [], group: [], requirement: ['minKernel'] };

const UNREAD: Readonly<Record<EngineName, Unread>> = {
  docker: NAMED,
  buildkit: NAMED,
  containerd: NOT_OCI,
  podman: COMMON,
  buildah: COMMON,
  crio: COMMON,
};

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

/** Whether a field says something: `includes: {}` does not. */
const says = (value: unknown): boolean =>
  isObject(value) ? Object.values(value).some(says) : value !== undefined && value !== null && value !== '';

/** A profile file without the fields that this engine's code does not read, and the names of those that said something. */
export function asReadBy(
  engine: EngineName,
  json: unknown,
): { readonly json: unknown; readonly unread: readonly string[] } {
  const fields = UNREAD[engine];
  const document = profilePart(withUsualFields(json));
  if (!isObject(document) || Array.isArray(document)) return { json, unread: [] };
  const unread = new Set<string>();
  const kept = (given: unknown, known: string, dropped: readonly string[] = []): unknown => {
    if (!isObject(given) || Array.isArray(given)) return given;
    const read = known.split(' ').filter((name) => !dropped.includes(name));
    return Object.fromEntries(
      Object.entries(given).filter(([key, value]) => {
        const reads = read.includes(key);
        if (!reads && says(value)) unread.add(key);
        return reads;
      }),
    );
  };
  const own = kept(document, FIELDS.profile, fields.profile) as Fields;
  if (!Array.isArray(own.syscalls)) return { json: own, unread: [...unread].sort() };
  const syscalls = own.syscalls.flatMap((each: unknown): unknown[] => {
    const group = kept(each, FIELDS.group, fields.group);
    if (!isObject(group)) return [group];
    // Docker's old form with one `name` is about no syscall at all to containerd.
    if (isObject(each) && says(each.name) && !says(group.name) && !says(group.names)) return [];
    const parts: Record<string, unknown> = {};
    for (const key of ['includes', 'excludes'])
      if (key in group) parts[key] = kept(group[key], FIELDS.requirement, fields.requirement);
    if (Array.isArray(group.args)) parts.args = group.args.map((one: unknown) => kept(one, FIELDS.argument));
    return [{ ...group, ...parts }];
  });
  return { json: { ...own, syscalls }, unread: [...unread].sort() };
}
