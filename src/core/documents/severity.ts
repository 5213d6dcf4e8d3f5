import type { Denial } from './denial.ts';

/** Code unit order, the only order that is the same everywhere. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const suspect = ({ role }: Denial): number => (role === 'suspect' ? 1 : 0);
const line = ({ after, first }: Denial): number => (after?.shown.at ?? first).line;

/** 0: breaks, 1: may break, 2: harmless; refusals whose cause no profile decides come after the others of a rank. */
function rank({ consequence, cause }: Denial): number {
  const effect = { breaks: 0, unknown: 2, harmless: 4 }[consequence.effect];
  return effect + (cause === 'genuine' || cause === 'unknown' ? 1 : 0);
}

/**
 * The order of refusals everywhere: suspects before others, of several the one that an error followed first (what is
 * refused after a message is often refused to the code that reports it); then what breaks, then what happens most.
 */
export function bySeverity(a: Denial, b: Denial): number {
  return (
    suspect(b) - suspect(a) ||
    (suspect(a) === 1 ? line(a) - line(b) : 0) ||
    rank(a) - rank(b) ||
    b.count - a.count ||
    compareText(a.syscall, b.syscall) ||
    compareText(a.abi, b.abi) ||
    compareText(a.errno, b.errno) ||
    compareText(a.cause, b.cause)
  );
}

/**
 * Whether a refusal is a finding: it matters, and either a profile or a kernel decides it, or an error was seen to
 * follow, whatever its cause.
 */
export function isFinding({ matters, cause, consequence }: Denial): boolean {
  if (!matters) return false;
  if (cause !== 'genuine' && cause !== 'unknown') return true;
  return consequence.effect === 'breaks' && consequence.basis === 'seen';
}
