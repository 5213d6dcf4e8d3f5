import type { CallerClaim, Denial } from '../../core/documents/denial.ts';
import { list } from './list.ts';

/** `glibc ≥ 2.33 faccessat()`: the version where the table has a plain one. */
function title({ who, since }: CallerClaim): string {
  const plain = /^v?\d+(?:\.\d+)+\b/.exec(since ?? '')?.[0];
  if (plain === undefined) return who;
  const [first = '', ...rest] = who.split(' ');
  return [first, `≥ ${plain}`, ...rest].join(' ');
}

/** One program, and not several: `Zig programs without libc (zig build's runner is one)` are several. */
function isSingular(who: string): boolean {
  return !/, | and |\bprograms\b/.test(who.replace(/\([^()]*\)/, ''));
}

/** What known callers do on this errno, in one clause; undefined where none is known. */
export function callersPhrase(callers: readonly CallerClaim[], errno: string): string | undefined {
  if (callers.length === 0) return undefined;
  const back = callers.filter(({ fallsBack }) => fallsBack);
  const stuck = callers.filter(({ fallsBack }) => !fallsBack);
  const one = (some: readonly CallerClaim[]): boolean => some.length === 1 && isSingular(some[0]!.who);
  const fall = `${one(back) ? 'falls' : 'fall'} back on ${errno}`;
  if (stuck.length === 0) return `${list(back.map(title))} ${fall}`;
  const not = `${list(stuck.map(title))} ${one(stuck) ? 'does' : 'do'} not`;
  const then = stuck.find(({ otherwise }) => otherwise !== undefined)?.otherwise;
  const ending = then === undefined ? '' : ` (${then})`;
  return back.length === 0
    ? `${not} fall back on ${errno}${ending}`
    : `${list(back.map(title))} ${fall}; ${not}${ending}`;
}

/** The same for a refusal; undefined where the filter killed the process or no caller is known. */
export function fallbackPhrase({ callers, errno }: Pick<Denial, 'callers' | 'errno'>): string | undefined {
  return callersPhrase(callers ?? [], errno);
}
