/** Every field that some engine reads, by the object that it stands in. What else stands there Go's decoder passes over. */
export const FIELDS = {
  profile:
    'defaultAction defaultErrnoRet defaultErrno archMap architectures flags listenerPath listenerMetadata syscalls',
  group: 'names name action errnoRet errno args includes excludes comment',
  argument: 'index value valueTwo op',
  requirement: 'arches caps minKernel',
} as const;

/** Where else a profile has fields: in an OCI config.json around it, and in its archMap. */
const AROUND = 'linux seccomp architecture subArchitectures';

const USUAL: ReadonlyMap<string, string> = new Map(
  [AROUND, ...Object.values(FIELDS)]
    .join(' ')
    .split(' ')
    .map((name) => [name.toLowerCase(), name]),
);

/**
 * The document with its fields written as usual. All engines are in Go, whose decoder takes `Names` and `NAMES` for `names`; of
 * two that are the same to it the later one counts (measured with Docker 20.10.24 and Podman 4.3.1).
 */
export function withUsualFields(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(withUsualFields);
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(
    Object.entries(json).map(([key, value]) => [USUAL.get(key.toLowerCase()) ?? key, withUsualFields(value)]),
  );
}
