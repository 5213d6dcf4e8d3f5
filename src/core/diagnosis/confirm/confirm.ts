import type { CertainReason, Reason } from '../../documents/reason.ts';
import type { HostModel } from '../../hosts/host.ts';
import { causeOf } from '../../seccomp/profile/cause.ts';
import type { Attribution, Refused } from '../group.ts';
import type { Refuser } from './kernelRecords.ts';

/** What is known of a refusal before the kernel is heard. */
export interface Heard extends Pick<Refused, 'call' | 'errno'> {
  /** Why, as the trace and the model of the host tell it. */
  readonly why: Attribution;
  /** The host that it ran on; undefined where only the trace testifies. */
  readonly host: HostModel | undefined;
}

/**
 * The claim that follows once the kernel has said who refused the call. It confirms a claim, decides between candidates,
 * or contradicts the model, which is said as such.
 */
export function heardOfKernel({ call, errno, why, host }: Heard, by: Refuser): Attribution {
  const { name: syscall } = call.call;
  const candidates: readonly Reason[] =
    why.reason.kind === 'not-known' ? why.reason.candidates : [why.reason];
  const fitting = candidates.filter((one) => (by === 'filter' ? mayBeFilter(one) : !isFilter(one)));
  const confirmed = { ...why, refusedBy: by, basis: 'confirmed' } as const;
  if (by === 'filter') {
    const { given: _, uncertain: __, ...rest } = confirmed;
    const [only] = fitting;
    const vague =
      only?.kind === 'some-filter' && only.because !== 'audit-record' && only.because !== 'killed';
    if (only && fitting.length === 1 && !vague) return { ...rest, reason: only };
    if (only || host?.policy === undefined) {
      return { ...rest, reason: { kind: 'some-filter', because: 'no-entry', syscall, errno } };
    }
    return { ...rest, remarks: [], reason: differs(host, syscall, errno, by) };
  }
  if (why.reason.kind === 'injected') return why;
  const given = { effect: 'harmless', because: 'kernel-refuses-it', basis: 'confirmed' } as const;
  const { uncertain: _, ...rest } = confirmed;
  if (fitting.length === 0) {
    if (why.reason.kind !== 'not-known' && host && BY_FILTER.has(causeOf(why.reason)))
      return { ...rest, remarks: [], reason: differs(host, syscall, errno, by) };
    return { ...rest, given, reason: { kind: 'kernel-errno-unlisted', errno } };
  }
  // That the kernel refused is confirmed; for what of its reasons is not.
  if (fitting.length > 1) {
    const reason: Reason = {
      kind: 'not-known',
      because: why.reason.kind === 'not-known' ? why.reason.because : 'trace-alone',
      candidates: fitting as CertainReason[],
    };
    return { ...rest, given, basis: 'assumed', reason };
  }
  const basis = why.basis === 'assumed' ? 'known' : why.basis;
  return { ...rest, given, basis, reason: fitting[0]! };
}

function differs(host: HostModel, syscall: string, errno: string, by: Refuser): Reason {
  const expected = by === 'filter' ? 'allow' : errno;
  return {
    kind: 'differs-from-model',
    host: host.identity.expression,
    expected,
    got: errno,
    syscall,
    refusedBy: by,
  };
}

const BY_FILTER: ReadonlySet<string> = new Set(['rule', 'default', 'stub', 'bad-arch']);

/** A filter and nothing else. */
function isFilter(reason: Reason): boolean {
  return BY_FILTER.has(causeOf(reason)) || reason.kind === 'some-filter' || reason.kind === 'own-filter';
}

/** A filter, also one by which an older kernel is emulated. */
function mayBeFilter(reason: Reason): boolean {
  return isFilter(reason) || causeOf(reason) === 'kernel' || reason.kind === 'differs-from-model';
}
