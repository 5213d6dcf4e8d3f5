/** Every field of a profile document, whichever engine reads it. */
const NAMES =
  'linux seccomp defaultAction defaultErrnoRet defaultErrno archMap architecture subArchitectures architectures flags listenerPath listenerMetadata syscalls names name action errnoRet errno args index value valueTwo op includes excludes arches caps minKernel comment';

const FIELDS: ReadonlyMap<string, string> = new Map(
  NAMES.split(' ').map((name) => [name.toLowerCase(), name]),
);

/**
 * The document with its fields written as usual. All engines are in Go, whose decoder takes `Names` and `NAMES` for `names`; of
 * two that are the same to it the later one counts (measured with Docker 20.10.24 and Podman 4.3.1).
 */
export function withUsualFields(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(withUsualFields);
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(
    Object.entries(json).map(([key, value]) => [
      FIELDS.get(key.toLowerCase()) ?? key,
      withUsualFields(value),
    ]),
  );
}
