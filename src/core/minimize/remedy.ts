import { explainSyscall } from '../diagnosis/explain/syscall.ts';
import type { Denial } from '../documents/denial.ts';
import type { Remedy } from '../documents/remedy.ts';
import { bySeverity, isFinding } from '../documents/severity.ts';
import type { HostModel } from '../hosts/host.ts';
import { compareVersions, version } from '../hosts/version.ts';
import type { TraceSummary } from '../strace/grammar/event.ts';
import { predictFix } from './predict.ts';

type Upgrade = NonNullable<Remedy['upgrade']>;

/** More syscalls than this are not looked up one by one. */
const MOST = 8;

/** The refusals that a verdict is about: those that break, else those of which it is not known; worst first. */
export function decisive(denials: readonly Denial[]): readonly Denial[] {
  const open = denials.filter(isFinding);
  const breaking = open.filter(({ consequence }) => consequence.effect === 'breaks');
  return [...(breaking.length > 0 ? breaking : open)].sort(bySeverity);
}

/** What to do about these refusals, which this host makes of these traces. */
export async function remedyFor(
  refusals: readonly Denial[],
  host: HostModel,
  traces: readonly TraceSummary[],
): Promise<Remedy> {
  const syscalls = [...new Set(refusals.map(({ syscall }) => syscall))];
  const known = syscalls.slice(0, MOST);
  const looked = await Promise.all(
    known.map(async (syscall) => {
      const made = refusals.find((one) => one.syscall === syscall)!;
      // A host of another architecture is emulated by name: it is asked for its own call.
      const abi = host.policy?.abis.some((section) => section.abi === made.abi)
        ? made.abi
        : host.identity.arch;
      const { advice, libseccomp } = await explainSyscall(syscall, abi, host);
      const upgrade = advice.find(
        ({ kind, to: there, byRule }) => kind === 'upgrade' && there !== undefined && !byRule,
      );
      const first = advice.find(({ kind }) => kind !== 'upgrade' && kind !== 'nothing');
      const grant = first?.kind === 'capability' ? first.capabilities : undefined;
      const unknown = host.target !== undefined && !host.target.libseccomp.knows(syscall);
      return {
        upgrade: upgrade?.to && {
          ...upgrade.to,
          ...(unknown && libseccomp ? { libseccomp: libseccomp.first } : {}),
        },
        grant,
      };
    }),
  );
  const upgrade = latest(
    known,
    looked.map((one) => one.upgrade),
  );
  const grant = looked[0]?.grant;
  return {
    ...(grant ? { grant } : {}),
    ...(upgrade ? { upgrade } : {}),
    ...profileChange(new Set(syscalls), host, traces),
  };
}

/** The latest of the upgrades of whatever the worst refusal asks for. */
function latest(syscalls: readonly string[], upgrades: readonly (Upgrade | undefined)[]): Remedy['upgrade'] {
  const first = upgrades.find((to) => to !== undefined);
  if (!first) return undefined;
  const same = (to: (typeof upgrades)[number]): boolean => to?.product === first.product;
  const covered = syscalls.filter((_, i) => same(upgrades[i]));
  const newest = (texts: readonly string[]): string | undefined =>
    [...texts].sort((a, b) => compareVersions(version(b), version(a)))[0];
  const all = upgrades.filter((to): to is Upgrade => same(to));
  const libseccomp = newest(all.flatMap((to) => to.libseccomp ?? []));
  return {
    product: first.product,
    version: newest(all.map((to) => to.version))!,
    ...(libseccomp === undefined || first.product === 'libseccomp' ? {} : { libseccomp }),
    ...(covered.length === syscalls.length ? {} : { syscalls: covered }),
  };
}

/** The predicted change as this very host can load it: one that drops errnoRet has to allow what ENOSYS would be enough for. */
function profileChange(
  syscalls: ReadonlySet<string>,
  host: HostModel,
  traces: readonly TraceSummary[],
): Pick<Remedy, 'today' | 'noRule'> {
  const { fix, limits } = predictFix(traces, [host]);
  const { target } = host;
  const loads = (name: string): boolean =>
    target !== undefined && syscalls.has(name) && target.libseccomp.knows(name);
  const deaf = limits.some(({ kind }) => kind === 'errno-not-passed');
  const enosys = fix.enosys.filter(loads);
  const allow = fix.allow.filter((entry) => loads(typeof entry === 'string' ? entry : entry.name));
  const today = deaf ? { allow: [...allow, ...enosys], enosys: [] } : { allow, enosys };
  const changed = new Set([
    ...today.enosys,
    ...today.allow.map((entry) => (typeof entry === 'string' ? entry : entry.name)),
  ]);
  return { today, noRule: [...syscalls].filter((name) => !changed.has(name)) };
}
