import type { CallerClaim } from '../documents/denial.ts';
import { TEXT } from './callers.gen.ts';

/** One program or library that issues a syscall and what it does when that fails (facts/callers.json). */
export interface Caller {
  readonly who: string;
  /** First version that does so. */
  readonly since?: string | null;
  readonly when?: string;
  /** Errnos on which it takes another way, with remarks; `any` for every error; empty: it hands the error on. */
  readonly fallbackOn?: readonly string[];
  /** What happens on other errnos. */
  readonly otherwise?: string;
  readonly note?: string;
  /** How a trace shows that it is this caller; absent where nothing shows it. */
  readonly caller?: { readonly library: string } | { readonly program: string };
  /** True where it says nothing of programs that are not identified. */
  readonly onlyFor?: true;
  /** True where the row rests on memory: it never proves that a refusal is harmless. */
  readonly assumed?: true;
  readonly links?: readonly string[];
  /** Of a family of syscalls: some that it makes. */
  readonly calls?: readonly string[];
}

/** How a library or a language's runtime shows in a trace: any of these, as regular expressions. */
interface LibraryMark {
  /** Over the names of shared objects that were opened. */
  readonly object?: string;
  /** Over the names of the first calls, joined by blanks: of static programs. */
  readonly start?: string;
  /** Over the command line. */
  readonly program?: string;
}

interface Table {
  readonly libraries: Readonly<Record<string, LibraryMark>>;
  readonly calls: Readonly<Record<string, readonly Caller[]>>;
}

let parsed: Table | undefined;

function table(): Table {
  parsed ??= JSON.parse(TEXT) as Table;
  return parsed;
}

function rowsOf(name: string): readonly Caller[] {
  const { calls } = table();
  const family = familyOf(name);
  return Object.hasOwn(calls, family) ? calls[family]! : [];
}

/** The row of the table that speaks for a syscall: families share one (`time64`, `io_uring_*`). */
function familyOf(name: string): string {
  if (/(?:_time64|^(?:clock|timer|timerfd)_\w+64)$/.test(name)) return 'time64';
  if (name.startsWith('io_uring_')) return 'io_uring_*';
  if (name.startsWith('landlock_')) return 'landlock_*';
  return name;
}

/** Known callers of a syscall; empty where the table has none. */
export function fallbacksOf(name: string): readonly Caller[] {
  return rowsOf(name).filter(({ who }) => who !== 'bugs');
}

/** Public reports about this syscall being refused. */
export function bugLinks(name: string): readonly string[] {
  return rowsOf(name).flatMap(({ links }) => links ?? []);
}

/** systemd's ERRNO_IS_NOT_SUPPORTED. */
const NOT_SUPPORTED: ReadonlySet<string> = new Set(
  'ENOSYS EOPNOTSUPP ENOTTY EAFNOSUPPORT EPFNOSUPPORT EPROTONOSUPPORT ESOCKTNOSUPPORT ENOPROTOOPT'.split(' '),
);

/** Whether a caller takes another way on this errno; undefined when the table does not say. */
export function callerFallsBack({ fallbackOn }: Caller, errno: string): boolean | undefined {
  if (fallbackOn === undefined) return undefined;
  return fallbackOn.some((entry) => {
    if (entry.startsWith('any')) return true;
    // Only some versions, or only on some file systems: not to be relied on.
    if (/^\w+ (?:\(\d|only )/.test(entry)) return false;
    if (entry.startsWith(errno) && !/\w/.test(entry[errno.length] ?? ' ')) return true;
    if (entry === 'not-supported family') return NOT_SUPPORTED.has(errno);
    return errno === 'ENOSYS' && /^(?:as glibc|none for EPERM)/.test(entry);
  });
}

/** A bare wrapper decides nothing: it hands every error to a program that the table may list by itself. */
const isWrapper = ({ who }: Caller): boolean => / wrapper$/.test(who);

/** A program that made a call, as far as a trace shows it. */
export interface Program {
  readonly command?: string;
  /** File names of the shared objects that it opened. */
  readonly libraries: readonly string[];
  /** Names of its first calls. */
  readonly start: readonly string[];
}

const patterns = new Map<string, RegExp>();

function matches(pattern: string | undefined, text: string | undefined): boolean {
  if (pattern === undefined || text === undefined) return false;
  let compiled = patterns.get(pattern);
  if (!compiled) {
    compiled = new RegExp(pattern);
    patterns.set(pattern, compiled);
  }
  return compiled.test(text);
}

/** Whether a program is, or is linked with, the caller of a row. */
function isCaller({ caller }: Caller, { command, libraries, start }: Program): boolean {
  if (caller === undefined) return false;
  if ('program' in caller) return matches(caller.program, command);
  const mark = table().libraries[caller.library];
  if (!mark) return false;
  return (
    libraries.some((library) => matches(mark.object, library)) ||
    (libraries.length === 0 && matches(mark.start, start.join(' '))) ||
    matches(mark.program, command)
  );
}

/** Every program of a C library is linked with it: what is said of another library, or of the program, speaks first. */
const C_LIBRARIES: ReadonlySet<string> = new Set(['glibc', 'musl']);

function mostSpecific(rows: readonly Caller[]): readonly Caller[] {
  const rank = ({ caller }: Caller): number =>
    caller === undefined || 'program' in caller ? 2 : C_LIBRARIES.has(caller.library) ? 0 : 1;
  const best = Math.max(-1, ...rows.map(rank));
  return rows.filter((row) => rank(row) === best);
}

/**
 * Rows whose behaviour on this errno is known and that are said of these programs; without programs, or where none of
 * them is identified, of everybody. A row about a program by name speaks for it alone: it decides, whatever it is linked with.
 */
function rowsFor(name: string, errno: string, programs: readonly Program[]) {
  const known = fallbacksOf(name).filter((caller) => callerFallsBack(caller, errno) !== undefined);
  const own = programs.map((program) => {
    const rows = known.filter((row) => isCaller(row, program));
    return mostSpecific(rows);
  });
  const identified = programs.length > 0 && own.every(({ length }) => length > 0);
  const found = new Set(own.flat());
  if (found.size > 0) return { identified, rows: known.filter((row) => found.has(row)) };
  const anybody = known.filter(({ onlyFor }) => !onlyFor);
  const callers = anybody.filter((row) => !isWrapper(row));
  return { identified: false, rows: callers.length > 0 ? callers : anybody };
}

/** True when the table names a program or library function that really makes this call, not only a wrapper. */
export function hasKnownCallers(name: string): boolean {
  return fallbacksOf(name).some((caller) => !isWrapper(caller) && caller.fallbackOn !== undefined);
}

/** How many of the known callers fall back on this errno; `programs` made the call, where that is known. */
export function fallsBackOn(
  name: string,
  errno: string,
  programs: readonly Program[] = [],
): 'all' | 'some' | 'none' | 'unknown' {
  const { rows } = rowsFor(name, errno, programs);
  if (rows.length === 0) return 'unknown';
  const count = rows.filter((caller) => callerFallsBack(caller, errno)).length;
  return count === rows.length ? 'all' : count === 0 ? 'none' : 'some';
}

/** What each known caller of a syscall does on this errno, the programs' own where they are identified. */
export function callerClaims(
  name: string,
  errno: string,
  programs: readonly Program[] = [],
): readonly CallerClaim[] {
  return rowsFor(name, errno, programs).rows.map((caller) => {
    const { who, since, otherwise, assumed } = caller;
    return {
      who,
      ...(since ? { since } : {}),
      fallsBack: callerFallsBack(caller, errno) === true,
      ...(otherwise === undefined ? {} : { otherwise }),
      ...(assumed ? { assumed } : {}),
    };
  });
}

/**
 * Whether a refusal breaks these programs, by the table. `known` only where each of them is identified and no row rests on
 * memory.
 */
export function breaksCallers(
  name: string,
  errno: string,
  programs: readonly Program[],
): { readonly effect: 'harmless' | 'breaks' | 'unknown'; readonly basis: 'known' | 'assumed' } {
  const { identified, rows } = rowsFor(name, errno, programs);
  const back = rows.filter((caller) => callerFallsBack(caller, errno));
  const basis = identified && !rows.some(({ assumed }) => assumed) ? 'known' : 'assumed';
  if (rows.length === 0) return { effect: 'unknown', basis: 'assumed' };
  if (back.length === rows.length) return { effect: 'harmless', basis };
  // A wrapper hands the error on; what the program does then is not known.
  const gives = rows.filter((caller) => !isWrapper(caller));
  if (back.length > 0 || gives.length === 0) return { effect: 'unknown', basis: 'assumed' };
  return { effect: 'breaks', basis };
}
