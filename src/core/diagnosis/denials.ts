import type { Denial, ExitInfo } from '../documents/denial.ts';
import type { HostModel } from '../hosts/host.ts';
import { compareKernels, type KernelVersion } from '../linux/kernel.ts';
import { kernelOf } from '../linux/numbers.ts';
import type { Verdict } from '../seccomp/profile/verdict.ts';
import type { DistinctCall, TraceSummary } from '../strace/grammar/event.ts';
import { weighFollowed } from './consequence.ts';
import { tellsOrder } from './distinct.ts';
import { refusal } from './errno.ts';
import { groupRefused, type Refused } from './group.ts';
import { genuineReason, neverGenuineEperm } from './kernelErrno.ts';
import { type Seen, seenIn } from './seen.ts';

type Explained = Pick<Refused, 'cause' | 'evidence' | 'uncertain' | 'matters'>;

/** What is known beside the trace. */
export interface DenialContext {
  /** The kernel that the trace was made on, where the manifest tells it and no host model is given. */
  readonly kernel?: KernelVersion;
  /** How the traced command ended: one that succeeded was broken by nothing that was refused. */
  readonly exit?: ExitInfo;
}

/**
 * What was refused in a trace and why. `ranOn` is the host that it ran on (or was emulated as); without it only the trace
 * itself can testify, and more stays `unknown`. A refusal is put down to the filter only if the filter answers so.
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
    const explained = ranOn ? explainOn(call, errno, ranOn, seen) : explainAlone(call, errno, seen, context);
    refused.push({ call, errno, ...explained });
  }
  return weighFollowed(groupRefused(refused), context.exit, tellsOrder(trace));
}

/** ENOSYS, EPERM and a death of SIGSYS are denials; any other errno only if that host's filter answers with it. */
function refusedWith(call: DistinctCall, ranOn: HostModel | undefined): string | undefined {
  if (call.outcome === 'sigsys') return 'SIGSYS';
  if (typeof call.outcome !== 'object') return undefined;
  const { errno } = call.outcome;
  if (errno === 'ENOSYS' || errno === 'EPERM') return errno;
  if (!ranOn?.policy) return undefined;
  const verdict = ranOn.answer(call.call);
  return verdict.alternatives.length === 0 && refusal(verdict.action) === errno ? errno : undefined;
}

const INJECTED: Explained = {
  cause: 'unknown',
  evidence: 'strace itself made up this answer (option inject), neither a filter nor the kernel',
  matters: false,
};

function explainOn(call: DistinctCall, errno: string, host: HostModel, seen: Seen): Explained {
  if (typeof call.outcome === 'object' && call.outcome.injected) return INJECTED;
  const verdict = host.answer(call.call);
  const answers = [verdict.action, ...verdict.alternatives].map(refusal);
  if (answers.includes(errno)) {
    if (!answers.includes(undefined)) return byModel(call, verdict, seen);
    return eitherWay(call, errno, verdict, seen);
  }
  if (answers.includes(undefined)) return byKernel(call, errno, host);
  return {
    cause: 'unknown',
    evidence: `${host.identity.expression} should answer ${answers[0]} (${verdict.evidence}), but the trace shows ${errno}: another filter, or a host that differs from its model`,
  };
}

function byModel(call: DistinctCall, verdict: Verdict, seen: Seen): Explained {
  const went = seen.wentThrough(call);
  const doubt =
    went === undefined
      ? ''
      : `; the same call went through at line ${went.line}, before the filter was loaded or because the host differs from its model`;
  return {
    cause: verdict.cause === 'genuine' ? 'rule' : verdict.cause,
    evidence: `${verdict.evidence}${doubt}`,
  };
}

/** The filter's answer depends on an argument that the trace does not tell. */
function eitherWay(call: DistinctCall, errno: string, verdict: Verdict, seen: Seen): Explained {
  const { name } = call.call;
  const reason = genuineReason(name, errno);
  const went = seen.wentThrough(call);
  if (went) {
    return {
      cause: 'genuine',
      evidence: `the same call went through at line ${went.line}${reason ? `; the kernel itself answers ${errno} when ${reason.when} (${reason.source})` : ''}`,
      matters: false,
    };
  }
  if (reason) {
    return {
      cause: 'unknown',
      evidence: `the filter answers ${errno} for some arguments, and the kernel itself does so when ${reason.when} (${reason.source}); the trace does not tell the argument that decides`,
      uncertain: true,
    };
  }
  return {
    cause: verdict.cause === 'genuine' ? 'rule' : verdict.cause,
    evidence: `${verdict.evidence}; the argument that decides is not in the trace, but only the filter answers ${errno}`,
  };
}

/** The filter lets the call through and the kernel has it: the kernel said it, or something that the model does not know. */
function byKernel(call: DistinctCall, errno: string, host: HostModel): Explained {
  const { name } = call.call;
  const allowed = host.policy
    ? `the filter of ${host.identity.expression} allows ${name}`
    : `${host.identity.expression} has no filter`;
  if (errno === 'SIGSYS') {
    return {
      cause: 'unknown',
      evidence: `${allowed}, yet the process died of SIGSYS: a filter of the program itself or of something around the host`,
    };
  }
  const reason = genuineReason(name, errno);
  if (reason) {
    return {
      cause: 'genuine',
      evidence: `${allowed}; the kernel itself answers ${errno} when ${reason.when} (${reason.kind}; ${reason.source})`,
      matters: false,
    };
  }
  if (errno === 'ENOSYS' || neverGenuineEperm(name)) {
    return {
      cause: 'unknown',
      evidence: `${allowed} and the kernel has no reason of its own to answer ${errno}: another filter around it, a kernel built without the call, or a host that differs from its model`,
    };
  }
  return {
    cause: 'genuine',
    evidence: `${allowed}, so ${errno} is the kernel's own answer: a capability, a security module, the file system or an argument`,
    matters: false,
  };
}

/** Only the trace testifies. */
function explainAlone(call: DistinctCall, errno: string, seen: Seen, context: DenialContext): Explained {
  if (typeof call.outcome === 'object' && call.outcome.injected) return INJECTED;
  const { name, abi } = call.call;
  if (errno === 'SIGSYS') {
    return {
      cause: 'unknown',
      evidence:
        'a seccomp filter killed the process; name the host with --on to learn which part of the filter',
    };
  }
  const reason = genuineReason(name, errno);
  const words = reason
    ? `; the kernel itself answers ${errno} when ${reason.when} (${reason.kind}; ${reason.source})`
    : '';
  const went = seen.wentThrough(call);
  if (went) {
    return {
      cause: 'genuine',
      evidence: `the same call went through at line ${went.line}, and a filter answers alike every time${words}`,
      matters: false,
    };
  }
  if (errno === 'EPERM' && reason?.neverFiltered) {
    return {
      cause: 'genuine',
      evidence: `no engine's default profile refuses ${name}${words}`,
      matters: false,
    };
  }
  const born = kernelOf(name, abi);
  if (errno === 'ENOSYS' && born && context.kernel && compareKernels(context.kernel, born) < 0) {
    return {
      cause: 'kernel',
      evidence: `Linux ${context.kernel.major}.${context.kernel.minor} does not have ${name}; it came with ${born.major}.${born.minor}`,
    };
  }
  return { cause: 'unknown', evidence: open(call, errno, seen, context) + words };
}

/** What can be said when the trace alone does not decide. */
function open(call: DistinctCall, errno: string, seen: Seen, context: DenialContext): string {
  const { name, abi } = call.call;
  const born = kernelOf(name, abi);
  const proven = context.kernel ?? seen.kernelAtLeast();
  if (errno === 'EPERM') {
    return neverGenuineEperm(name)
      ? `the kernel has no reason of its own to answer EPERM to ${name}, so a filter did; name the host with --on to learn which part of it`
      : `a filter or the kernel itself; name the host with --on to tell them apart`;
  }
  if (born && proven && compareKernels(proven, born) >= 0) {
    return `the kernel has ${name} (since ${born.major}.${born.minor}; the trace needs at least ${proven.major}.${proven.minor}), so a filter's stub or rule is likely; name the host with --on`;
  }
  return born
    ? `a kernel older than ${born.major}.${born.minor}, or a filter; name the host with --on to tell them apart`
    : 'a kernel without the call, or a filter; name the host with --on to tell them apart';
}
