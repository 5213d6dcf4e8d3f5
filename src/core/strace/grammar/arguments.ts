import type { Abi } from '../../linux/abi.ts';
import { endOfString } from './result.ts';
import { symbolValue } from './symbols.ts';

/** Splits an argument list at its outer commas; strings, brackets, comments and `<…>` of descriptors stay whole. */
export function splitArguments(args: string): string[] {
  const parts: string[] = [];
  let start = 0;
  let depth = 0;
  for (let at = 0; at < args.length; at++) {
    const unit = args.charCodeAt(at);
    if (unit === 0x22) {
      const end = endOfString(args, at + 1);
      if (end === -1) break;
      at = end;
    } else if (unit === 0x28 || unit === 0x5b || unit === 0x7b) depth++;
    else if (unit === 0x29 || unit === 0x5d || unit === 0x7d) depth--;
    else if (unit === 0x2f && args.charCodeAt(at + 1) === 0x2a) {
      const end = args.indexOf('*/', at + 2);
      if (end === -1) break;
      at = end + 1;
    } else if (unit === 0x2c && depth <= 0) {
      parts.push(args.slice(start, at).trim());
      start = at + 1;
    }
  }
  const last = args.slice(start).trim();
  if (last !== '' || parts.length > 0) parts.push(last);
  return parts;
}

const NAMED = /^([a-z_][a-z0-9_]*)=(?!=)/;

/** Name of an argument printed as `name=value` (clone always, everything with -N), and its value. */
export function namedArgument(text: string): { readonly name: string | undefined; readonly value: string } {
  const match = NAMED.exec(text);
  return match ? { name: match[1]!, value: text.slice(match[0].length) } : { name: undefined, value: text };
}

/**
 * The raw value of a printed argument as a filter would see it, or undefined when the text does not tell it.
 * Negative numbers become two's complement of the ABI's width (`bits`).
 */
export function rawValue(text: string, bits: 32 | 64): bigint | undefined {
  // -X verbose prints `0x22 /* MAP_… */`, an unknown flag `0x10 /* CLONE_??? */`, -y `3</path>`.
  const bare = text
    .replace(/\/\*.*?(?:\*\/|$)/gs, '')
    .replace(/^(-?\w+)<.*>(?:\(deleted\))?$/s, '$1')
    .trim();
  if (bare === '') return undefined;
  let value = 0n;
  for (const part of bare.split('|')) {
    const one = atom(part.trim());
    if (one === undefined) return undefined;
    value |= one;
  }
  return BigInt.asUintN(bits, value);
}

function atom(text: string): bigint | undefined {
  if (/^0x[0-9a-f]+$/i.test(text) || /^(?:0|[1-9]\d*)$/.test(text)) return BigInt(text);
  if (/^0[0-7]+$/.test(text)) return BigInt(`0o${text}`);
  if (/^-\d+$/.test(text)) return BigInt(text);
  const shifted = /^1<<(\w+)$/.exec(text);
  if (shifted) {
    const count = atom(shifted[1]!);
    return count === undefined ? undefined : 1n << count;
  }
  const network = /^htons\((\w+)\)$/.exec(text);
  if (network) {
    const host = atom(network[1]!);
    return host === undefined ? undefined : ((host & 0xffn) << 8n) | (host >> 8n);
  }
  return symbolValue(text);
}

/** Where clone takes its flags: the second argument on s390 and s390x, the first elsewhere (clone(2)). */
export function cloneFlagsIndex(abi: Abi | undefined): 0 | 1 {
  return abi === 's390' || abi === 's390x' ? 1 : 0;
}

/**
 * Values of the arguments `wanted` of a call; all others undefined. The result ends with the last wanted one that is
 * known, so it is empty when none is.
 */
export function argumentValues(
  name: string,
  args: string,
  wanted: readonly number[],
  abi: Abi | undefined,
  bits: 32 | 64,
): (bigint | undefined)[] {
  const values: (bigint | undefined)[] = [];
  const parts = splitArguments(args);
  for (const index of wanted) {
    let text = parts[index];
    if (name === 'clone') {
      const flags = parts.map(namedArgument).find((part) => /^(?:clone_)?flags$/.test(part.name ?? ''));
      // strace prints the stack first and the flags second on every ABI, with names: child_stack=…, flags=….
      if (flags) text = index === cloneFlagsIndex(abi) ? flags.value : undefined;
    }
    if (text === undefined) continue;
    const value = rawValue(namedArgument(text).value, bits);
    if (value === undefined) continue;
    while (values.length < index) values.push(undefined);
    values[index] = value;
  }
  return values;
}
