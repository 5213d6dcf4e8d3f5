import type { HostModel } from '../../hosts/host.ts';
import { compareVersions, version } from '../../hosts/version.ts';
import type { Abi } from '../../linux/abi.ts';
import type { AllowanceRange } from './allowance.ts';
import type { VerdictView } from './verdict.ts';

/** One thing to do; they stand in order of preference. */
export interface Advice {
  readonly kind: 'nothing' | 'upgrade' | 'enosys' | 'capability' | 'architecture' | 'allow' | 'never';
  readonly text: string;
  /** Of an upgrade that does not let the call through, but answers so. */
  readonly answers?: 'ENOSYS';
  /** It does so only with a rule of a profile, which the version in use would drop. */
  readonly byRule?: true;
  /** Of an upgrade: the first version that is enough, of the line of releases in use where that has one. */
  readonly to?: { readonly product: string; readonly version: string };
  /** An entry for `syscalls` of a Docker or OCI profile; of an architecture, one for `architectures`. */
  readonly rule?: Readonly<Record<string, unknown>>;
  /** Sets of capabilities, each of which is enough. */
  readonly capabilities?: readonly (readonly string[])[];
}

export interface Question {
  readonly name: string;
  readonly abi: Abi;
  readonly host: HostModel;
  readonly verdict: VerdictView;
  readonly ranges: readonly AllowanceRange[];
  /** The same of the host's engine, for the capabilities that the container has on that host. */
  readonly own: readonly AllowanceRange[];
  /** First libseccomp release that knows the name. */
  readonly libseccomp: string | undefined;
  /** First version of the host's engine that passes errnoRet on to the runtime; undefined where it is none of the tables. */
  readonly errnoRetSince: string | undefined;
  /** First gVisor day on which it is implemented. */
  readonly gvisor: string | undefined;
}

/** The range that a version is in. */
export const rangeAt = (own: readonly AllowanceRange[], at: string): AllowanceRange | undefined => {
  const here = version(at);
  return own.find(
    ({ from, to }) => compareVersions(version(from), here) <= 0 && compareVersions(here, version(to)) <= 0,
  );
};
