import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ABIS, type Abi, abiInfo } from '../../../../src/core/linux/abi.ts';
import { compile } from '../../../../src/core/seccomp/filter/compile.ts';
import { seccompData } from '../../../../src/core/seccomp/filter/data.ts';
import type { Program } from '../../../../src/core/seccomp/filter/instruction.ts';
import { interpret } from '../../../../src/core/seccomp/filter/interpret.ts';
import { returnOf } from '../../../../src/core/seccomp/filter/returns.ts';
import { verify } from '../../../../src/core/seccomp/filter/verify.ts';
import { decide } from '../../../../src/core/seccomp/profile/evaluate.ts';
import type { Policy } from '../../../../src/core/seccomp/profile/policy.ts';
import { interestingArguments, policies, simplePolicies } from './arbitrary.ts';

function programOf(policy: Policy): Program {
  const compiled = compile(policy);
  if (!compiled.ok) throw new Error(compiled.failure.what);
  return compiled.value;
}

/** Numbers around everything that a policy knows. */
function numbersOf(policy: Policy): number[] {
  const found = new Set([
    0, 1, 0x3fffffff, 0x40000000, 0x40000001, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
  ]);
  for (const { rules, stubAbove } of policy.abis) {
    for (const nr of [...rules.keys(), stubAbove ?? 0]) {
      for (const near of [nr - 1, nr, nr + 1]) if (near >= 0) found.add(near);
    }
  }
  return [...found];
}

describe('the compiled program', () => {
  test('answers as direct evaluation, whatever the policy, and a verifier accepts it', () => {
    fc.assert(
      fc.property(policies, fc.infiniteStream(fc.nat()), (policy, choices) => {
        const program = programOf(policy);
        expect(verify(program).ok).toBe(true);
        const abis: Abi[] = [...policy.abis.map(({ abi }) => abi), 'riscv64'];
        for (const abi of abis) {
          const section = policy.abis.find((each) => each.abi === abi);
          for (const nr of numbersOf(policy)) {
            const rules = section?.rules.get(nr) ?? [];
            const values = interestingArguments(rules);
            const tries = rules.some(({ conditions }) => conditions.length > 0) ? 24 : 1;
            for (let i = 0; i < tries; i++) {
              const args = Array.from({ length: 6 }, () => values[choices.next().value % values.length]!);
              const expected = returnOf(decide(policy, { abi, nr, name: '', args }));
              const got = interpret(program, seccompData(abi, nr, args));
              if (got !== expected) {
                expect({ abi, nr, args, got }).toEqual({ abi, nr, args, got: expected });
              }
            }
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  test('has no instruction that boundary calls do not reach', () => {
    let most = 0;
    fc.assert(
      fc.property(simplePolicies, (policy) => {
        const program = programOf(policy);
        most = Math.max(most, program.length);
        const reached = new Set<number>();
        const visit = (at: number): void => void reached.add(at);
        const abis: Abi[] = [...policy.abis.map(({ abi }) => abi), 'riscv64'];
        for (const abi of abis) {
          const section = policy.abis.find((each) => each.abi === abi);
          for (const nr of numbersOf(policy)) {
            const rules = section?.rules.get(nr) ?? [];
            for (const value of rules[0]?.conditions.length ? interestingArguments(rules) : [0n]) {
              const args = [value, value, value, value, value, value];
              const expected = returnOf(decide(policy, { abi, nr, name: '', args }));
              if (interpret(program, seccompData(abi, nr, args), visit) !== expected) {
                expect({ abi, nr, args }).toEqual('the same answer');
              }
            }
          }
        }
        const missed = program.map((_, at) => at).filter((at) => !reached.has(at));
        expect({ missed, of: program.length }).toEqual({ missed: [], of: program.length });
      }),
      { numRuns: 150 },
    );
    // Long enough that jumps had to be relayed.
    expect(most).toBeGreaterThan(300);
  });

  test('is refused when it is longer than the kernel takes, and relays jumps below that', () => {
    const of = (count: number): Policy => ({
      abis: [
        {
          abi: 'x86_64',
          rules: new Map(
            Array.from({ length: count }, (_, nr) => [
              nr,
              [
                {
                  conditions: [{ index: 0, op: 'EQ', value: BigInt(nr), valueTwo: 0n }],
                  action: { kind: 'errno', value: nr + 1 },
                  origin: { from: 'trace-build' },
                },
              ],
            ]),
          ),
        },
      ],
      defaultAction: { kind: 'allow' },
      badArchAction: { kind: 'kill_process' },
      skipped: [],
    });
    const program = programOf(of(600));
    expect(program.length).toBeLessThanOrEqual(4096);
    expect(program.some(({ code }) => code === 0x05)).toBe(true);
    for (let nr = 0; nr < 600; nr++) {
      expect(interpret(program, seccompData('x86_64', nr, [BigInt(nr)])) & 0xffff).toBe(nr + 1);
      expect(interpret(program, seccompData('x86_64', nr, [BigInt(nr + 1)]))).toBe(0x7fff0000);
    }
    expect(compile(of(900))).toMatchObject({ ok: false, failure: { kind: 'input' } });
  });
});

test('every ABI has an audit token of its own, but for x32', () => {
  const tokens = ABIS.filter((abi) => abi !== 'x32').map((abi) => abiInfo(abi).auditToken);
  expect(new Set(tokens).size).toBe(tokens.length);
});
