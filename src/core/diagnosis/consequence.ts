import type { Denial, ExitInfo, Role } from '../documents/denial.ts';
import type { Aftermath, Occurrence } from '../strace/grammar/event.ts';
import { weightOf } from '../strace/summary/consequence.ts';
import { bySeverity } from './group.ts';

interface Finding {
  readonly role: Role;
  readonly matters: boolean;
  readonly followed: string;
}

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

function findingOf(
  { after, errno, matters }: Denial,
  passed: boolean,
  isLast: boolean,
): Finding | Pick<Finding, 'role' | 'matters'> | undefined {
  const followed = after ? sentenceOf(after) : undefined;
  const told = followed === undefined ? {} : { followed };
  if (passed) return { role: 'harmless', matters: false, ...told };
  if (errno === 'SIGSYS') return { role: 'suspect', matters: true };
  if (!after || followed === undefined) return undefined;
  if (after.fellBack > 0 && after.failed === 0 && after.wentOn === 0) {
    return { role: 'harmless', matters: false, followed };
  }
  if (after.failed > 0) return { role: 'suspect', matters: true, followed };
  if (isLast && matters) return { role: 'suspect', matters, followed };
  return { role: matters ? 'unknown' : 'harmless', matters, followed };
}

/** The last refused call whose thread ended badly without another way, a call that no caller shrugs off before others. */
function lastBad(denials: readonly Denial[]): Denial | undefined {
  const bad = denials.filter(({ after, matters }) => matters && weightOf(after!.shown) === 1);
  return bad.sort((a, b) => b.after!.shown.at.line - a.after!.shown.at.line)[0];
}

function sentenceOf(after: Aftermath): string {
  const { shown } = after;
  const weight = weightOf(shown);
  const where = `line ${shown.at.line}`;
  if (shown.fellBack) {
    const { name, line } = shown.fellBack;
    const place = line === shown.at.line + 1 ? 'on the next line' : `on line ${line}`;
    return `after ${where} the same thread went on with ${name} ${place}: it fell back`;
  }
  const others =
    after.fellBack > 0 ? `; elsewhere callers fell back (${after.fellBack} of ${total(after)} times)` : '';
  if (weight >= 2) {
    const said = shown.message === undefined ? '' : ` wrote to standard error on line ${shown.message}`;
    return `after ${where} the same thread took no other way${joined(said, ended(shown))}${others}`;
  }
  if (weight === 1)
    return `after ${where} the same thread went on without it, later it${ended(shown)}${others}`;
  return `after ${where} the same thread went on without it${ended(shown) && ` and${ended(shown)}`}${others}`;
}

const joined = (said: string, ending: string): string =>
  said === '' ? ` and${ending}` : ending === '' ? ` and${said}` : `,${said} and${ending}`;

const total = ({ fellBack, failed, wentOn }: Aftermath): number => fellBack + failed + wentOn;

function ended({ end }: Occurrence): string {
  if (end?.signal !== undefined) return ` was killed by ${end.signal}`;
  return end?.status === undefined ? '' : ` exited with status ${end.status}`;
}
