import { readFileSync } from 'node:fs';
import { CAPABILITIES } from '../../core/hosts/caps.ts';

/** Capabilities (`CAP_…`) that a program started here can have: the bounding set, whose bits are in the order of the names. */
export function grantable(): ReadonlySet<string> {
  const hex = /^CapBnd:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  const bits = BigInt(`0x${hex}`);
  return new Set(CAPABILITIES.filter((_, bit) => (bits >> BigInt(bit)) & 1n).map((name) => `CAP_${name}`));
}
