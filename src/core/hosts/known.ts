import type { Abi } from '../linux/abi.ts';
import { compareKernels, parseKernel } from '../linux/kernel.ts';
import { kernelsWithNews } from '../linux/numbers.ts';
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
  if (options.kernels) hosts.push(...knownKernels().map((version) => `kernel@${version}`));
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

/** Long-term kernels that brought none, and are in wide use. */
const LONG_TERM = ['3.10', '5.4', '6.1'];

/** Bare kernels that differ from one another, oldest first. */
export function knownKernels(): readonly string[] {
  return [...new Set([...LONG_TERM, ...kernelsWithNews()])].sort((a, b) =>
    compareKernels(parseKernel(a)!, parseKernel(b)!),
  );
}
