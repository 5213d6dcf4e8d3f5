import type { CallerClaim } from '../../documents/denial.ts';
import { loadEngine } from '../../hosts/engines.ts';
import { isEngine } from '../../hosts/family.ts';
import type { HostIdentity, HostModel } from '../../hosts/host.ts';
import { libseccompSpan } from '../../hosts/libseccomp.ts';
import { ABIS, type Abi, abiInfo } from '../../linux/abi.ts';
import { bugLinks, type Caller, callerClaims, fallbacksOf, fallsBackOn } from '../../linux/callers.ts';
import { kernelText } from '../../linux/kernel.ts';
import { kernelOf, kernelOfName, removedIn, syscallName, syscallNumber } from '../../linux/numbers.ts';
import { type Danger, danger } from '../../linux/risk.ts';
import { advise } from './advice.ts';
import { type AllowanceRange, allowance, allowanceWith } from './allowance.ts';
import type { Advice } from './question.ts';
import { letsThrough, type VerdictView, viewRules, viewVerdict } from './verdict.ts';

/** Everything `explain SYSCALL` says. */
export interface SyscallExplanation {
  readonly syscall: string;
  readonly abi: Abi;
  readonly host?: HostIdentity;
  readonly verdict?: VerdictView;
  /** What callers do on the errno they get here; empty where none is known or the call gets through. */
  readonly consequence: readonly CallerClaim[];
  /** First kernel on any ABI; undefined where no record says. */
  readonly kernel?: string;
  readonly removedIn?: string;
  readonly numbers: readonly { readonly abi: Abi; readonly number: number; readonly kernel?: string }[];
  /** Releases that know the name; `last` where a later one forgot it. */
  readonly libseccomp?: { readonly first: string; readonly last?: string };
  readonly allowedBy: readonly AllowanceRange[];
  /** The architecture whose hosts `allowedBy` is about: profiles have groups for some only. */
  readonly allowedOn: Abi;
  readonly gvisorSince?: string;
  readonly callers: readonly Caller[];
  readonly onErrno: readonly {
    readonly errno: 'ENOSYS' | 'EPERM';
    readonly fallsBack: ReturnType<typeof fallsBackOn>;
    readonly callers: readonly CallerClaim[];
  }[];
  readonly bugs: readonly string[];
  readonly danger: Danger;
  readonly advice: readonly Advice[];
}

/**
 * Explains one syscall, on its own or as a host answers it. `name` must be in the tables. What `asked` does not have is
 * explained for the first ABI of the host that has it: clock_gettime64 is of x86, on a host of x86_64.
 */
export async function explainSyscall(
  name: string,
  asked: Abi,
  host: HostModel | undefined,
): Promise<SyscallExplanation> {
  const abi =
    [asked, ...(host?.policy?.abis ?? []).map((of) => of.abi)].find(
      (each) => syscallNumber(name, each) !== undefined,
    ) ?? asked;
  const allowedOn = profiledOn(name, host?.identity.arch ?? abi);
  const ranges = await allowance(name, allowedOn);
  const span = libseccompSpan(name);
  const { gvisorSince } = await import('../../hosts/gvisor.ts');
  const gvisor = gvisorSince(name);
  const first = kernelOfName(name);
  const gone = removedIn(name);
  const nr = syscallNumber(name, abi) ?? -1;
  const answer = host && viewVerdict(host.answer({ abi, nr, name, args: [] }));
  const verdict = answer?.conditional ? { ...answer, rules: viewRules(host?.policy, abi, nr) } : answer;
  const consequence =
    verdict?.errno !== undefined && !letsThrough(verdict) ? callerClaims(name, verdict.errno) : [];
  return {
    syscall: name,
    abi,
    ...(host && verdict ? { host: host.identity, verdict } : {}),
    consequence,
    ...(first ? { kernel: kernelText(first) } : {}),
    ...(gone ? { removedIn: kernelText(gone) } : {}),
    numbers: ABIS.flatMap((each) => {
      const number = syscallNumber(name, each);
      const kernel = kernelOf(name, each);
      return number === undefined
        ? []
        : [{ abi: each, number, ...(kernel ? { kernel: kernelText(kernel) } : {}) }];
    }),
    ...(span ? { libseccomp: { first: span[0], ...(span[1] === null ? {} : { last: span[1] }) } } : {}),
    allowedBy: ranges,
    allowedOn,
    ...(gvisor === undefined ? {} : { gvisorSince: gvisor }),
    callers: fallbacksOf(name),
    onErrno: (['ENOSYS', 'EPERM'] as const).map((errno) => ({
      errno,
      fallsBack: fallsBackOn(name, errno),
      callers: callerClaims(name, errno),
    })),
    bugs: bugLinks(name),
    danger: danger(name),
    advice:
      host && verdict
        ? advise({
            name,
            abi,
            host,
            verdict,
            ranges,
            own: await ownRanges(name, allowedOn, host),
            libseccomp: span?.[0],
            gvisor,
            errnoRetSince: await errnoRetSince(host),
          })
        : [],
  };
}

/** What the versions of the host's engine say, for a container with the capabilities that it has there. */
async function ownRanges(name: string, arch: Abi, host: HostModel): Promise<readonly AllowanceRange[]> {
  const { identity, target } = host;
  if (!isEngine(identity.engine) || !target) return [];
  return allowanceWith(identity.engine, name, arch, target);
}

/** Where to look at default profiles when the architecture at hand does not have the call: breakpoint is ARM's alone. */
const HOSTS: readonly Abi[] = ['x86_64', 'aarch64', 'arm', 'riscv64', 'loongarch64', 'ppc64le', 's390x'];

/** The first architecture whose own or 32-bit programs have the syscall. */
function profiledOn(name: string, asked: Abi): Abi {
  const has = (arch: Abi): boolean =>
    [arch, ...abiInfo(arch).alsoRuns].some((abi) => syscallNumber(name, abi) !== undefined);
  return [asked, ...HOSTS, ...ABIS].find(has) ?? asked;
}

/** First version of a host's engine that hands errnoRet on. */
async function errnoRetSince({ identity: { engine } }: HostModel): Promise<string | undefined> {
  if (!isEngine(engine)) return undefined;
  const { versions, rules } = await loadEngine(engine);
  return versions.find((at) => at.pre === undefined && rules(at).passesErrnoRet)?.text;
}

/** `452`, `0x1c4` and strace's `syscall_0x1c4` name a number of the ABI. */
export function nameOfNumber(text: string, abi: Abi): string | undefined {
  const found = /^(?:syscall_)?(0x[0-9a-f]+|\d+)$/i.exec(text);
  return found ? syscallName(Number(found[1]), abi) : undefined;
}
