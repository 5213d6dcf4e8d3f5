import type { Abi } from '../linux/abi.ts';
import { loadEngine } from './engines.ts';
import { ENGINES } from './family.ts';

export interface KnownHostsOptions {
  /** Each host once per architecture; without it the architecture is left to the surroundings. */
  readonly arches?: readonly Abi[];
  /** Betas and release candidates too. */
  readonly preReleases?: boolean;
  /** Bare kernels (`kernel@5.4`) too, for telling a filter from an old kernel. */
  readonly kernels?: boolean;
}

/** The architectures that Docker's own packages exist for: what `--against all` looks at. */
export const USUAL_ARCHES: readonly Abi[] = ['x86_64', 'x86', 'arm', 'aarch64', 'ppc64le', 's390x'];

/**
 * Every engine version of the tables as a HOST expression, oldest first per engine, so that neighbours that behave alike
 * can be written as ranges. gVisor stands once per change of its table.
 */
export async function knownHosts(options: KnownHostsOptions = {}): Promise<readonly string[]> {
  const hosts: string[] = [];
  for (const name of ENGINES) {
    const { versions } = await loadEngine(name);
    for (const { text, pre } of versions) {
      if (pre === undefined || options.preReleases) hosts.push(`${name}@${text}`);
    }
  }
  const { gvisorDates } = await import('./gvisor.ts');
  hosts.push(...gvisorDates().map((day) => `gvisor@${day}`), 'spec-proposal');
  if (options.kernels) hosts.push(...KERNELS.map((version) => `kernel@${version}`));
  const { arches } = options;
  return arches
    ? arches.flatMap((arch) =>
        hosts.filter((host) => existsOn(host, arch)).map((host) => `${host},arch=${arch}`),
      )
    : hosts;
}

/** What the sentry is written for (gVisor's README: x86_64 and ARM64); elsewhere there is none. */
const GVISOR_ARCHES: ReadonlySet<Abi> = new Set(['x86_64', 'aarch64']);

/** Whether a known host is to be found on machines of this architecture. */
export function existsOn(host: string, arch: Abi): boolean {
  return !host.startsWith('gvisor@') || GVISOR_ARCHES.has(arch);
}

/** Kernels that brought syscalls (facts/kernel-added.json), and the first of the list of long-term ones before. */
const KERNELS =
  '3.10 3.14 3.15 3.17 3.18 3.19 4.1 4.3 4.4 4.5 4.6 4.9 4.11 4.12 4.15 4.18 5.1 5.2 5.3 5.4 5.5 5.6 5.8 5.9 5.10 5.11 5.12 5.13 5.14 5.15 5.16 5.17 5.19 6.1 6.4 6.5 6.6 6.7 6.8 6.9 6.10 6.11 6.13 6.15 6.17 6.19 7.0'.split(
    ' ',
  );
