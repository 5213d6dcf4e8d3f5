import type { CallerClaim } from '../../documents/denial.ts';
import type { HostIdentity, HostModel } from '../../hosts/host.ts';
import { libseccompReleases } from '../../hosts/libseccomp.ts';
import type { Abi } from '../../linux/abi.ts';
import { callerClaims, fallsBackOn, hasKnownCallers } from '../../linux/callers.ts';
import { syscallNames, syscallNumber } from '../../linux/numbers.ts';
import { letsThrough, type VerdictView, viewAction, viewVerdict } from './verdict.ts';

/** A syscall that does not get through, or only with some arguments. */
export interface RefusedSyscall {
  readonly syscall: string;
  readonly verdict: VerdictView;
}

/** Everything `explain HOST` says. */
export interface HostExplanation {
  readonly host: HostIdentity;
  /** Undefined where no filter is loaded. */
  readonly filter?: {
    readonly architectures: readonly {
      readonly abi: Abi;
      /** runc's stub: numbers above are ENOSYS; absent where there is no stub. */
      readonly stubAbove?: number;
      /** Syscall numbers with a rule. */
      readonly rules: number;
    }[];
    readonly defaultAction: string;
    readonly capabilities: readonly string[];
    /** Names of the profile that this libseccomp does not know. */
    readonly skipped: readonly string[];
    readonly libseccompDate?: string;
  };
  /** Of the native ABI. */
  readonly refused: readonly RefusedSyscall[];
  readonly conditional: readonly RefusedSyscall[];
  /** Refused with an errno on which known callers give up. */
  readonly breaks: readonly {
    readonly syscall: string;
    readonly errno: string;
    readonly callers: readonly CallerClaim[];
  }[];
}

/** Asks a host for every syscall of its architecture. */
export function explainHost(host: HostModel): HostExplanation {
  const { identity, policy, target } = host;
  const { arch } = identity;
  const all = syscallNames().flatMap((syscall): RefusedSyscall[] => {
    const nr = syscallNumber(syscall, arch);
    if (nr === undefined) return [];
    return [{ syscall, verdict: viewVerdict(host.answer({ abi: arch, nr, name: syscall, args: [] })) }];
  });
  const refused = all.filter(({ verdict }) => !letsThrough(verdict));
  const date = libseccompReleases().find(({ version }) => version === identity.libseccomp)?.date;
  return {
    host: identity,
    ...(policy && target
      ? {
          filter: {
            architectures: policy.abis.map(({ abi, stubAbove, rules }) => ({
              abi,
              ...(stubAbove === undefined ? {} : { stubAbove }),
              rules: rules.size,
            })),
            defaultAction: defaultText(host),
            capabilities: [...target.caps].sort(),
            skipped: policy.skipped,
            ...(date === undefined ? {} : { libseccompDate: date }),
          },
        }
      : {}),
    refused,
    conditional: all.filter(({ verdict }) => letsThrough(verdict) && verdict.conditional),
    breaks: refused.flatMap(({ syscall, verdict: { errno } }) => {
      if (errno === undefined || !hasKnownCallers(syscall)) return [];
      const back = fallsBackOn(syscall, errno);
      const callers = callerClaims(syscall, errno);
      return back === 'none' || back === 'some' ? [{ syscall, errno, callers }] : [];
    }),
  };
}

function defaultText({ policy }: HostModel): string {
  const { action, errno } = viewAction(policy!.defaultAction);
  return errno ?? action;
}
