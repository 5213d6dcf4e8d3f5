import type { Consequence, Denial } from '../documents/denial.ts';
import type { Basis, Reason, Remark } from '../documents/reason.ts';
import { compareText } from '../documents/severity.ts';
import { causeOf } from '../seccomp/profile/cause.ts';
import type { Call, DistinctCall, FirstSeen } from '../strace/grammar/event.ts';
import { mergeAftermaths } from '../strace/summary/consequence.ts';
import type { Undecided } from './consequence.ts';

/** One distinct call with the reason why it was, or would be, refused. */
export interface Refused {
  readonly call: DistinctCall;
  readonly errno: string;
  readonly reason: Reason;
  readonly basis: Basis;
  readonly remarks?: readonly Remark[];
  /** Where it is known without its callers whether it matters. */
  readonly given?: Consequence;
  /** True when it depends on an argument that the trace does not tell. */
  readonly uncertain?: boolean;
  /** Who refused it, where the kernel's own events showed it. */
  readonly refusedBy?: Denial['refusedBy'];
}

/** The one answer to "why was this call refused": a claim, and what else is to be said of it. */
export type Attribution = Omit<Refused, 'call' | 'errno'>;

/** Same for all calls that every filter treats alike. */
export function callKey(call: Call): string {
  return `${call.abi} ${call.nr} ${call.nr < 0 ? call.name : ''} ${call.args.map((arg) => (arg === undefined ? '?' : arg.toString(16))).join(' ')}`;
}

/** Whether `a` stands before `b`: by line in one file, by the name of the file otherwise. */
export function earlier(a: FirstSeen, b: FirstSeen): boolean {
  return a.file === b.file ? a.line < b.line : compareText(a.file ?? '', b.file ?? '') < 0;
}

/** Groups by syscall, ABI, errno and cause; nothing is said yet of what matters. */
export function groupRefused(items: Iterable<Refused>): readonly Undecided[] {
  const groups = new Map<string, Undecided>();
  for (const { call, errno, reason, basis, remarks = [], given, uncertain, refusedBy } of items) {
    const cause = causeOf(reason);
    const why = { reason, basis, ...(remarks.length > 0 ? { remarks } : {}) };
    const { name, abi, nr } = call.call;
    const key = `${name} ${abi} ${errno} ${cause}`;
    const known = groups.get(key);
    if (!known) {
      groups.set(key, {
        denial: {
          syscall: name,
          abi,
          nr,
          errno,
          cause,
          ...why,
          count: call.count,
          first: call.first,
          sample: call.sample,
          ...(uncertain ? { uncertain } : {}),
          ...(refusedBy ? { refusedBy } : {}),
          ...(call.after ? { after: call.after } : {}),
        },
        given,
        programs: call.images ?? [],
      });
      continue;
    }
    const isEarlier = earlier(call.first, known.denial.first);
    const { uncertain: wasUncertain, after: before, remarks: said, refusedBy: who, ...rest } = known.denial;
    const after = mergeAftermaths(before, call.after);
    groups.set(key, {
      denial: {
        ...rest,
        ...(!isEarlier && said ? { remarks: said } : {}),
        count: known.denial.count + call.count,
        ...(isEarlier ? { first: call.first, sample: call.sample, ...why } : {}),
        // One certain call makes the group certain.
        ...(wasUncertain && uncertain ? { uncertain } : {}),
        ...(who && who === refusedBy ? { refusedBy } : {}),
        ...(after ? { after } : {}),
      },
      // One call about which nothing is given makes the group open.
      given: known.given && given,
      // One call whose programs are not known leaves the group's unknown.
      programs: known.programs.length > 0 && call.images ? [...known.programs, ...call.images] : [],
    });
  }
  return [...groups.values()];
}
