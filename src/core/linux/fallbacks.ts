import type { CallerClaim } from '../documents/denial.ts';
import { TEXT } from './fallbacks.gen.ts';

/** One program or library that issues a syscall and what it does when that fails (facts/fallbacks.json). */
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
  /** A regular expression over command lines: only there it speaks, and then alone. Absent: for every program. */
  readonly by?: string;
  readonly links?: readonly string[];
  /** Of a family of syscalls: some that it makes. */
  readonly calls?: readonly string[];
}

let parsed: ReadonlyMap<string, readonly Caller[]> | undefined;

function rowsOf(name: string): readonly Caller[] {
  parsed ??= new Map(Object.entries(JSON.parse(TEXT) as Record<string, readonly Caller[]>));
  return parsed.get(familyOf(name)) ?? [];
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

/**
 * Callers whose behaviour on this errno is known; wrappers count only when nobody else is listed. Where the command is one
 * that the table knows by name, only what is said of it counts.
 */
function decisive(name: string, errno: string, command: string | undefined): readonly Caller[] {
  const known = fallbacksOf(name).filter((caller) => callerFallsBack(caller, errno) !== undefined);
  const own = known.filter(({ by }) => by !== undefined && command !== undefined && matches(by, command));
  if (own.length > 0) return own;
  const callers = known.filter(({ by }) => by === undefined);
  const programs = callers.filter((caller) => !isWrapper(caller));
  return programs.length > 0 ? programs : callers;
}

const patterns = new Map<string, RegExp>();

function matches(by: string, command: string): boolean {
  let pattern = patterns.get(by);
  if (!pattern) {
    pattern = new RegExp(by);
    patterns.set(by, pattern);
  }
  return pattern.test(command);
}

/** True when the table names a program or library function that really makes this call, not only a wrapper. */
export function hasKnownCallers(name: string): boolean {
  return fallbacksOf(name).some((caller) => !isWrapper(caller) && caller.fallbackOn !== undefined);
}

/** How many of the known callers take another way when a syscall fails with this errno; `command` makes the call. */
export function fallsBackOn(
  name: string,
  errno: string,
  command?: string,
): 'all' | 'some' | 'none' | 'unknown' {
  const callers = decisive(name, errno, command);
  if (callers.length === 0) return 'unknown';
  const count = callers.filter((caller) => callerFallsBack(caller, errno)).length;
  return count === callers.length ? 'all' : count === 0 ? 'none' : 'some';
}

/** What each known caller of a syscall does on this errno, `command` making the call; empty where none is known. */
export function callerClaims(name: string, errno: string, command?: string): readonly CallerClaim[] {
  return decisive(name, errno, command).map((caller) => {
    const { who, since, otherwise } = caller;
    return {
      who,
      ...(since ? { since } : {}),
      fallsBack: callerFallsBack(caller, errno) === true,
      ...(otherwise === undefined ? {} : { otherwise }),
    };
  });
}
