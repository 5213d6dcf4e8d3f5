import type { Consequence, Denial } from '../documents/denial.ts';
import { bySeverity } from '../documents/severity.ts';
import type { ExitInfo } from '../documents/trace.ts';
import { breaksCallers, callerClaims } from '../linux/callers.ts';
import type { CallerImage } from '../strace/grammar/event.ts';
import { weightOf } from '../strace/summary/consequence.ts';

/** A refusal about which it is not yet said whether it matters. */
export interface Undecided {
  readonly denial: Omit<Denial, 'consequence' | 'matters' | 'callers' | 'role'>;
  /** What the attribution knows of it: the kernel itself refused, nothing changes, strace made it up. */
  readonly given: Consequence | undefined;
  /** The programs that made the call, each of them; empty where the trace does not tell. */
  readonly programs: readonly CallerImage[];
}

/** How the traced command ended, and whether the trace keeps the order of calls. */
export interface Ending {
  readonly exit?: ExitInfo | undefined;
  readonly ordered: boolean;
}

/**
 * The one answer to "does it matter": what followed decides before the tables do. A command that succeeded was broken by
 * none of its refusals. One that failed was broken by those that an error followed; where there are none, by the last
 * one whose thread ended with an error. What no one saw is decided by the callers, if the trace identifies them.
 */
export function decideConsequences(
  refusals: readonly Undecided[],
  { exit, ordered }: Ending,
): readonly Denial[] {
  const passed = exit?.status === 0 && exit.timedOut !== true;
  const plain = ordered ? refusals : refusals.map(withoutAfter);
  const ofFilter = plain.filter(({ denial, given }) => !given && denial.after !== undefined);
  const proven = ofFilter.some(({ denial }) => weightOf(denial.after!.shown) >= 3);
  const failed =
    !passed && (exit !== undefined || ofFilter.some(({ denial }) => (denial.after?.failed ?? 0) > 0));
  const last = failed && !proven ? lastBad(ofFilter) : undefined;
  return plain
    .map((refusal): Denial => {
      const { denial, programs, given } = refusal;
      const consequence = given ?? consequenceOf(refusal, passed, refusal === last);
      const callers =
        denial.errno === 'SIGSYS' || denial.errno === 'unknown'
          ? []
          : callerClaims(denial.syscall, denial.errno, programs);
      const shown = given ? withoutAfter(refusal).denial : denial;
      const role = given ? undefined : roleOf(consequence);
      return {
        ...shown,
        ...(callers.length > 0 ? { callers } : {}),
        consequence,
        matters: consequence.effect !== 'harmless',
        ...(role ? { role } : {}),
      };
    })
    .sort(bySeverity);
}

function consequenceOf(refusal: Undecided, passed: boolean, isLast: boolean): Consequence {
  const { errno, after } = refusal.denial;
  if (passed) return { effect: 'harmless', basis: 'seen', because: 'command-succeeded' };
  if (errno === 'SIGSYS') return { effect: 'breaks', basis: refusal.denial.basis, because: 'killed' };
  const byTable = byCallers(refusal);
  if (!after) return byTable;
  if (after.failed > 0) return { effect: 'breaks', basis: 'seen', because: 'error-followed' };
  if (after.wentOn === 0) return { effect: 'harmless', basis: 'seen', because: 'fell-back' };
  if (isLast && byTable.effect !== 'harmless') {
    return { effect: 'breaks', basis: 'assumed', because: 'last-before-the-error' };
  }
  if (after.fellBack + (after.succeeded ?? 0) === after.fellBack + after.wentOn) {
    return { effect: 'harmless', basis: 'seen', because: 'went-on-and-succeeded' };
  }
  return byTable;
}

/** By the table of callers; what rests on memory, or on a caller that is only possible, proves nothing harmless. */
function byCallers({ denial: { syscall, errno }, programs }: Undecided): Consequence {
  // An audit record leaves the errno out, on which callers decide.
  if (errno === 'unknown') return { effect: 'unknown', basis: 'assumed', because: 'caller-not-identified' };
  const { effect, basis } = breaksCallers(syscall, errno, programs);
  if (effect === 'harmless' && basis === 'assumed') {
    return { effect: 'unknown', basis: 'assumed', because: 'caller-not-identified' };
  }
  return { effect, basis, because: effect === 'unknown' ? 'caller-not-identified' : 'callers' };
}

function roleOf({ effect, basis, because }: Consequence): Denial['role'] {
  if (effect === 'breaks' && because !== 'callers') return 'suspect';
  return basis === 'seen' || because === 'callers'
    ? effect === 'harmless'
      ? 'harmless'
      : undefined
    : undefined;
}

/** The last refused call whose thread ended badly without a fall-back, a call that no caller shrugs off before others. */
function lastBad(refusals: readonly Undecided[]): Undecided | undefined {
  const at = ({ denial }: Undecided): number => denial.after!.shown.at.line;
  return refusals
    .filter((one) => weightOf(one.denial.after!.shown) === 1 && byCallers(one).effect !== 'harmless')
    .sort((a, b) => at(b) - at(a))[0];
}

function withoutAfter(refusal: Undecided): Undecided {
  const { after: _, ...denial } = refusal.denial;
  return { ...refusal, denial };
}
