/** Capabilities of Linux 5.9 and later, without `CAP_` (include/uapi/linux/capability.h). */
export const CAPABILITIES: readonly string[] = [
  'CHOWN',
  'DAC_OVERRIDE',
  'DAC_READ_SEARCH',
  'FOWNER',
  'FSETID',
  'KILL',
  'SETGID',
  'SETUID',
  'SETPCAP',
  'LINUX_IMMUTABLE',
  'NET_BIND_SERVICE',
  'NET_BROADCAST',
  'NET_ADMIN',
  'NET_RAW',
  'IPC_LOCK',
  'IPC_OWNER',
  'SYS_MODULE',
  'SYS_RAWIO',
  'SYS_CHROOT',
  'SYS_PTRACE',
  'SYS_PACCT',
  'SYS_ADMIN',
  'SYS_BOOT',
  'SYS_NICE',
  'SYS_RESOURCE',
  'SYS_TIME',
  'SYS_TTY_CONFIG',
  'MKNOD',
  'LEASE',
  'AUDIT_WRITE',
  'AUDIT_CONTROL',
  'SETFCAP',
  'MAC_OVERRIDE',
  'MAC_ADMIN',
  'SYSLOG',
  'WAKE_ALARM',
  'BLOCK_SUSPEND',
  'AUDIT_READ',
  'PERFMON',
  'BPF',
  'CHECKPOINT_RESTORE',
];

/** `cap=SYS_ADMIN` adds, `cap=-NET_RAW` drops; `ALL` stands for every one. */
export interface CapChange {
  readonly drop: boolean;
  readonly cap: string;
}

/** `SYS_ADMIN`, `+CAP_CHOWN`, `-ALL` in any case; undefined for what no capability is called (capabilities(7)). */
export function parseCap(text: string): CapChange | undefined {
  const found = /^([-+]?)(?:CAP_)?([A-Z_]+)$/.exec(text.trim().toUpperCase());
  const cap = found?.[2];
  if (cap === undefined || !(cap === 'ALL' || CAPABILITIES.includes(cap))) return undefined;
  return { drop: found![1] === '-', cap };
}

/**
 * The set a container ends up with, as `--cap-add` and `--cap-drop` of the engines have it: whatever the order, dropping
 * ALL starts from nothing and adding ALL from everything. Gives `CAP_…` names.
 */
export function applyCaps(base: readonly string[], changes: readonly CapChange[]): ReadonlySet<string> {
  const adds = changes.filter(({ drop }) => !drop).map(({ cap }) => cap);
  const drops = changes.filter(({ drop }) => drop).map(({ cap }) => cap);
  const start = adds.includes('ALL') ? CAPABILITIES : drops.includes('ALL') ? [] : base;
  const set = new Set(start.filter((cap) => !drops.includes(cap)));
  for (const cap of adds) if (cap !== 'ALL') set.add(cap);
  return new Set([...set].map((cap) => `CAP_${cap}`));
}
