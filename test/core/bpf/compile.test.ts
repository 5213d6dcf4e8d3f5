import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compile } from '../../../src/core/bpf/compile.ts';
import { seccompData } from '../../../src/core/bpf/data.ts';
import type { Program } from '../../../src/core/bpf/instruction.ts';
import { interpret } from '../../../src/core/bpf/interpret.ts';
import { returnOf } from '../../../src/core/bpf/returns.ts';
import { verify } from '../../../src/core/bpf/verify.ts';
import { decide } from '../../../src/core/profile/evaluate.ts';
import type { Policy } from '../../../src/core/profile/policy.ts';
import { ABIS, type Abi, abiInfo } from '../../../src/core/syscalls/abi.ts';
import { interestingArguments, policies } from './arbitrary.ts';

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
        const reached = new Set<number>();
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
        return reached.size >= 0;
      }),
      { numRuns: 150 },
    );
  });
});

test('every ABI has an audit token of its own, but for x32', () => {
  const tokens = ABIS.filter((abi) => abi !== 'x32').map((abi) => abiInfo(abi).auditToken);
  expect(new Set(tokens).size).toBe(tokens.length);
});
