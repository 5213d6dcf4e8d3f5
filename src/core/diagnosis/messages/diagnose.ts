import type { HostModel } from '../../hosts/host.ts';
import type { Surroundings } from '../../hosts/resolve/surroundings.ts';
import type { Abi } from '../../linux/abi.ts';
import { parseArch } from '../../linux/arch.ts';
import { kernelOfName } from '../../linux/numbers.ts';
import type { Advice } from '../explain/question.ts';
import { explainSyscall } from '../explain/syscall.ts';
import type { LogContext } from './context.ts';
import { type Candidate, inOrder, rankCandidates } from './rank.ts';
import type { Findings } from './reader.ts';
import {
  type AnswerRange,
  answerOf,
  type HostAnswer,
  type Refusals,
  type Refusers,
  refusersIn,
} from './refusers.ts';
import type { Confidence } from './table.ts';

/** A candidate with what the tables of hosts say of its syscall. */
export interface JudgedCandidate extends Candidate, Partial<Refusals> {
  /** What the host that the log names does with it. */
  readonly onHost?: HostAnswer & { readonly host: string; readonly assumed: readonly string[] };
  readonly advice: readonly Advice[];
  /** The HOST of the command that would confirm it; undefined where no known host refuses the call. */
  readonly confirmOn?: string;
}

export interface Diagnosis {
  readonly candidates: readonly JudgedCandidate[];
  /** The host of the log as the tables know it; undefined where none is named, or it is not in the tables. */
  readonly host?: string;
  readonly hostUnknown?: string;
  readonly conclusion: 'refused' | 'perhaps' | 'other-cause' | 'nothing';
}

/** Engines in the order in which a host for the confirming command is chosen. */
const PREFERRED = ['docker', 'podman', 'containerd', 'buildkit', 'crio', 'buildah', 'gvisor'];

/** Candidates, judged by the hosts of the tables and by the given one, else the one that the log names. */
export async function diagnose(
  findings: Findings,
  surroundings: Surroundings,
  given: HostModel | undefined,
): Promise<Diagnosis> {
  const { context } = findings;
  const ranked = rankCandidates(findings, context);
  const killed = findings.sightings.some(({ what }) => what.kind === 'killed');
  if (ranked.length === 0) {
    const conclusion = killed ? 'refused' : findings.causes.length > 0 ? 'other-cause' : 'nothing';
    return { candidates: [], conclusion };
  }
  const refusers = refusersIn(surroundings);
  const named = given ?? (context.host === undefined ? undefined : await refusers.host(context.host));
  const arch = archOf(context, named);
  const judged: JudgedCandidate[] = [];
  for (const candidate of ranked) judged.push(await judge(candidate, arch, named, context, refusers));
  const candidates = inOrder(judged) as readonly JudgedCandidate[];
  const best = candidates[0]!.confidence;
  return {
    candidates,
    ...(named ? { host: named.identity.expression } : {}),
    ...(context.host !== undefined && !named ? { hostUnknown: context.host } : {}),
    conclusion:
      best === 'likely' || killed
        ? 'refused'
        : best === 'possible'
          ? 'perhaps'
          : findings.causes.length > 0
            ? 'other-cause'
            : 'nothing',
  };
}

function archOf({ circumstances, mentions }: LogContext, host: HostModel | undefined): Abi {
  if (host && !host.identity.assumed.includes('arch')) return host.identity.arch;
  const named = mentions.find(({ of }) => of === 'arch');
  return (named && parseArch(named.value)) ?? (circumstances.has('32bit') ? 'arm' : 'x86_64');
}

async function judge(
  candidate: Candidate,
  arch: Abi,
  named: HostModel | undefined,
  context: LogContext,
  refusers: Refusers,
): Promise<JudgedCandidate> {
  const { syscall } = candidate;
  if (syscall.startsWith('syscall_')) return { ...candidate, advice: [] };
  const refusals = await refusers.of(syscall, candidate.abi ?? arch);
  const { abi } = refusals;
  const onHost = named && answerOf(named, syscall, abi);
  const confidence = adjusted(candidate, refusals, onHost, named);
  const confirmOn =
    onHost && onHost.answer !== 'allow'
      ? named.identity.expression
      : hostToConfirm(candidate, refusals, context);
  // Advice is for one host: the log's own, else one that refuses the call.
  const host = named ?? (confirmOn === undefined ? undefined : await refusers.host(confirmOn));
  const { advice } = await explainSyscall(syscall, abi, host);
  return {
    ...candidate,
    ...refusals,
    confidence,
    ...(onHost
      ? { onHost: { ...onHost, host: named.identity.expression, assumed: named.identity.assumed } }
      : {}),
    advice: confidence === 'unlikely' ? [] : advice,
    ...(confirmOn === undefined ? {} : { confirmOn }),
  };
}

const same = (answer: string, errno: string | undefined): boolean =>
  errno === undefined || answer === errno || answer.startsWith('kill') || answer === 'trap';

/** What the tables of hosts make of a guess. A record is no guess. */
function adjusted(
  { confidence, basis, errno, syscall, evidence }: Candidate,
  { refused, libseccomp }: Refusals,
  onHost: HostAnswer | undefined,
  host: HostModel | undefined,
): Confidence {
  if (basis === 'confirmed' || evidence.some(({ kind }) => kind === 'record')) {
    // A traced EPERM of a call that no filter refuses is the kernel's own.
    const traced = evidence.some(({ record }) => record === 'trace');
    return traced && errno === 'EPERM' && !isRefusable(refused, errno, syscall) ? 'unlikely' : confidence;
  }
  if (!isRefusable(refused, errno, syscall) && !evidence.some(({ hosts }) => hosts !== undefined))
    return 'unlikely';
  if (!onHost) return confidence;
  if (onHost.answer !== 'allow' && !onHost.conditional && same(onHost.answer, errno))
    return confidence === 'possible' ? 'likely' : confidence;
  // An older libseccomp than the assumed one would skip the name: then that it is allowed is not known.
  const isAssumed =
    host?.identity.assumed.includes('libseccomp') && libseccomp !== undefined && libseccomp >= '2.4';
  if (onHost.answer === 'allow' && confidence === 'likely' && !isAssumed) return 'possible';
  return confidence;
}

/** Whether any known host, or an older kernel, gives this error. */
function isRefusable(refused: readonly AnswerRange[], errno: string | undefined, syscall: string): boolean {
  if (refused.some(({ answer }) => same(answer, errno))) return true;
  if (errno !== 'ENOSYS') return false;
  const kernel = kernelOfName(syscall);
  // Kernels before 3.10 are in nobody's way any more.
  return kernel !== undefined && (kernel.major > 3 || (kernel.major === 3 && kernel.minor >= 10));
}

/** A host that gives the error of the message: the newest Docker that does, else another engine, else an old kernel. */
function hostToConfirm(
  { errno, evidence }: Candidate,
  { abi, refused, kernel }: Refusals,
  { circumstances }: LogContext,
): string | undefined {
  // A process that was killed had a filter that kills: no default profile does.
  const killed = errno === undefined && evidence.some(({ kind }) => kind === 'record');
  const fitting = refused.filter(({ answer }) => (killed ? !/^E[A-Z]/.test(answer) : same(answer, errno)));
  const order = circumstances.has('gvisor') ? ['gvisor', ...PREFERRED] : PREFERRED;
  const engine = order.find((name) => fitting.some((range) => range.engine === name));
  const arch = abi === 'x86_64' ? '' : `,arch=${abi}`;
  if (engine !== undefined)
    return `${engine}@${fitting.findLast((range) => range.engine === engine)!.to}${arch}`;
  if (errno !== 'ENOSYS' || kernel === undefined) return undefined;
  const [major = 0, minor = 0] = kernel.split('.').map(Number);
  return minor > 0 ? `kernel@${major}.${minor - 1}${arch}` : undefined;
}
