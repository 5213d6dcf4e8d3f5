import { TEXT } from './runtimeNeeds.gen.ts';

/** What a runtime calls under the filter that it loaded, until it has executed the command and beside it (facts/runtime-needs.json). */
export interface RuntimeNeeds {
  readonly runtime: string;
  /** The version that was measured. */
  readonly version: string;
  readonly noNewPrivileges: boolean;
  /** Without any of these some start fails. */
  readonly needed: readonly string[];
  /** Seen, and each start went well without. */
  readonly notNeeded: readonly string[];
  /** What its language's runtime may call at any moment, seen or not; known from its code. */
  readonly atAnyTime: readonly string[];
}

let rows: readonly RuntimeNeeds[] | undefined;

/** What is allowed for a runtime. */
interface Allowed {
  readonly names: readonly string[];
  /** Of these: without any of them it does not start. */
  readonly needed: readonly string[];
  /** Such as `runc 1.1.5`. */
  readonly measured: string;
  readonly exact: boolean;
}

/** All that was measured. */
export function measuredNeeds(): readonly RuntimeNeeds[] {
  rows ??= JSON.parse(TEXT) as readonly RuntimeNeeds[];
  return rows;
}

/**
 * What is allowed for a runtime; undefined for one that was never measured. Of another version than those measured (`exact` is
 * false) all that was seen is allowed: what it needs is not known.
 */
export function runtimeNeeds(
  runtime: string,
  version: string,
  noNewPrivileges: boolean,
): Allowed | undefined {
  const own = measuredNeeds().filter(
    (row) => row.runtime === runtime && row.noNewPrivileges === noNewPrivileges,
  );
  const same = own.find((row) => row.version === plain(version));
  const row = same ?? own.at(-1);
  if (!row) return undefined;
  return {
    names: allowedFor(row, !same),
    needed: row.needed,
    measured: `${row.runtime} ${row.version}`,
    exact: same !== undefined,
  };
}

/** For whatever runtime will run it: what any of those measured needs. */
export function anyRuntimeNeeds(): readonly string[] {
  return [...new Set(measuredNeeds().flatMap((row) => allowedFor(row, false)))].sort();
}

function allowedFor({ needed, notNeeded, atAnyTime }: RuntimeNeeds, all: boolean): readonly string[] {
  return [...new Set([...needed, ...atAnyTime, ...(all ? notNeeded : [])])]
    .filter((name) => name !== 'clone3')
    .sort();
}

/** `1.1.5+ds1-1` is 1.1.5. */
function plain(version: string): string {
  return /^[\d.]+(?:-rc\.?\d+)?/.exec(version)?.[0] ?? version;
}
