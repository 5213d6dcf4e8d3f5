import type { Denial } from '../documents/denial.ts';
import type { ExitInfo } from '../documents/trace.ts';
import { weightOf } from '../strace/summary/consequence.ts';
import { bySeverity } from './group.ts';

type Finding = Pick<Denial, 'role' | 'matters'>;

/**
 * What followed the refused calls decides whether they matter, before the tables do. A command that succeeded was broken
 * by none of them. One that failed was broken by those that an error followed; where there are none, by the last one
 * whose process ended with an error, in no other way.
 */
export function weighFollowed(
  denials: readonly Denial[],
  exit: ExitInfo | undefined,
  ordered: boolean,
): readonly Denial[] {
  const passed = exit?.status === 0 && exit.timedOut !== true;
  const ofFilter = denials.filter(({ cause }) => cause !== 'genuine');
  const shown = ordered ? ofFilter.filter(({ after }) => after !== undefined) : [];
  const proven = shown.some(({ after }) => weightOf(after!.shown) >= 3);
  const failed = !passed && (exit !== undefined || shown.some(({ after }) => (after?.failed ?? 0) > 0));
  const last = failed && !proven ? lastBad(shown) : undefined;
  return denials
    .map((denial) => {
      const { after: _, ...bare } = denial;
      if (denial.cause === 'genuine') return bare;
      const plain: Denial = ordered ? denial : bare;
      const found = findingOf(plain, passed, plain === last || denial === last);
      return found ? { ...plain, ...found } : plain;
    })
    .sort(bySeverity);
}

/** The same for calls that a host would refuse: only where they were refused in the trace, with the same errno. */
export function weighSeen(denials: readonly Denial[]): readonly Denial[] {
  if (denials.every(({ after }) => after === undefined)) return denials;
  return denials
    .map((denial) => (denial.after ? { ...denial, ...findingOf(denial, false, false) } : denial))
    .sort(bySeverity);
}

function findingOf({ after, errno, matters }: Denial, passed: boolean, isLast: boolean): Finding | undefined {
  if (passed) return { role: 'harmless', matters: false };
  if (errno === 'SIGSYS') return { role: 'suspect', matters: true };
  if (!after) return undefined;
  if (after.fellBack > 0 && after.failed === 0 && after.wentOn === 0) {
    return { role: 'harmless', matters: false };
  }
  if (after.failed > 0) return { role: 'suspect', matters: true };
  if (isLast && matters) return { role: 'suspect', matters };
  return { role: matters ? 'unknown' : 'harmless', matters };
}

/** The last refused call whose thread ended badly without another way, a call that no caller shrugs off before others. */
function lastBad(denials: readonly Denial[]): Denial | undefined {
  const bad = denials.filter(({ after, matters }) => matters && weightOf(after!.shown) === 1);
  return bad.sort((a, b) => b.after!.shown.at.line - a.after!.shown.at.line)[0];
}
