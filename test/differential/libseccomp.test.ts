import { afterAll, beforeAll, expect, test } from 'vitest';
import { closure } from '../../src/core/bpf/closure.ts';
import { compile } from '../../src/core/bpf/compile.ts';
import { fillData } from '../../src/core/bpf/data.ts';
import { returnOf } from '../../src/core/bpf/returns.ts';
import { applyEngine } from '../../src/core/profile/engine.ts';
import { decide } from '../../src/core/profile/evaluate.ts';
import { lower } from '../../src/core/profile/lower.ts';
import type { Policy, PolicyRule } from '../../src/core/profile/policy.ts';
import { type Abi, abiInfo } from '../../src/core/syscalls/abi.ts';
import { needs } from '../rig/need.ts';
import { type Case, cases } from './hosts.ts';
import { buildC, Oracle, requestFor } from './oracle.ts';

const HOSTS: readonly Abi[] = [
  'x86_64',
  'x86',
  'aarch64',
  'arm',
  'mips64',
  'mipsel64',
  's390x',
  'ppc64le',
  'riscv64',
];
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
      // Each bit of a mask by itself.
      if (op === 'MASKED_EQ')
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
const PLAIN: readonly (readonly bigint[])[] = [
  [0n, 0n, 0n, 0n, 0n, 0n],
  [ALL, ALL, ALL, ALL, ALL, ALL],
];

function abisOf({ abis }: Policy): readonly Abi[] {
  return abis.map(({ abi }) => abi);
}

needs('cc').describe('against the real libseccomp', () => {
  let built: ReturnType<typeof buildC>;
  beforeAll(() => {
    built = buildC('oracle', '-lseccomp');
  });
  afterAll(() => built.remove());

  test('every profile of the tables gives the same answers', async () => {
    const oracle = new Oracle(built.path);
    const seen = new Set<string>();
    const work: { one: Case; policy: Policy }[] = [];
    for (const one of cases(HOSTS)) {
      const applied = applyEngine(one.profile, one.target);
      const lowered = lower(one.profile, one.target);
      if (!applied.ok || !lowered.ok) throw new Error(`${one.id}: not lowered`);
      const request = requestFor(applied.value, abisOf(lowered.value), 1);
      // Many versions differ only for other hosts; the same filter needs no second look.
      if (seen.has(request)) continue;
      seen.add(request);
      oracle.ask(request);
      work.push({ one, policy: lowered.value });
    }
    oracle.close();

    let compared = 0;
    const differences: string[] = [];
    const data = new Uint32Array(16);
    for (const { one, policy } of work) {
      const exported = await oracle.next(abiInfo(one.target.arch).endian === 'little');
      if (!('program' in exported)) throw new Error(`${one.id}: libseccomp says errno ${exported.errno}`);
      const compiled = compile(policy);
      if (!compiled.ok) throw new Error(`${one.id}: ${compiled.failure.what}`);
      const ours = closure(compiled.value);
      const theirs = closure(exported.program);
      for (const abi of [...abisOf(policy), one.target.arch === 'riscv64' ? 'aarch64' : 'riscv64'] as const) {
        if (abi === 'x32') continue;
        if (!numbers.has(abi)) numbers.set(abi, numbersOf(abi));
        for (const nr of numbers.get(abi)!) {
          const owner = abi === 'x86_64' && nr >= 0x40000000 ? 'x32' : abi;
          const rules = policy.abis.find((section) => section.abi === owner)?.rules.get(nr) ?? [];
          const conditional = rules.some(({ conditions }) => conditions.length > 0);
          for (const args of conditional ? argumentsOf(rules) : PLAIN) {
            fillData(data, abi, nr, args);
            const [mine, real] = [ours(data), theirs(data)];
            compared++;
            const direct = conditional ? returnOf(decide(policy, { abi, nr, name: '', args })) : mine;
            if (mine === real && direct === real) continue;
            if (differences.length < 20)
              differences.push(
                `${one.id}: ${abi} ${nr}(${args}) ours ${mine} direct ${direct} theirs ${real}`,
              );
          }
        }
      }
    }
    console.log(`${work.length} filters, ${compared} comparisons with libseccomp`);
    expect(differences).toEqual([]);
    expect(compared).toBeGreaterThan(10_000_000);
  });
});
