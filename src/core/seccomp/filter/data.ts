import { ABIS, type Abi, abiInfo } from '../../linux/abi.ts';

/**
 * `struct seccomp_data` (linux/seccomp.h) as sixteen 32-bit words in the order they lie in memory: nr, arch, the two
 * halves of the instruction pointer, then six arguments of two words each, halves in the byte order of the ABI.
 */
export type SeccompData = Uint32Array;

const DATA_WORDS = 16;
/** Bytes: what BPF_LEN loads. */
export const DATA_BYTES = 64;
export const NR_OFFSET = 0;
export const ARCH_OFFSET = 4;
export const ARGS_OFFSET = 16;

/** Byte offsets of the halves of an argument. */
export function argumentOffsets(index: number, abi: Abi): { readonly low: number; readonly high: number } {
  const first = ARGS_OFFSET + 8 * index;
  return abiInfo(abi).endian === 'little' ? { low: first, high: first + 4 } : { low: first + 4, high: first };
}

/** The word of an argument at a byte offset; undefined where the argument is not known. */
export function wordAt(args: readonly (bigint | undefined)[], abi: Abi, offset: number): number | undefined {
  const index = (offset - ARGS_OFFSET) >> 3;
  const value = args[index];
  if (value === undefined) return undefined;
  return Number((offset === argumentOffsets(index, abi).low ? value : value >> 32n) & 0xffffffffn);
}

/** An argument, decimal or hex, as the kernel gets it: unsigned, 64 bits. Undefined when the text is no such number. */
export function argumentOf(text: string): bigint | undefined {
  try {
    const value = text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text);
    return value >> 64n === 0n || value >> 63n === -1n ? BigInt.asUintN(64, value) : undefined;
  } catch {
    return undefined;
  }
}

/** The data of one call. A number below zero is taken as its unsigned 32-bit form; missing arguments are zero. */
export function seccompData(abi: Abi, nr: number, args: readonly bigint[] = []): SeccompData {
  const data = new Uint32Array(DATA_WORDS);
  fillData(data, abi, nr, args);
  return data;
}

/** As `seccompData`, into an existing array: for those who ask millions of times. */
export function fillData(data: SeccompData, abi: Abi, nr: number, args: readonly bigint[]): void {
  const { auditToken, endian } = abiInfo(abi);
  data[0] = nr >>> 0;
  data[1] = auditToken;
  data[2] = 0;
  data[3] = 0;
  const [low, high] = endian === 'little' ? [0, 1] : [1, 0];
  for (let i = 0; i < 6; i++) {
    const value = args[i] ?? 0n;
    data[4 + 2 * i + low] = Number(value & 0xffffffffn);
    data[4 + 2 * i + high] = Number((value >> 32n) & 0xffffffffn);
  }
}

/** The ABI behind an audit architecture and a number: bit 30 is x32's. Undefined for an unknown architecture. */
export function abiOfToken(token: number, nr: number): Abi | undefined {
  const abi = ABIS.find((each) => abiInfo(each).auditToken === token);
  return abi === 'x86_64' && nr >>> 0 >= 0x40000000 && nr >>> 0 !== 0xffffffff ? 'x32' : abi;
}
