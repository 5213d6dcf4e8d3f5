import type { Observed } from './observed.ts';

export interface Sandbox {
  readonly kind: 'gvisor' | 'wsl1' | 'wsl2' | 'none';
  /** The signs it was recognized by. */
  readonly signs: readonly string[];
}

/**
 * gVisor reports a fixed release and build date (pkg/sentry/syscalls/linux/sys_utsname.go: 4.4.0 before release-20260427,
 * 4.19.0-gvisor since) and greets in its own kernel log. WSL 1 reports 4.4.0-BUILD-Microsoft and has no Linux kernel;
 * WSL 2 is a Linux kernel named microsoft-standard.
 */
export function recognizeSandbox({
  system,
}: {
  readonly system: Pick<Observed['system'], 'release' | 'version' | 'kernelLog'>;
}): Sandbox {
  const { release, version, kernelLog = '' } = system;
  const gvisor: string[] = [];
  if (release === '4.4.0' || release.endsWith('-gvisor')) gvisor.push(`uname -r says ${release}`);
  if (version.includes('Sun Jan 10 15:06:54 PST 2016')) gvisor.push("the kernel's build date is gVisor's");
  if (kernelLog.includes('Starting gVisor')) gvisor.push('the kernel log begins with "Starting gVisor"');
  if (gvisor.length > 0) return { kind: 'gvisor', signs: gvisor };
  if (/-Microsoft$/.test(release)) return { kind: 'wsl1', signs: [`uname -r says ${release}`] };
  if (/microsoft-standard/i.test(release)) return { kind: 'wsl2', signs: [`uname -r says ${release}`] };
  return { kind: 'none', signs: [] };
}
