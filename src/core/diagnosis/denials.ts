import type { Denial } from '../documents/denial.ts';
import type { Basis, CertainReason, Reason, Remark } from '../documents/reason.ts';
import type { ExitInfo } from '../documents/trace.ts';
import type { HostModel } from '../hosts/host.ts';
import { compareKernels, type KernelVersion, kernelText } from '../linux/kernel.ts';
import { kernelErrnoOf } from '../linux/kernelErrnos.ts';
import { kernelOf } from '../linux/numbers.ts';
import type { Verdict } from '../seccomp/profile/verdict.ts';
import type { DistinctCall, TraceSummary } from '../strace/grammar/event.ts';
import { causesBeyondFilter, isRefusalErrno } from './beyond.ts';
import { heardOfKernel } from './confirm/confirm.ts';
import type { Witness } from './confirm/witness.ts';
import { decideConsequences } from './consequence.ts';
import { tellsOrder } from './distinct.ts';
import { refusal } from './errno.ts';
import { type Attribution, groupRefused, type Refused } from './group.ts';
import { passedTheFilter, type Seen, seenIn } from './seen.ts';

/** What is known beside the trace. */
export interface DenialContext {
  /** The kernel that the trace was made on, where the manifest tells it and no host model is given. */
  readonly kernel?: KernelVersion;
  /** How the traced command ended: one that succeeded was broken by nothing that was refused. */
  readonly exit?: ExitInfo;
  /** What the kernel's own tracepoints showed of the run. */
  readonly witness?: Witness;
}

/**
 * What was refused in a trace and why. `ranOn` is the host that it ran on (or was emulated as); without it only the trace
 * itself can testify, and more stays `not-known`. A refusal is put down to the filter only if the filter returns it.
 */
export function denialsOf(
  trace: TraceSummary,
  ranOn: HostModel | undefined,
  context: DenialContext = {},
): readonly Denial[] {
  let seen: Seen | undefined;
  const refused: Refused[] = [];
  for (const call of trace.calls) {
    const errno = refusedWith(call, ranOn);
    if (errno === undefined) continue;
    seen ??= seenIn(trace);
    const why =
      ofRecording(trace) ??
      (ranOn ? attributeOn(call, errno, ranOn, seen) : attributeAlone(call, errno, seen, context));
    const by = context.witness?.refuserOf(call, errno);
    const claim = by ? heardOfKernel({ call, errno, why, host: ranOn }, by) : why;
    refused.push({ call, errno, ...claim });
  }
  return decideConsequences(groupRefused(refused), { exit: context.exit, ordered: tellsOrder(trace) });
}

/** In place of the errno of a call that an audit record shows, which leaves it out. */
const UNKNOWN_ERRNO = 'unknown';

/** What that host's filter certainly returns for the call. */
function filterErrno(call: DistinctCall, ranOn: HostModel | undefined): string | undefined {
  if (!ranOn?.policy) return undefined;
  const verdict = ranOn.answer(call.call);
  return verdict.alternatives.length === 0 ? refusal(verdict.action) : undefined;
}

/** ENOSYS, EPERM, what else says of a call that it was refused, and a death of SIGSYS; any errno that the filter returns. */
function refusedWith(call: DistinctCall, ranOn: HostModel | undefined): string | undefined {
  if (call.outcome === 'sigsys') return 'SIGSYS';
  if (call.outcome === 'refused') return filterErrno(call, ranOn) ?? UNKNOWN_ERRNO;
  if (typeof call.outcome !== 'object') return undefined;
  const { errno } = call.outcome;
  if (isRefusalErrno(call.call.name, errno)) return errno;
  return filterErrno(call, ranOn) === errno ? errno : undefined;
}

/** A recording that says ENOSYS of everything, or that an emulator wrote: what it says is not of the host. */
function ofRecording({ calls, sources = [] }: TraceSummary): Attribution | undefined {
  const emulator = sources.find(({ tool }) => tool.startsWith('qemu'));
  if (emulator) return { reason: { kind: 'emulator', name: emulator.tool }, basis: 'seen' };
  const absent = calls.filter(({ outcome }) => typeof outcome === 'object' && outcome.errno === 'ENOSYS');
  return calls.length >= FEWEST_CALLS && absent.length === calls.length
    ? { reason: { kind: 'recording-broken' }, basis: 'seen' }
    : undefined;
}

/** Fewer calls that all say ENOSYS may be all that somebody pasted. */
const FEWEST_CALLS = 4;

const INJECTED: Attribution = {
  reason: { kind: 'injected' },
  basis: 'seen',
  given: { effect: 'harmless', basis: 'seen', because: 'injected' },
};

/** The kernel itself refused it: no profile changes that. */
const KERNEL = { effect: 'harmless', because: 'kernel-refuses-it' } as const;

/** The reason where the kernel itself returned the errno. */
function kernelErrno(syscall: string, errno: string): CertainReason {
  return kernelErrnoOf(syscall, errno)
    ? { kind: 'kernel-errno', errno, syscall }
    : { kind: 'kernel-errno-unlisted', errno };
}

/** Errnos that default profiles return: any other one of a refused call is somebody else's. */
const isFilterErrno = (errno: string): boolean =>
  errno === 'EPERM' || errno === 'ENOSYS' || errno === 'SIGSYS';

/** Kernels before 4.8 show number -1 for a call that a filter refused with an errno. */
function numberLost({ call: { name: syscall } }: DistinctCall, errno: string): Attribution | undefined {
  return /^syscall_(?:0xf{8}(?:f{8})?|18446744073709551615|4294967295)$/.test(syscall)
    ? { reason: { kind: 'some-filter', because: 'number-lost', syscall, errno }, basis: 'known' }
    : undefined;
}

function attributeOn(call: DistinctCall, errno: string, host: HostModel, seen: Seen): Attribution {
  if (typeof call.outcome === 'object' && call.outcome.injected) return INJECTED;
  const lost = numberLost(call, errno);
  if (lost) return lost;
  const verdict = host.answer(call.call);
  const answers = [verdict.action, ...verdict.alternatives].map(refusal);
  if (errno === UNKNOWN_ERRNO && answers.some((answer) => answer !== undefined))
    return byModel(call, verdict, seen);
  if (answers.includes(errno)) {
    if (!answers.includes(undefined)) return byModel(call, verdict, seen);
    return eitherWay(call, errno, verdict, seen);
  }
  if (answers.includes(undefined)) return byKernel(call, errno, host, seen);
  const causes = isFilterErrno(errno) ? [] : causesBeyondFilter(call, errno);
  if (causes && causes.length > 0) {
    const remark = { kind: 'outside-filter', host: host.identity.expression, expected: answers[0]! } as const;
    return { ...among(causes, 'known', 'several-causes'), remarks: [remark] };
  }
  return {
    reason: {
      kind: 'differs-from-model',
      host: host.identity.expression,
      expected: answers[0]!,
      got: errno,
      syscall: call.call.name,
    },
    basis: 'computed',
  };
}

function byModel(call: DistinctCall, { reason }: Verdict, seen: Seen): Attribution {
  const went = seen.wentThrough(call);
  return {
    reason,
    basis: 'computed',
    ...(went ? { remarks: [{ kind: 'also-passed', line: went.line }] } : {}),
  };
}

/** The same call went through the filter elsewhere, so the kernel itself gave this errno. */
function kernelAsSeen(syscall: string, errno: string, line: number): Attribution {
  return {
    reason: kernelErrno(syscall, errno),
    basis: 'seen',
    remarks: [{ kind: 'also-passed', line }],
    given: { ...KERNEL, basis: 'seen' },
  };
}

/** The filter's result depends on an argument that the trace does not show. */
function eitherWay(call: DistinctCall, errno: string, verdict: Verdict, seen: Seen): Attribution {
  const { name } = call.call;
  const went = seen.wentThrough(call);
  if (went) {
    return kernelAsSeen(name, errno, went.line);
  }
  if (kernelErrnoOf(name, errno)) {
    return {
      reason: {
        kind: 'not-known',
        because: 'argument-not-in-trace',
        candidates: [verdict.reason as CertainReason, { kind: 'kernel-errno', errno, syscall: name }],
      },
      basis: 'assumed',
      uncertain: true,
    };
  }
  return {
    reason: verdict.reason,
    basis: 'computed',
    remarks: [{ kind: 'only-filter-returns-it', errno }],
  };
}

/** The filter lets the call through and the kernel has it: the kernel refused it, or something the model does not know. */
function byKernel(call: DistinctCall, errno: string, host: HostModel, seen: Seen): Attribution {
  const { name: syscall } = call.call;
  const remarks: Remark[] = [
    { kind: 'allowed-by', host: host.identity.expression, filter: host.policy !== undefined },
  ];
  const own = ownFilter(call, seen);
  if (!own && call.outcome === 'refused') {
    return {
      reason: { kind: 'some-filter', because: 'audit-record', syscall, errno },
      basis: 'confirmed',
      remarks,
    };
  }
  const causes = causesBeyondFilter(call, errno);
  if (own) return { ...among([own, ...(causes ?? [])], 'computed', 'several-causes'), remarks };
  if (causes?.length === 0 || (causes === undefined && errno === 'ENOSYS')) {
    const because = errno === 'SIGSYS' ? 'killed' : 'kernel-never-returns-it';
    return { reason: { kind: 'some-filter', because, syscall, errno }, basis: 'computed', remarks };
  }
  const reasons = causes ?? [{ kind: 'kernel-errno-unlisted', errno } as const];
  const basis = reasons.length > 1 || causes === undefined ? 'assumed' : 'computed';
  return { reason: oneOf(reasons, 'several-causes'), basis, remarks, given: { ...KERNEL, basis } };
}

/** A filter of the program's own that was in force when it made the call. */
function ownFilter({ first }: DistinctCall, { filterAt }: Seen): CertainReason | undefined {
  return filterAt !== undefined && filterAt < first.line ? { kind: 'own-filter', line: filterAt } : undefined;
}

/** What a reason that is not known may wait for: a host, or a run with one layer less. */
type Waiting = 'trace-alone' | 'several-causes';

const oneOf = (reasons: readonly CertainReason[], because: Waiting = 'trace-alone'): Reason =>
  reasons.length === 1 ? reasons[0]! : { kind: 'not-known', because, candidates: [...reasons] };

/** One reason is a claim of that basis; several are candidates. */
function among(
  reasons: readonly CertainReason[],
  basis: Basis,
  because?: Waiting,
): Pick<Attribution, 'reason' | 'basis'> {
  return { reason: oneOf(reasons, because), basis: reasons.length === 1 ? basis : 'assumed' };
}

/** Only the trace testifies. */
function attributeAlone(call: DistinctCall, errno: string, seen: Seen, context: DenialContext): Attribution {
  if (typeof call.outcome === 'object' && call.outcome.injected) return INJECTED;
  const lost = numberLost(call, errno);
  if (lost) return lost;
  const { name: syscall, abi } = call.call;
  const own = ownFilter(call, seen);
  if (call.outcome === 'refused') {
    return {
      reason: own ?? { kind: 'some-filter', because: 'audit-record', syscall, errno },
      basis: 'confirmed',
    };
  }
  if (errno === 'SIGSYS') {
    return { reason: own ?? { kind: 'some-filter', because: 'killed', syscall, errno }, basis: 'seen' };
  }
  // A quota or a limit is reached: the same call went through before.
  const went = passedTheFilter(call) ? undefined : seen.wentThrough(call);
  if (went) {
    return kernelAsSeen(syscall, errno, went.line);
  }
  const causes = causesBeyondFilter(call, errno);
  if (own) return among([own, ...(causes ?? [])], 'known');
  if (errno !== 'ENOSYS' && kernelErrnoOf(syscall, errno)?.neverFiltered && causes && causes.length > 0) {
    const basis = causes.length > 1 ? 'assumed' : 'known';
    return {
      reason: oneOf(causes),
      basis,
      remarks: [{ kind: 'never-filtered', syscall }],
      // What a device cgroup or a masked path refuses is not the program's own affair.
      ...(causes.some(({ kind }) => ENVIRONMENT.has(kind)) ? {} : { given: { ...KERNEL, basis } }),
    };
  }
  const born = kernelOf(syscall, abi);
  const { kernel } = context;
  if (errno === 'ENOSYS' && born && kernel && compareKernels(kernel, born) < 0) {
    return {
      reason: { kind: 'kernel-too-old', syscall, abi, since: kernelText(born), kernel: kernelText(kernel) },
      basis: 'computed',
    };
  }
  return notTold(call, errno, context.kernel ?? seen.kernelAtLeast());
}

/** Reasons that lie in how the container was started. */
const ENVIRONMENT: ReadonlySet<CertainReason['kind']> = new Set([
  'device-cgroup',
  'masked-path',
  'security-module',
]);

/** What can be said when the trace alone does not decide. */
function notTold(call: DistinctCall, errno: string, atLeast: KernelVersion | undefined): Attribution {
  const { name: syscall, abi } = call.call;
  const born = kernelOf(syscall, abi);
  const causes = causesBeyondFilter(call, errno);
  if (causes?.length === 0) {
    return {
      reason: { kind: 'some-filter', because: 'kernel-never-returns-it', syscall, errno },
      basis: 'known',
    };
  }
  if (errno === 'ENOSYS' && born && atLeast && compareKernels(atLeast, born) >= 0) {
    return {
      reason: {
        kind: 'some-filter',
        because: 'kernel-has-it',
        syscall,
        errno,
        since: kernelText(born),
        kernelAtLeast: kernelText(atLeast),
      },
      basis: 'assumed',
      ...(causes ? { remarks: [{ kind: 'kernel-too', errno, syscall }] } : {}),
    };
  }
  const filter: CertainReason = { kind: 'some-filter', because: 'trace-alone', syscall, errno };
  const old: CertainReason = born
    ? { kind: 'kernel-too-old', syscall, abi, since: kernelText(born) }
    : { kind: 'kernel-without', syscall };
  // A quota, a limit and most security modules have errnos of their own: a filter has no part in them.
  const byFilter = errno === 'EPERM' || errno === 'ENOSYS' || errno === 'EACCES' ? [filter] : [];
  return among([...byFilter, ...(errno === 'ENOSYS' ? [old] : []), ...(causes ?? [])], 'known');
}
