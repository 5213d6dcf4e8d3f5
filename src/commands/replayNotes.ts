import { untriedWays } from '../core/diagnosis/blocked.ts';
import type { HostIdentity } from '../core/hosts/host.ts';
import type { TraceSummary } from '../core/strace/grammar/event.ts';
import type { OpenedHost } from './openHosts.ts';

/** What was assumed of hosts, and what has to be known of them, in sentences. */
export function hostNotes(hosts: readonly OpenedHost[]): readonly string[] {
  if (hosts.length > 20)
    return ['what a host expression does not say is taken from what that version shipped with'];
  return hosts.flatMap(({ label, model: { identity } }) => [
    ...(identity.assumed.length === 0
      ? []
      : [`${label} is taken as ${stackOf(identity)} (assumed: ${identity.assumed.join(', ')})`]),
    ...identity.notes.map((note) => `${label}: ${note.replace(/\.$/, '')}`),
  ]);
}

/** `runc 1.1.12, libseccomp 2.5.4, kernel 6.1, x86_64`; what a host does not have is left out. */
function stackOf({ runtime, runtimeVersion, libseccomp, kernel, arch }: HostIdentity): string {
  return [
    runtime === 'none' ? '' : `${runtime} ${runtimeVersion}`,
    libseccomp === 'none' ? '' : `libseccomp ${libseccomp}`,
    `kernel ${kernel}`,
    arch,
  ]
    .filter((part) => part !== '')
    .join(', ');
}

/** Which traces may go other ways on a host than they show. */
export function wayNotes(traces: readonly TraceSummary[], hosts: readonly OpenedHost[]): readonly string[] {
  return hosts.flatMap(({ label, model }) => {
    const names = untriedWays(traces, model);
    if (names.length === 0) return [];
    return [
      `${names.join(', ')} failed with ENOSYS in the trace but ${names.length === 1 ? 'is' : 'are'} allowed on ${label}: the program may go another way there, which this trace does not show`,
    ];
  });
}
