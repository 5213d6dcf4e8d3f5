import type { Denial } from '../documents/denial.ts';
import type { Basis, Reason, Remark } from '../documents/reason.ts';
import { callerClaims, fallsBackOn } from '../linux/fallbacks.ts';
import { causeOf } from '../seccomp/profile/cause.ts';
import type { Call, DistinctCall, FirstSeen } from '../strace/grammar/event.ts';
import { mergeAftermaths } from '../strace/summary/consequence.ts';

/** One distinct call with the reason why it was, or would be, refused. */
export interface Refused {
  readonly call: DistinctCall;
  readonly errno: string;
  readonly reason: Reason;
  readonly basis: Basis;
  readonly remarks?: readonly Remark[];
  /** Set where it is known better than by the table of fall-backs. */
  readonly matters?: boolean;
  /** True when it depends on an argument that the trace does not tell. */
  readonly uncertain?: boolean;
}

/** Code unit order, the only order that is the same everywhere. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Same for all calls that every filter treats alike. */
export function callKey(call: Call): string {
  return `${call.abi} ${call.nr} ${call.nr < 0 ? call.name : ''} ${call.args.map((arg) => (arg === undefined ? '?' : arg.toString(16))).join(' ')}`;
}

/** Whether `a` stands before `b`: by line in one file, by the name of the file otherwise. */
export function earlier(a: FirstSeen, b: FirstSeen): boolean {
  return a.file === b.file ? a.line < b.line : compareText(a.file ?? '', b.file ?? '') < 0;
}

/** Whether a refusal breaks what is run, by our tables: a kill always, an errno unless every known caller falls back on it. */
function mattersByTable(name: string, errno: string, command?: string): boolean {
  return errno === 'SIGSYS' || fallsBackOn(name, errno, command) !== 'all';
}

/** Groups by syscall, ABI, errno and cause (design §3); what matters comes first, then what happens most. */
export function groupRefused(items: Iterable<Refused>): readonly Denial[] {
  const groups = new Map<string, Denial & { count: number; first: FirstSeen; sample: string }>();
  for (const { call, errno, reason, basis, remarks = [], matters, uncertain } of items) {
    const cause = causeOf(reason);
    const why = { reason, basis, ...(remarks.length > 0 ? { remarks } : {}) };
    const { name, abi, nr } = call.call;
    const key = `${name} ${abi} ${errno} ${cause}`;
    const known = groups.get(key);
    const itMatters = matters ?? mattersByTable(name, errno, call.first.command);
    if (!known) {
      const { after } = call;
      const callers = errno === 'SIGSYS' ? [] : callerClaims(name, errno, call.first.command);
      groups.set(key, {
        syscall: name,
        abi,
        nr,
        errno,
        cause,
        ...why,
        count: call.count,
        first: call.first,
        sample: call.sample,
        ...(callers.length === 0 ? {} : { callers }),
        matters: itMatters,
        ...(uncertain ? { uncertain } : {}),
        ...(after ? { after } : {}),
      });
      continue;
    }
    const isEarlier = earlier(call.first, known.first);
    const { uncertain: wasUncertain, after: before, remarks: said, ...rest } = known;
    const after = mergeAftermaths(before, call.after);
    groups.set(key, {
      ...rest,
      ...(!isEarlier && said ? { remarks: said } : {}),
      count: known.count + call.count,
      matters: known.matters || itMatters,
      ...(isEarlier ? { first: call.first, sample: call.sample, ...why } : {}),
      // One certain call makes the group certain.
      ...(wasUncertain && uncertain ? { uncertain } : {}),
      ...(after ? { after } : {}),
    });
  }
  return [...groups.values()].sort(bySeverity);
}

/**
 * Suspects before others. Of several the one that an error followed first: what is refused after a message is often refused
 * to the code that reports the error.
 */
export function bySuspicion(a: Denial, b: Denial): number {
  const suspect = ({ role }: Denial): number => (role === 'suspect' ? 1 : 0);
  const line = ({ after, first }: Denial): number => (after?.shown.at ?? first).line;
  return suspect(b) - suspect(a) || (suspect(a) === 1 ? line(a) - line(b) : 0);
}

/** What matters first, the suspects before the others, then what happens most. */
export function bySeverity(a: Denial, b: Denial): number {
  return (
    bySuspicion(a, b) ||
    Number(b.matters) - Number(a.matters) ||
    b.count - a.count ||
    compareText(a.syscall, b.syscall) ||
    compareText(a.abi, b.abi) ||
    compareText(a.errno, b.errno) ||
    compareText(a.cause, b.cause)
  );
}
