import { type Abi, abiInfo } from '../../src/core/linux/abi.ts';
import { closure } from '../../src/core/seccomp/filter/closure.ts';
import { compile } from '../../src/core/seccomp/filter/compile.ts';
import { fillData } from '../../src/core/seccomp/filter/data.ts';
import type { Program } from '../../src/core/seccomp/filter/instruction.ts';
import { returnOf } from '../../src/core/seccomp/filter/returns.ts';
import { decide } from '../../src/core/seccomp/profile/evaluate.ts';
import type { Policy, PolicyRule } from '../../src/core/seccomp/profile/policy.ts';

const ALL = (1n << 64n) - 1n;

/** -1 to 600 above the ABI's base, plain -1 and 0, the x32 range, the private numbers of 32-bit ARM. */
function numbersOf(abi: Abi): readonly number[] {
  const { base } = abiInfo(abi);
  const found = new Set([0, 0xffffffff, 0x3fffffff, 0x40000000, 0x7fffffff, 0x80000000]);
  for (let nr = -1; nr <= 600; nr++) found.add((base + nr) >>> 0);
  if (abi === 'x86_64') for (let nr = 0; nr <= 600; nr++) found.add(0x40000000 + nr);
  if (abi === 'arm') for (let nr = 983035; nr <= 983050; nr++) found.add(nr);
  return [...found];
}
const numbers = new Map<Abi, readonly number[]>();

/** Values of one argument at which a condition may change its mind. */
function boundaries(rules: readonly PolicyRule[], index: number): readonly bigint[] {
  const found = new Set([0n, ALL]);
  for (const { conditions } of rules) {
    for (const { index: at, value, valueTwo, op } of conditions) {
      if (at !== index) continue;
      const bases = op === 'MASKED_EQ' ? [value, valueTwo, value | valueTwo, ~value & ALL] : [value];
      for (const each of bases) {
        for (const near of [each, each + 1n, each - 1n]) found.add(near & ALL);
        found.add(each & 0xffffffffn);
        found.add((each | (1n << 32n)) & ALL);
        found.add((each << 32n) & ALL);
        found.add((each | (0xffffffffn << 32n)) & ALL);
      }
      if (op !== 'MASKED_EQ') continue;
      // Each bit of a mask by itself.
      for (let bit = 0n; bit < 64n; bit++) if ((value >> bit) & 1n) found.add(valueTwo ^ (1n << bit));
    }
  }
  return [...found];
}

/** All combinations of the boundary values of the arguments that the rules look at. */
function argumentsOf(rules: readonly PolicyRule[]): readonly (readonly bigint[])[] {
  const indices = [...new Set(rules.flatMap(({ conditions }) => conditions.map(({ index }) => index)))];
  let combinations: bigint[][] = [[0n, 0n, 0n, 0n, 0n, 0n]];
  for (const index of indices) {
    combinations = combinations.flatMap((args) =>
      boundaries(rules, index).map((value) => args.with(index, value)),
    );
  }
  return combinations;
}

/**
 * Asks our compiled program, the direct evaluation and somebody else's program for the same policy about every number and
 * every argument at which they may part.
 */
export function comparePrograms(
  policy: Policy,
  other: Program,
): { readonly compared: number; readonly differences: readonly string[] } {
  const compiled = compile(policy);
  if (!compiled.ok) throw new Error(compiled.failure.what);
  const [ours, theirs] = [closure(compiled.value), closure(other)];
  const listed = policy.abis.map(({ abi }) => abi);
  const strange: Abi = listed.includes('riscv64') ? 'aarch64' : 'riscv64';
  const plain = [0, 0xffffffff, 0x80000000].map((word) => new Uint32Array(16).fill(word));
  plain.push(Uint32Array.from({ length: 16 }, (_, i) => i));
  const data = new Uint32Array(16);
  const differences: string[] = [];
  let compared = 0;
  const differ = (abi: Abi, words: Uint32Array, direct: number | undefined): void => {
    if (differences.length >= 20) return;
    const [mine, real] = [ours(words), theirs(words)];
    differences.push(`${abi} [${words}]: ours ${mine}, evaluated ${direct}, theirs ${real}`);
  };
  for (const abi of [...listed, strange]) {
    if (abi === 'x32') continue;
    const token = abiInfo(abi).auditToken;
    if (!numbers.has(abi)) numbers.set(abi, numbersOf(abi));
    for (const nr of numbers.get(abi)!) {
      const owner = abi === 'x86_64' && nr >= 0x40000000 ? 'x32' : abi;
      const rules = policy.abis.find((section) => section.abi === owner)?.rules.get(nr) ?? [];
      if (!rules.some(({ conditions }) => conditions.length > 0)) {
        for (const words of plain) {
          words[0] = nr;
          words[1] = token;
          if (ours(words) !== theirs(words)) differ(abi, words, undefined);
        }
        compared += plain.length;
        continue;
      }
      for (const args of argumentsOf(rules)) {
        fillData(data, abi, nr, args);
        const mine = ours(data);
        // Evaluation has tests of its own; a share of the calls is enough here.
        const direct = compared++ % 4 === 0 ? returnOf(decide(policy, { abi, nr, name: '', args })) : mine;
        if (mine !== theirs(data) || direct !== mine) differ(abi, data, direct);
      }
    }
  }
  return { compared, differences };
}
