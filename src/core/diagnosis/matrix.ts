import type { Denial } from '../documents/denial.ts';
import type { HostIdentity } from '../hosts/host.ts';
import { compressHosts } from '../hosts/ranges.ts';

export interface HostVerdicts {
  /** What is written for it: the user's expression, or the known host's. */
  readonly label: string;
  readonly identity: HostIdentity;
  readonly blocked: readonly Denial[];
}

/** Hosts that answer alike to everything in the traces. */
export interface AlikeHosts {
  /** In ranges: `docker@20.10.0–20.10.9`. */
  readonly labels: readonly string[];
  readonly size: number;
  /** Of the first of them. */
  readonly identity: HostIdentity;
  readonly blocked: readonly Denial[];
}

/** What tells two hosts apart: not the evidence, which names the host. */
function blockedKey(blocked: readonly Denial[]): string {
  return blocked
    .map(({ syscall, abi, errno, cause, matters }) => `${syscall} ${abi} ${errno} ${cause} ${matters}`)
    .sort()
    .join('\n');
}

/**
 * One entry per way of answering, in the order of first appearance. Only hosts that follow each other in the given order
 * become a range, and only where `adjacent` says that no version lies between them.
 */
export function groupAlike(
  hosts: readonly HostVerdicts[],
  adjacent: (before: HostVerdicts, after: HostVerdicts) => boolean = () => true,
): readonly AlikeHosts[] {
  const groups = new Map<string, { labels: string[]; size: number; first: HostVerdicts }>();
  const items: { readonly expression: string; readonly key: string }[] = [];
  const keys = new Map<string, string>();
  let run = 0;
  hosts.forEach((host, index) => {
    const key = blockedKey(host.blocked);
    const before = hosts[index - 1];
    if (before && !adjacent(before, host)) run += 1;
    items.push({ expression: host.label, key: `${run} ${key}` });
    keys.set(`${run} ${key}`, key);
    const known = groups.get(key);
    if (known) known.size += 1;
    else groups.set(key, { labels: [], size: 1, first: host });
  });
  for (const { label, key } of compressHosts(items)) groups.get(keys.get(key)!)?.labels.push(label);
  return [...groups.values()].map(({ labels, size, first }) => ({
    labels,
    size,
    identity: first.identity,
    blocked: first.blocked,
  }));
}

/** Whether `after` is the next patch release of `before`: what may be said of hosts that somebody picked. */
export function isNextRelease(before: HostVerdicts, after: HostVerdicts): boolean {
  const parts = ({ identity }: HostVerdicts): readonly string[] => identity.version.split('.');
  const [a, b] = [parts(before), parts(after)];
  return (
    a.length === b.length &&
    a.slice(0, -1).join('.') === b.slice(0, -1).join('.') &&
    Number(b.at(-1)) === Number(a.at(-1)) + 1
  );
}

/** A column of the matrix: what matters on some host comes first, then by name. */
export interface Column {
  readonly syscall: string;
  readonly abi: Denial['abi'];
  /** It stands for every call of its ABI. */
  readonly everyCall?: true;
  readonly matters: boolean;
}

/** Every syscall that some host refuses: what matters first, then by name. */
export function columnsOf(groups: readonly AlikeHosts[]): readonly Column[] {
  const columns = new Map<string, Column>();
  for (const { blocked } of groups) {
    for (const { syscall, abi, matters, everyCall } of blocked) {
      const key = everyCall ? ` ${abi}` : `${syscall} ${abi}`;
      const column = { syscall, abi, matters, ...(everyCall ? { everyCall } : {}) };
      if (!columns.has(key) || matters) columns.set(key, column);
    }
  }
  return [...columns.entries()]
    .sort(([a, x], [b, y]) => Number(y.matters) - Number(x.matters) || (a < b ? -1 : 1))
    .map(([, column]) => column);
}

/** What one architecture's hosts refuse, without the matrix. */
export interface ArchSummary {
  readonly arch: string;
  readonly hosts: number;
  /** What matters, the most widely refused first. */
  readonly refused: readonly {
    readonly syscall: string;
    readonly errno: string;
    readonly hosts: number;
  }[];
}

/** How many hosts of an architecture refuse each syscall that matters there. */
export function summaryOf(arch: string, hosts: readonly HostVerdicts[]): ArchSummary {
  const counts = new Map<string, { syscall: string; errno: string; hosts: number }>();
  for (const { blocked } of hosts) {
    const seen = new Set<string>();
    for (const { syscall, errno, matters } of blocked) {
      const key = `${syscall} ${errno}`;
      if (!matters || seen.has(key)) continue;
      seen.add(key);
      const known = counts.get(key);
      if (known) known.hosts += 1;
      else counts.set(key, { syscall, errno, hosts: 1 });
    }
  }
  const refused = [...counts.entries()]
    .sort(([a, x], [b, y]) => y.hosts - x.hosts || (a < b ? -1 : 1))
    .map(([, count]) => count);
  return { arch, hosts: hosts.length, refused };
}
