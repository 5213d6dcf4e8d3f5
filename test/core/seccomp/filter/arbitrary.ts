import fc from 'fast-check';
import type { Abi } from '../../../../src/core/linux/abi.ts';
import { abiInfo } from '../../../../src/core/linux/abi.ts';
import type { Action } from '../../../../src/core/seccomp/profile/action.ts';
import type {
  AbiPolicy,
  Condition,
  Operator,
  Policy,
  PolicyRule,
} from '../../../../src/core/seccomp/profile/policy.ts';

/** Values at which comparisons of 32-bit halves go wrong, if they do. */
const EDGES = [
  0n,
  1n,
  0x7fffffffn,
  0x80000000n,
  0xfffffffen,
  0xffffffffn,
  0x100000000n,
  0x100000001n,
  0x7fffffffffffffffn,
  0x8000000000000000n,
  0xffffffff00000000n,
  0xffffffffffffffffn,
];

const u64 = fc.oneof(fc.constantFrom(...EDGES), fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }));

export const actions: fc.Arbitrary<Action> = fc.oneof(
  fc.constantFrom<Action>(
    { kind: 'allow' },
    { kind: 'log' },
    { kind: 'kill_thread' },
    { kind: 'kill_process' },
    { kind: 'trap' },
    { kind: 'notify' },
  ),
  fc.record({
    kind: fc.constantFrom('errno' as const, 'trace' as const),
    value: fc.integer({ min: 0, max: 4095 }),
  }),
);

const OPERATORS: readonly Operator[] = ['NE', 'LT', 'LE', 'EQ', 'GE', 'GT', 'MASKED_EQ'];

const condition: fc.Arbitrary<Condition> = fc.record({
  index: fc.integer({ min: 0, max: 5 }),
  op: fc.constantFrom(...OPERATORS),
  value: u64,
  valueTwo: u64,
});

const rule: fc.Arbitrary<PolicyRule> = fc.record({
  conditions: fc.array(condition, { maxLength: 4 }),
  action: actions,
  origin: fc.constant({ from: 'trace-build' as const }),
});

function section(abi: Abi): fc.Arbitrary<AbiPolicy> {
  const { base } = abiInfo(abi);
  const number = fc.oneof(
    fc.integer({ min: base, max: base + 40 }),
    fc.integer({ min: base, max: base + 600 }),
  );
  return fc
    .record({
      rules: fc.array(fc.tuple(number, fc.array(rule, { minLength: 1, maxLength: 4 })), {
        maxLength: 40,
        size: 'max',
      }),
      stub: fc.option(fc.integer({ min: base, max: base + 650 })),
      stubZero: fc.boolean(),
    })
    .map(({ rules, stub, stubZero }) => ({
      abi,
      rules: new Map(rules),
      ...(stub === null ? {} : { stubAbove: stub }),
      ...(stubZero ? { stubZero } : {}),
    }));
}

/** Sets of ABIs that one kernel runs, so that they may share a filter. */
const MACHINES: readonly (readonly [Abi, ...Abi[]])[] = [
  ['x86_64'],
  ['x86_64', 'x86', 'x32'],
  ['x86_64', 'x86'],
  ['x32'],
  ['aarch64', 'arm'],
  ['s390x', 's390'],
  ['mips64', 'mips', 'mips64n32'],
  ['ppc64le'],
];

export const policies: fc.Arbitrary<Policy> = fc.constantFrom(...MACHINES).chain((abis) =>
  fc.record({
    abis: fc.tuple(...abis.map(section)),
    defaultAction: actions,
    badArchAction: actions,
    skipped: fc.constant([]),
  }),
);

/** Arguments that lie on, beside, or in one half of a value that the policy compares with. */
export function interestingArguments(rules: readonly PolicyRule[]): bigint[] {
  const all = (1n << 64n) - 1n;
  const found = new Set<bigint>(EDGES);
  for (const { conditions } of rules) {
    for (const { value, valueTwo } of conditions) {
      for (const each of [value, valueTwo, value ^ valueTwo, value & valueTwo, ~value & all]) {
        for (const near of [each, each + 1n, each - 1n, each & 0xffffffffn, each & ~0xffffffffn])
          found.add(near & all);
        found.add((each ^ (1n << 32n)) & all);
        found.add((each ^ (1n << 63n)) & all);
      }
    }
  }
  return [...found];
}

/** A condition that some argument meets and some other does not, on 32-bit and 64-bit ABIs alike. */
const decisive: fc.Arbitrary<Condition> = fc
  .record({
    index: fc.integer({ min: 0, max: 5 }),
    op: fc.constantFrom(...OPERATORS),
    low: fc.integer({ min: 1, max: 0xfffffffe }),
    high: fc.integer({ min: 0, max: 0xfffffffe }),
  })
  .map(({ index, op, low, high }) => {
    const value = (BigInt(high) << 32n) | BigInt(low);
    return { index, op, value, valueTwo: op === 'MASKED_EQ' ? value & (value >> 1n) : 0n };
  });

/** Policies in which every instruction of the program can be reached: a rule or none per number, a condition or none per rule. */
export const simplePolicies: fc.Arbitrary<Policy> = fc.constantFrom(...MACHINES).chain((abis) => {
  const rules = (base: number) =>
    fc.array(
      fc.tuple(
        fc.integer({ min: base + 1, max: base + 600 }),
        fc.record({
          conditions: fc.array(decisive, { maxLength: 1 }),
          action: actions,
          origin: fc.constant({ from: 'trace-build' as const }),
        }),
      ),
      { maxLength: 60, size: 'max' },
    );
  return fc.record({
    abis: fc.tuple(
      ...abis.map((abi) =>
        rules(abiInfo(abi).base).map(
          (list): AbiPolicy => ({ abi, rules: new Map(list.map(([nr, rule]) => [nr, [rule]])) }),
        ),
      ),
    ),
    defaultAction: actions,
    badArchAction: actions,
    skipped: fc.constant([]),
  });
});
