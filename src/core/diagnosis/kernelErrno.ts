import {
  ENOSYS_ANY,
  EPERM_FILTERED,
  EPERM_UNFILTERED,
  type GenuineRow,
  NEVER_EPERM,
} from './kernelErrnoTable.ts';

/**
 * When the kernel itself says EPERM or ENOSYS, with no filter in between. Judgement, kept apart from numbers: each entry
 * says what the kernel asks for and where that is written (Linux man-pages 6, or kernel documentation).
 */
export interface Genuine {
  readonly errno: 'EPERM' | 'ENOSYS';
  /** Completes "the kernel itself answers so when …". */
  readonly when: string;
  readonly kind: 'capability' | 'file system' | 'argument' | 'foreign process' | 'configuration';
  readonly source: string;
  /**
   * True for calls that every default profile in our tables allows whatever the arguments: then no engine's filter can be
   * meant, even if it is not known on which host the trace was made. A test holds this against the tables.
   */
  readonly neverFiltered: boolean;
}

let index: ReadonlyMap<string, Genuine> | undefined;

function buildIndex(): ReadonlyMap<string, Genuine> {
  const entries = new Map<string, Genuine>();
  const add = (rows: readonly GenuineRow[], errno: Genuine['errno'], neverFiltered: boolean): void => {
    for (const [names, when, kind, source] of rows) {
      for (const name of names.split(' ')) {
        entries.set(`${errno} ${name}`, { errno, when, kind, source, neverFiltered });
      }
    }
  };
  add(EPERM_UNFILTERED, 'EPERM', true);
  add(EPERM_FILTERED, 'EPERM', false);
  add(ENOSYS_ANY, 'ENOSYS', false);
  return entries;
}

/** Why the kernel itself may answer `name` with `errno`; undefined when our catalogue knows no reason. */
export function genuineReason(name: string, errno: string): Genuine | undefined {
  index ??= buildIndex();
  return index.get(`${errno} ${name}`);
}

/** Names of the catalogue for which no default profile in the tables has a refusal. */
export function neverFilteredNames(): readonly string[] {
  index ??= buildIndex();
  return [...index]
    .filter(([, entry]) => entry.neverFiltered)
    .map(([key]) => key.slice(key.indexOf(' ') + 1));
}

/** Whether the kernel itself never answers this call with EPERM, by the manual pages: then a filter did. */
export function neverGenuineEperm(name: string): boolean {
  return NEVER_EPERM.has(name);
}
