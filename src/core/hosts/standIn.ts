import type { Lines } from './resolve/surroundings.ts';
import { closest, compareVersions, isOfLine, type Version } from './version.ts';

/**
 * Where a version belongs among the known ones. Every table ends on the day it was made, and a later release is more
 * like the newest known one of its line than like nothing.
 */
export type Placed =
  /** The tables have it. */
  | { readonly kind: 'known'; readonly version: Version }
  /** A whole line was named (`20.10`): its newest release, or its oldest. */
  | { readonly kind: 'line'; readonly version: Version }
  /** Newer than the newest known of its line (`ended`: of a line that later ones followed). */
  | { readonly kind: 'newer'; readonly version: Version; readonly ended: boolean }
  /** Not listed, but its line is and goes on: the nearest before it, else the first of the line. */
  | { readonly kind: 'between'; readonly version: Version }
  /** No such line: what was probably meant. */
  | { readonly kind: 'none'; readonly close: readonly string[] };

/** By how much a number may be ahead of the newest known one before it is rather a typing error than a release to come. */
const AHEAD = {
  /** Docker counts its majors up by two a year, libseccomp hardly ever. */
  major: (newest: number) => newest + Math.max(3, Math.floor(newest / 2)),
  /** Minor and patch of the line that is being worked on. */
  current: (newest: number) => newest + 20,
  /** A line that others followed gets few fixes more. */
  ended: (newest: number) => newest + Math.max(3, Math.floor(newest / 2)),
};

const part = ({ numbers }: Version, index: number): number => numbers[index] ?? 0;
const lineOf = (version: Version): Version => ({
  ...version,
  numbers: version.numbers.slice(0, 2),
  pre: undefined,
});

/** Places `wanted` among `known` (oldest first, in the order of versions). */
export function place(wanted: Version, known: readonly Version[], lines: Lines = 'newest'): Placed {
  const releases = known.filter(({ pre }) => pre === undefined);
  const newest = releases.at(-1)!;
  const exact = known.find((each) => compareVersions(each, wanted) === 0);
  if (exact && wanted.numbers.length >= exact.numbers.length) return { kind: 'known', version: exact };

  const whole = wanted.pre === undefined && wanted.numbers.length < 3;
  if (whole) {
    const version = releases.filter((each) => isOfLine(each, wanted)).at(lines === 'newest' ? -1 : 0);
    if (version) return { kind: 'line', version };
  }
  if (exact) return { kind: 'known', version: exact };

  if (compareVersions(wanted, newest) > 0) {
    // A release candidate is nearer to its release than the line before it.
    if (isPlausible(wanted, newest))
      return {
        kind: 'newer',
        version: known.filter((each) => compareVersions(each, wanted) < 0).at(-1)!,
        ended: false,
      };
  } else if (!whole) {
    const line = known.filter((each) => isOfLine(each, lineOf(wanted)));
    const last = line.at(-1);
    if (last && compareVersions(wanted, last) < 0) {
      const before = line.filter((each) => compareVersions(each, wanted) < 0).at(-1);
      return { kind: 'between', version: before ?? line[0]! };
    }
    if (last && part(wanted, 2) <= AHEAD.ended(part(last, 2)))
      return { kind: 'newer', version: last, ended: true };
  }
  return { kind: 'none', close: closest(wanted, releases) };
}

/** Whether a version above `newest` can be a release that came after the tables. */
function isPlausible(wanted: Version, newest: Version): boolean {
  if (part(wanted, 0) !== part(newest, 0)) return part(wanted, 0) <= AHEAD.major(part(newest, 0));
  if (part(wanted, 1) !== part(newest, 1)) return part(wanted, 1) <= AHEAD.current(part(newest, 1));
  return part(wanted, 2) <= AHEAD.current(part(newest, 2));
}

/** What a result says of a version that another one stands in for; `title` as people write the component's name. */
export function standInNote(
  title: string,
  wanted: string,
  placed: Placed,
  lines: Lines = 'newest',
): string | undefined {
  switch (placed.kind) {
    case 'newer':
      return placed.ended
        ? `${title} ${wanted} is not in the tables: ${placed.version.text}, the newest known of its line, stands in`
        : `${title} ${wanted} is newer than the tables: ${placed.version.text}, the newest known, stands in`;
    case 'between':
      return `${title} ${wanted} is not in the tables: ${placed.version.text}, the nearest known, stands in`;
    case 'line':
      return placed.version.text === wanted
        ? undefined
        : `${title} ${wanted} is taken as ${placed.version.text}, the ${lines} of that line in the tables`;
    default:
      return undefined;
  }
}
