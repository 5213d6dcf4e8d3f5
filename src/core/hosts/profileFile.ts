import { profilePart } from '../profile/schema.ts';
import type { EngineName } from './family.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Names of errnos are of containers/common, and win over the numbers there. Docker reads the numbers only. */
const NAMED = { profile: ['defaultErrno'], group: ['errno'] } as const;

/**
 * containerd decodes a profile file straight into the OCI object (contrib/seccomp.WithProfile), which has none of these
 * fields (1.6.20 with runc: groups with conditions apply always, no architecture is listed).
 */
const NOT_OCI = {
  profile: [...NAMED.profile, 'archMap'],
  group: [...NAMED.group, 'includes', 'excludes'],
} as const;

const UNREAD: Partial<Record<EngineName, { profile: readonly string[]; group: readonly string[] }>> = {
  docker: NAMED,
  buildkit: NAMED,
  containerd: NOT_OCI,
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
  const document = profilePart(json);
  if (!fields || !isObject(document)) return { json, unread: [] };
  const unread = new Set<string>();
  const without = (object: Fields, names: readonly string[]): Fields =>
    Object.fromEntries(
      Object.entries(object).filter(([key, value]) => {
        if (!names.includes(key)) return true;
        if (says(value)) unread.add(key);
        return false;
      }),
    );
  const own = without(document, fields.profile);
  const groups = Array.isArray(own.syscalls)
    ? { syscalls: own.syscalls.map((each: unknown) => (isObject(each) ? without(each, fields.group) : each)) }
    : {};
  return { json: { ...own, ...groups }, unread: [...unread].sort() };
}
