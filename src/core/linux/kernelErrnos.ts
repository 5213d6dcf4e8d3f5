import { TEXT } from './kernelErrnos.gen.ts';

/**
 * When the kernel itself returns EPERM or ENOSYS, with no filter in between (facts/kernel-errnos.json): what it asks for,
 * and where that is written.
 */
export interface KernelErrno {
  readonly errno: 'EPERM' | 'ENOSYS';
  /** Completes "the kernel itself returns it when …". */
  readonly when: string;
  readonly kind: 'capability' | 'file system' | 'argument' | 'foreign process' | 'configuration';
  readonly source: string;
  /**
   * True for calls that every default profile in our tables allows whatever the arguments: then no engine's filter can be
   * meant, even if it is not known on which host the trace was made. A test holds this against the tables.
   */
  readonly neverFiltered: boolean;
}

interface Table {
  readonly rows: readonly (Omit<KernelErrno, 'neverFiltered'> & {
    readonly names: readonly string[];
    readonly neverFiltered?: boolean;
  })[];
  readonly neverEperm: readonly string[];
}

let parsed:
  | { readonly rows: ReadonlyMap<string, KernelErrno>; readonly neverEperm: ReadonlySet<string> }
  | undefined;

function table(): NonNullable<typeof parsed> {
  if (!parsed) {
    const { rows, neverEperm } = JSON.parse(TEXT) as Table;
    const byCall = rows.flatMap(({ names, neverFiltered = false, ...row }) =>
      names.map((name) => [`${row.errno} ${name}`, { ...row, neverFiltered }] as const),
    );
    parsed = { rows: new Map(byCall), neverEperm: new Set(neverEperm) };
  }
  return parsed;
}

/** When the kernel itself returns this errno for `name`; undefined when the table knows no reason. */
export function kernelErrnoOf(name: string, errno: string): KernelErrno | undefined {
  return table().rows.get(`${errno} ${name}`);
}

/** Names of the table for which no default profile has a refusal. */
export function neverFilteredNames(): readonly string[] {
  return [...table().rows]
    .filter(([, entry]) => entry.neverFiltered)
    .map(([key]) => key.slice(key.indexOf(' ') + 1));
}

/** Whether the kernel itself never returns EPERM for this call, by the manual pages: then a filter did. */
export function kernelNeverSaysEperm(name: string): boolean {
  return table().neverEperm.has(name);
}
