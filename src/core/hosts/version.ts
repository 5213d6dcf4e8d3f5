import { nearest } from './words.ts';

/** A release number: dotted numbers and an optional pre-release, such as 1.0.0-rc93, 18.03.1 or 25.0.0-rc.1. */
export interface Version {
  readonly text: string;
  readonly numbers: readonly number[];
  /** `['rc', 93]`; undefined for a release. */
  readonly pre: readonly [label: string, number: number] | undefined;
}

/** Labels of pre-releases in the order in which projects use them. Docker's `tp` are technical previews. */
const LABELS = ['tp', 'alpha', 'beta', 'rc'];

const SHAPE = /^(\d+(?:\.\d+){0,3})(?:-(tp|alpha|beta|rc)(\.?)(\d*))?(?:[-+~].*)?$/;

/**
 * Reads a version as people and packages write it: `v20.10.5`, `18.03.1-ce`, `docker-v29.4.0`, `1.1.5+ds1-1`,
 * `v1.0.0-rc4-25-g3f2f8b84a` (git describe: counts as rc4). Undefined when it is none.
 */
export function parseVersion(text: string): Version | undefined {
  const bare = text
    .trim()
    .replace(/^(?:docker-|common\/|release-)?v?(?=\d)/, '')
    .replace(/-ce(?![a-z])/, '');
  const found = SHAPE.exec(bare);
  if (!found) return undefined;
  const [, numbers, label, dot = '', count = ''] = found;
  return {
    text: label === undefined ? numbers! : `${numbers}-${label}${dot}${count}`,
    numbers: numbers!.split('.').map(Number),
    pre: label === undefined ? undefined : [label, Number(count || 0)],
  };
}

/** Negative, zero or positive. A pre-release comes before its release; missing numbers count as 0. */
export function compareVersions(a: Version, b: Version): number {
  const length = Math.max(a.numbers.length, b.numbers.length);
  for (let i = 0; i < length; i++) {
    const difference = (a.numbers[i] ?? 0) - (b.numbers[i] ?? 0);
    if (difference !== 0) return difference;
  }
  if (!a.pre || !b.pre) return (a.pre ? -1 : 0) - (b.pre ? -1 : 0);
  return LABELS.indexOf(a.pre[0]) - LABELS.indexOf(b.pre[0]) || a.pre[1] - b.pre[1];
}

const known = new Map<string, Version>();

/** Most versions of the tables are plain: thousands of them need no regular expression. */
function plainVersion(text: string): Version | undefined {
  const numbers = text.split('.').map(Number);
  return numbers.some(Number.isNaN) ? parseVersion(text) : { text, numbers, pre: undefined };
}

/** For versions written in this program's tables. */
export function version(text: string): Version {
  let found = known.get(text);
  if (!found) {
    const parsed = text.includes('-') || text.startsWith('v') ? parseVersion(text) : plainVersion(text);
    if (!parsed) throw new Error(`not a version: ${text}`);
    found = parsed;
    known.set(text, found);
  }
  return found;
}

/** `a` is `text` or newer. */
export function atLeast(a: Version, text: string): boolean {
  return compareVersions(a, version(text)) >= 0;
}

/** `a` without its pre-release is `text` or newer: a release candidate already has what its release has. */
export function lineAtLeast(a: Version, text: string): boolean {
  return compareVersions(a.pre ? { ...a, pre: undefined } : a, version(text)) >= 0;
}

/** The value of the last entry [first version, value] that is not newer than `at`; the first one for older versions. */
export function valueAt<T>(runs: readonly (readonly [string, T])[], at: Version): T {
  let value = runs[0]![1];
  for (const [first, next] of runs) {
    if (lineAtLeast(at, first)) value = next;
  }
  return value;
}

/** Same first numbers: 20.10.5 belongs to the line `20.10` and to `20`. */
export function isOfLine(a: Version, line: Version): boolean {
  return line.pre === undefined && line.numbers.every((number, i) => a.numbers[i] === number);
}

/** The neighbours of a version that does not exist, and the one of its line that it may be a mistyped form of. `list` is in order. */
export function closest(wanted: Version, list: readonly Version[]): readonly string[] {
  const older = list.filter((each) => compareVersions(each, wanted) < 0).at(-1);
  const newer = list.find((each) => compareVersions(each, wanted) > 0);
  const line = list.filter(({ numbers }) => numbers[0] === wanted.numbers[0]).map(({ text }) => text);
  const typo = line.length > 0 ? nearest(wanted.text, line, 1) : [];
  return [...new Set([older?.text, newer?.text, ...typo].filter((text) => text !== undefined))];
}
