import type { Aftermath, Denial, Occurrence } from '../../core/documents/denial.ts';

/** What followed a refusal, as a clause without a full stop; undefined where the trace shows nothing. */
export function followedPhrase({ after, errno }: Pick<Denial, 'after' | 'errno'>): string | undefined {
  return after === undefined || errno === 'SIGSYS' ? undefined : clause(after);
}

function clause(after: Aftermath): string {
  const { shown } = after;
  const where = `line ${shown.at.line}`;
  if (shown.fellBack) {
    const { name, line } = shown.fellBack;
    const place = line === shown.at.line + 1 ? 'on the next line' : `on line ${line}`;
    return `after ${where} the same thread went on with ${name} ${place}: it fell back`;
  }
  const others =
    after.fellBack > 0 ? `; elsewhere callers fell back (${after.fellBack} of ${total(after)} times)` : '';
  if (shown.message !== undefined || shown.soon) {
    const said = shown.message === undefined ? '' : ` wrote to standard error on line ${shown.message}`;
    return `after ${where} the same thread did not fall back${joined(said, ended(shown))}${others}`;
  }
  const later = endedBadly(shown) ? `, later it${ended(shown)}` : ended(shown) && ` and${ended(shown)}`;
  return `after ${where} the same thread went on without it${later}${others}`;
}

const joined = (said: string, ending: string): string =>
  said === '' ? ` and${ending}` : ending === '' ? ` and${said}` : `,${said} and${ending}`;

const total = ({ fellBack, failed, wentOn }: Aftermath): number => fellBack + failed + wentOn;

function ended({ end }: Occurrence): string {
  if (end?.signal !== undefined) return ` was killed by ${end.signal}`;
  return end?.status === undefined ? '' : ` exited with status ${end.status}`;
}

const endedBadly = ({ end }: Occurrence): boolean =>
  end?.signal !== undefined || (end?.status !== undefined && end.status !== 0);
