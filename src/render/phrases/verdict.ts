import type { Denial, Fix } from '../../core/documents/denial.ts';
import type { HostIdentity } from '../../core/documents/host.ts';
import type { Remedy } from '../../core/documents/remedy.ts';
import type { ExitInfo } from '../../core/documents/trace.ts';
import { callerClaims } from '../../core/linux/callers.ts';
import { ENGINE_TITLES } from '../../core/linux/engineTitles.ts';
import { shorten, visible } from '../escape.ts';
import { exitInWords } from '../words.ts';
import { callTitle } from './call.ts';
import { fallbackPhrase } from './callers.ts';
import { evidencePhrase } from './reason.ts';
import { listInWords, sentence } from './text.ts';

/** The program's own message behind a refusal and how the command ended; undefined where neither is known. */
export function errorPhrase({ after }: Denial, exit: ExitInfo | undefined): string | undefined {
  const { said, end } = after?.shown ?? {};
  const ended = exit === undefined || (exit.status === 0 && !exit.timedOut) ? undefined : exitInWords(exit);
  const killed = end?.signal === undefined ? undefined : `a process was killed by ${end.signal}`;
  const error = said === undefined ? killed : shorten(visible(said), 160);
  if (error === undefined || ended === undefined) return error ?? ended;
  return `${error} (${exit?.status === undefined || exit.timedOut ? ended : `exit status ${exit.status}`})`;
}

/** Why a call was refused and what that does to its callers, in a sentence for people who never heard of seccomp. */
export function causePhrase(denial: Denial, host: HostIdentity | undefined): string {
  const callers = isCallerKnown(denial) ? fallbackPhrase(denial) : undefined;
  // That an error is returned needs no words where the errno is named.
  const plain = callers?.replace(/ \(error returned\)$/, '');
  const reason = plainReason(denial, host);
  // The name of a syscall keeps its small letter.
  const start = reason.startsWith('the ') ? sentence(reason) : reason;
  return `${start}${plain === undefined ? '' : `; ${plain}`}.`;
}

/** False where every caller of the tables is listed, because the trace does not show which of them made the call. */
function isCallerKnown({ syscall, errno, callers = [] }: Denial): boolean {
  return callers.length === 1 || callers.length < callerClaims(syscall, errno).length;
}

function plainReason(denial: Denial, host: HostIdentity | undefined): string {
  const { errno, reason, remarks = [] } = denial;
  const call = callTitle(denial);
  const kills = errno === 'SIGSYS';
  if (remarks.length === 0) {
    const profile = profileOf(host);
    if (reason.kind === 'default-action' && reason.because === 'no-rule') {
      return `${profile} does not list ${call} and ${kills ? 'kills the process' : `returns ${errno}`}`;
    }
    if (reason.kind === 'enosys-stub' && reason.above !== undefined) {
      return `runc returns ${errno}, because ${call} is newer than every syscall of ${profile}`;
    }
  }
  return `${call} ${kills ? 'kills the process' : `returns ${errno}`}: ${evidencePhrase(denial)}`;
}

function profileOf(host: HostIdentity | undefined): string {
  const title = host && !/^(?:profile:|spec-)/.test(host.expression) ? ENGINE_TITLES[host.engine] : undefined;
  return title === undefined ? 'the seccomp profile' : `the seccomp profile of ${title} ${host!.version}`;
}

/** `Fixed in Docker 20.10.10. Today: …`; undefined where nothing is known to help. */
export function remedyPhrase({ upgrade, grant, today, noRule }: Remedy): string | undefined {
  const parts: string[] = [];
  if (upgrade) {
    const { product, version, libseccomp, syscalls } = upgrade;
    const what = syscalls ? `Fixed for ${listInWords(syscalls)}` : 'Fixed';
    const and = libseccomp === undefined ? '' : ` with libseccomp ${libseccomp}`;
    parts.push(`${what} in ${product} ${version}${and}.`);
  }
  const profile = changePhrase(today);
  const change = grant ? `${grantPhrase(grant)}${profile ? `, or ${profile}` : ''}` : profile;
  if (change !== undefined) parts.push(`${upgrade ? 'Today: ' : ''}${upgrade ? change : sentence(change)}.`);
  if (noRule.length > 0 && (upgrade || change !== undefined)) {
    parts.push(
      change === undefined
        ? 'No rule of a profile helps before that.'
        : `No rule helps with ${listInWords(noRule)}.`,
    );
  }
  return parts.length === 0 ? undefined : parts.join(' ');
}

/** `start it with --cap-add SYS_ADMIN` */
function grantPhrase(sets: readonly (readonly string[])[]): string {
  const options = sets.map((set) => set.map((cap) => `--cap-add ${cap.replace(/^CAP_/, '')}`).join(' '));
  return `start it with ${options.join(' or ')}`;
}

function changePhrase({ allow, enosys }: Fix): string | undefined {
  const names = [...new Set(allow.map((entry) => (typeof entry === 'string' ? entry : entry.name)))];
  const silent = `return ENOSYS for ${listInWords(enosys)} in the profile (grants nothing)`;
  if (names.length === 0) return enosys.length === 0 ? undefined : silent;
  return enosys.length === 0
    ? `allow ${listInWords(names)} in the profile`
    : `${silent} and allow ${listInWords(names)}`;
}

/** The host as it was named, and what decides of what was assumed of it because nobody gave it. */
export function hostLine(host: HostIdentity): string {
  const { expression, engine, version, runtime, assumed } = host;
  const taken =
    /^(?:|none)$/.test(version) || expression.includes(version) ? '' : `, taken as ${engine} ${version}`;
  const parts = [
    ...(assumed.includes('runtimeVersion') && runtime !== 'none'
      ? [`${runtime} ${host.runtimeVersion}`]
      : []),
    ...(assumed.includes('libseccomp') && host.libseccomp !== 'none'
      ? [`libseccomp ${host.libseccomp}`]
      : []),
    ...(assumed.includes('kernel') ? [`Linux ${/^\d+\.\d+/.exec(host.kernel)?.[0] ?? host.kernel}`] : []),
  ];
  return `${expression.replaceAll(',', ', ')}${taken}${parts.length === 0 ? '' : `; assumed: ${parts.join(', ')}`}`;
}
