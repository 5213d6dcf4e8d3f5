import { fail, ok, type Result } from '../failure.ts';
import { type Abi, abiInfo } from '../linux/abi.ts';
import { columnOf, exactNumber } from '../linux/numbers.ts';
import { SUBCALLS } from '../linux/subcalls.ts';
import type { LibseccompRules } from '../seccomp/profile/target.ts';
import { TEXT } from './libseccomp.gen.ts';
import type { Lines } from './resolve/surroundings.ts';
import { type Placed, place, standInNote } from './standIn.ts';
import { compareVersions, parseVersion, type Version, version } from './version.ts';
import { nearest, orList } from './words.ts';

/** Shape of libseccomp.gen.ts. Numbers are without ABI base. */
interface Table {
  /** [version, date, kernel whose syscalls it knows], oldest first. */
  readonly releases: readonly (readonly [string, string, string])[];
  readonly archSince: Readonly<Record<string, string>>;
  /** First and last release that knows the name. */
  readonly names: Readonly<Record<string, readonly [string, string | null]>>;
  /** First release with a number on that architecture, where it is later than the name. */
  readonly since: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** First release in which the number was gone again. */
  readonly until: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Releases without a number in between. */
  readonly gaps: readonly (readonly [string, string, readonly string[]])[];
  /** Numbers that differ from the syscall table's. */
  readonly other: Readonly<Record<string, Readonly<Record<string, number | null>>>>;
  /** Per architecture, from a release on: names with a number that are reached through socketcall or ipc as well. */
  readonly multiplexed: Readonly<Record<string, readonly (readonly [string, readonly string[]])[]>>;
}

let parsed: Table | undefined;
let order: ReadonlyMap<string, number> | undefined;

function table(): Table {
  parsed ??= JSON.parse(TEXT) as Table;
  return parsed;
}

function indexOf(release: string): number {
  order ??= new Map(table().releases.map(([name], i) => [name, i]));
  return order.get(release)!;
}

/** Releases, oldest first, with their date and the kernel whose syscalls they know. */
export function libseccompReleases(): readonly { version: string; date: string; kernel: string }[] {
  return table().releases.map(([release, date, kernel]) => ({ version: release, date, kernel }));
}

/** Packages that carry another table than their version says (facts/libseccomp.json distroPatches). */
const PACKAGES: readonly { readonly pattern: RegExp; readonly behavesAs: string }[] = [
  { pattern: /^2\.5\.4-1\+deb12u\d+$/, behavesAs: '2.5.5' },
];

export interface LibseccompChoice {
  /** As it stands in output: the release, or the package version that was given. */
  readonly version: string;
  /** The release whose tables it has. */
  readonly behavesAs: string;
  /** True where the tables lack the release that was named and `version` stands in for it. */
  readonly standsIn: boolean;
  readonly notes: readonly string[];
}

/** Reads `2.5.4`, `2.5` (a release of that line) or a distribution's package version. */
export function chooseLibseccomp(text: string, lines: Lines = 'newest'): Result<LibseccompChoice> {
  const known = PACKAGES.find(({ pattern }) => pattern.test(text));
  if (known) {
    const note = `libseccomp ${text} carries the tables of ${known.behavesAs} (measured on Debian's package)`;
    return ok({ version: text, behavesAs: known.behavesAs, standsIn: false, notes: [note] });
  }
  const releases = releasesInOrder();
  const wanted = parseVersion(text);
  const placed: Placed = wanted
    ? place(wanted, releases, lines)
    : {
        kind: 'none',
        close: nearest(
          text,
          releases.map((release) => release.text),
        ),
      };
  if (placed.kind === 'none') {
    const [first, last] = [releases[0]!.text, releases.at(-1)!.text];
    return fail('usage', `libseccomp ${text} is not in the tables (${first} to ${last})`, {
      hint: `did you mean ${orList(placed.close)}?`,
    });
  }
  const release = placed.version.text;
  const note = standInNote('libseccomp', wanted!.text, placed, lines);
  if (placed.kind !== 'known')
    return ok({
      version: release,
      behavesAs: release,
      standsIn: placed.kind !== 'line',
      notes: note ? [note] : [],
    });
  const patched = wanted!.text !== text.trim().replace(/^v/, '');
  return ok({
    version: text,
    behavesAs: release,
    standsIn: false,
    notes: patched ? [`libseccomp ${text} is taken as the upstream release ${release}`] : [],
  });
}

/** The newest release of the tables. */
export function newestLibseccomp(): string {
  return releasesInOrder().at(-1)!.text;
}

/** By number: 2.5.6 came after 2.6.0. */
function releasesInOrder(): readonly Version[] {
  return table()
    .releases.map(([release]) => version(release))
    .sort(compareVersions);
}

/** The later of two releases in the order of the table. */
export function laterLibseccomp(a: string, b: string): string {
  return indexOf(a) >= indexOf(b) ? a : b;
}

const made = new Map<string, LibseccompRules>();

/**
 * What a release does. `port`: an architecture that upstream did not support yet but the host's vendor did (loongarch64
 * before 2.6.0): modelled with that release's names and today's numbers.
 */
export function libseccompRules(release: string, port?: Abi): LibseccompRules {
  const key = `${release} ${port ?? ''}`;
  let rules = made.get(key);
  if (!rules) {
    rules = makeRules(release, port);
    made.set(key, rules);
  }
  return rules;
}

/** Whether upstream's release supports the architecture. */
export function libseccompSupports(release: string, abi: Abi): boolean {
  const since = table().archSince[columnOf(abi)];
  return since !== undefined && indexOf(release) >= indexOf(since);
}

type Multiplexed = NonNullable<ReturnType<LibseccompRules['multiplexed']>>;

function makeRules(release: string, port: Abi | undefined): LibseccompRules {
  const { names, archSince } = table();
  const at = indexOf(release);
  const known = new Set<string>();
  for (const [name, [first, last]] of Object.entries(names)) {
    if (at >= indexOf(first) && (last === null || at <= indexOf(last))) known.add(name);
  }
  const supports = (abi: Abi): boolean => {
    const since = archSince[columnOf(abi)];
    return abi === port || (since !== undefined && at >= indexOf(since));
  };
  // Lowering asks for every name of a profile on every ABI: one pass over the table serves them all.
  const numbers = new Map<Abi, ReadonlyMap<string, number>>();
  const number: LibseccompRules['number'] = (name, abi) => {
    let own = numbers.get(abi);
    if (!own) {
      own = supports(abi) ? numbersOf(release, known, abi, abi === port) : new Map();
      numbers.set(abi, own);
    }
    return own.get(name);
  };
  const multiplexers = new Map<Abi, ReadonlyMap<string, Multiplexed>>();
  const multiplexed: LibseccompRules['multiplexed'] = (name, abi) => {
    let own = multiplexers.get(abi);
    if (!own) {
      own = supports(abi) ? multiplexedOf(at, known, abi, number) : new Map();
      multiplexers.set(abi, own);
    }
    return own.get(name);
  };
  return { version: release, knows: (name) => known.has(name), supports, number, multiplexed };
}

/** Direct numbers of a release on one ABI, base included. */
function numbersOf(
  release: string,
  known: ReadonlySet<string>,
  abi: Abi,
  isPort: boolean,
): ReadonlyMap<string, number> {
  const { since, until, gaps, other } = table();
  const at = indexOf(release);
  const column = columnOf(abi);
  const { base } = abiInfo(abi);
  const missing = new Set<string>();
  for (const [name, first] of isPort ? [] : Object.entries(since[column] ?? {})) {
    if (at < indexOf(first)) missing.add(name);
  }
  for (const [name, end] of Object.entries(until[column] ?? {})) if (at >= indexOf(end)) missing.add(name);
  for (const [arch, name, releases] of gaps) {
    if (arch === column && releases.includes(release)) missing.add(name);
  }
  const found = new Map<string, number>();
  for (const name of known) {
    if (missing.has(name)) continue;
    const own = other[column]?.[name];
    const number = own === undefined ? exactNumber(name, abi) : own === null ? undefined : own + base;
    if (number !== undefined) found.set(name, number);
  }
  return found;
}

/** Names that a release also reaches through socketcall or ipc on one ABI. */
function multiplexedOf(
  at: number,
  known: ReadonlySet<string>,
  abi: Abi,
  number: LibseccompRules['number'],
): ReadonlyMap<string, Multiplexed> {
  let listed: readonly string[] = [];
  for (const [first, names] of table().multiplexed[columnOf(abi)] ?? []) {
    if (at >= indexOf(first)) listed = names;
  }
  const found = new Map<string, Multiplexed>();
  for (const via of ['socketcall', 'ipc'] as const) {
    // i386 always had both multiplexers; elsewhere a family is multiplexed once one of its names is listed.
    if (columnOf(abi) !== 'x86' && !listed.some((name) => SUBCALLS[via][name] !== undefined)) continue;
    for (const [name, call] of Object.entries(SUBCALLS[via])) {
      if (!known.has(name)) continue;
      if (listed.includes(name) || number(name, abi) === undefined) found.set(name, { via, call });
    }
  }
  return found;
}

/** First and last release (null: the newest still does) that knows a name; undefined when none does. */
export function libseccompSpan(name: string): readonly [string, string | null] | undefined {
  const { names } = table();
  return Object.hasOwn(names, name) ? names[name] : undefined;
}
