import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ABIS, type Abi, abiInfo } from '../../../../src/core/linux/abi.ts';
import { syscallNumber } from '../../../../src/core/linux/numbers.ts';
import { compile } from '../../../../src/core/seccomp/filter/compile.ts';
import { seccompData } from '../../../../src/core/seccomp/filter/data.ts';
import { interpret } from '../../../../src/core/seccomp/filter/interpret.ts';
import {
  filterLoading,
  notifyingProgram,
  whyNotNotified,
} from '../../../../src/core/seccomp/filter/notifying.ts';
import { actionOf, RET } from '../../../../src/core/seccomp/filter/returns.ts';
import { verify } from '../../../../src/core/seccomp/filter/verify.ts';
import type { Policy } from '../../../../src/core/seccomp/profile/policy.ts';
import { policies } from './arbitrary.ts';

const SYSCALL: Record<string, number> = { SET_MODE_FILTER: 1, GET_ACTION_AVAIL: 2, PR_SET_SECCOMP: 22 };
const machines: readonly Abi[] = ['x86_64', 'aarch64', 's390x', 'ppc64le'];

const simple = (
  kind: 'trap' | 'kill_thread' | 'kill_process',
  where: 'rule' | 'default' | 'arch',
): Policy => ({
  abis: [
    {
      abi: 'x86_64',
      rules: new Map(
        where === 'rule'
          ? [[7, [{ conditions: [], action: { kind }, origin: { from: 'trace-build' } }]]]
          : [],
      ),
    },
  ],
  defaultAction: { kind: where === 'default' ? kind : 'allow' },
  badArchAction: { kind: where === 'arch' ? kind : 'allow' },
  skipped: [],
});

describe('the filter that notifies', () => {
  test('notifies of what the filter refuses, of calls that load a filter, of watched calls, and of nothing else', () => {
    const call = fc.record({
      abi: fc.constantFrom(...ABIS),
      nr: fc.oneof(
        fc.nat(460),
        fc.nat(460).map((nr) => 0x40000000 + nr),
        fc.constantFrom(317, 157, 354, 172, 277, 167, 0x40000000 + 317, 0x40000000 + 157),
      ),
      first: fc.constantFrom(0n, 1n, 2n, 22n, 0x1_0000_0001n, 0xffff_ffffn),
    });
    fc.assert(
      fc.property(
        policies,
        fc.constantFrom(...machines),
        fc.array(fc.nat(460), { maxLength: 4 }),
        fc.array(call, { minLength: 20, maxLength: 60 }),
        (policy, machine, numbers, calls) => {
          const program = compile(policy);
          if (!program.ok) throw new Error(program.failure.what);
          const abis = [machine, ...abiInfo(machine).alsoRuns];
          const watched = numbers.map((nr) => ({ abi: machine, nr }));
          const asking = notifyingProgram(program.value, abis, watched);
          if (!asking.ok) throw new Error(asking.failure.what);
          expect(verify(asking.value).ok).toBe(true);
          for (const { abi, nr, first } of calls) {
            const data = seccompData(abi, nr, [first]);
            const plain = interpret(program.value, data);
            const { kind } = actionOf(plain);
            const token = abiInfo(abi).auditToken;
            const here = (one: { abi: Abi; nr: number }) =>
              abiInfo(one.abi).auditToken === token && one.nr === nr;
            const op = Number(first & 0xffffffffn);
            const loads = abis.some(
              (one) =>
                (here({ abi: one, nr: syscallNumber('seccomp', one) ?? -1 }) &&
                  op <= SYSCALL.SET_MODE_FILTER!) ||
                (here({ abi: one, nr: syscallNumber('prctl', one) ?? -1 }) && op === SYSCALL.PR_SET_SECCOMP),
            );
            const asked = loads || watched.some(here) || (kind !== 'allow' && kind !== 'log');
            expect(interpret(asking.value, data)).toBe(asked ? RET.USER_NOTIF : plain);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  test('names the calls that load a filter on each ABI', () => {
    expect(filterLoading(['x86_64', 'x86'])).toEqual([
      { abi: 'x86_64', nr: 317 },
      { abi: 'x86_64', nr: 157 },
      { abi: 'x86', nr: 354 },
      { abi: 'x86', nr: 172 },
    ]);
  });

  test('is none for a policy that traps or ends single threads', () => {
    expect(whyNotNotified(simple('trap', 'rule'))).toContain('TRAP');
    expect(whyNotNotified(simple('kill_thread', 'rule'))).toContain('KILL_THREAD');
    expect(whyNotNotified(simple('kill_thread', 'default'))).toContain('KILL_THREAD');
    // The first call of a program of another ABI: it has one thread.
    expect(whyNotNotified(simple('kill_thread', 'arch'))).toBeUndefined();
    expect(whyNotNotified(simple('kill_process', 'rule'))).toBeUndefined();
  });

  test('is none where it is longer than the kernel takes', () => {
    const long = Array.from({ length: 4090 }, () => ({ code: 6, jt: 0, jf: 0, k: RET.ALLOW }));
    expect(notifyingProgram(long, ['x86_64']).ok).toBe(false);
  });
});
