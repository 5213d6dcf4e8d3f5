import { ok, type Result } from '../failure.ts';
import { type Abi, abiInfo } from '../linux/abi.ts';
import { syscallName, syscallNames, syscallNumber } from '../linux/numbers.ts';
import { compile } from '../seccomp/filter/compile.ts';
import { fillData, seccompData } from '../seccomp/filter/data.ts';
import { decodeProgram } from '../seccomp/filter/encode.ts';
import type { Program } from '../seccomp/filter/instruction.ts';
import { interpret } from '../seccomp/filter/interpret.ts';
import { actionOf } from '../seccomp/filter/returns.ts';
import { verify } from '../seccomp/filter/verify.ts';
import type { Action } from '../seccomp/profile/action.ts';
import type { Policy } from '../seccomp/profile/policy.ts';

/** One call that the filter in force answers otherwise than the model. */
export interface Difference {
  readonly abi: Abi;
  readonly nr: number;
  /** Undefined for a number without a name in our tables. */
  readonly name: string | undefined;
  readonly args: readonly bigint[];
  readonly model: Action;
  readonly real: Action;
}

export interface FilterComparison {
  /** How many calls were put to both. */
  readonly calls: number;
  /** One per syscall and ABI: the first set of arguments that shows it. */
  readonly differences: readonly Difference[];
}

/** Numbers above every syscall that are asked too: the stub, the first unassigned ones, the extremes. */
const BEYOND = 64;

/**
 * Puts every call that could matter to the filters in force (raw `struct sock_filter[]`, newest first) and to a policy's
 * program: each number of each ABI, named or not, with arguments on both sides of every value that the policy tests.
 */
export function compareFilters(
  filters: readonly Uint8Array[],
  policy: Policy,
  littleEndian = true,
): Result<FilterComparison> {
  const model = compile(policy);
  if (!model.ok) return model;
  const loaded = loadedPrograms(filters, littleEndian);
  if (!loaded.ok) return loaded;
  const real = loaded.value;
  const differences: Difference[] = [];
  let calls = 0;
  for (const { abi, rules } of policy.abis) {
    const { base, bits } = abiInfo(abi);
    const last = Math.max(...syscallNames().map((name) => syscallNumber(name, abi) ?? 0));
    const data = seccompData(abi, 0);
    for (let nr = base; nr <= last + BEYOND; nr++) {
      // 32-bit arm has its own calls far above the others.
      if (nr - base > 2048 && !rules.has(nr) && syscallName(nr, abi) === undefined) continue;
      for (const args of argumentSets(policy, abi, nr, bits)) {
        fillData(data, abi, nr, args);
        calls++;
        const expected = interpret(model.value, data);
        const found = strictestOf(real, data);
        if (found === expected) continue;
        differences.push({
          abi,
          nr,
          name: syscallName(nr, abi),
          args,
          model: actionOf(expected),
          real: actionOf(found),
        });
        break;
      }
    }
  }
  return ok({ calls, differences });
}

/** The programs of filters that a kernel loaded, raw `struct sock_filter[]` each. */
export function loadedPrograms(
  filters: readonly Uint8Array[],
  littleEndian = true,
): Result<readonly Program[]> {
  const programs: Program[] = [];
  for (const bytes of filters) {
    const program = decodeProgram(bytes, littleEndian);
    if (!program.ok) return program;
    const verified = verify(program.value);
    if (!verified.ok) return verified;
    programs.push(program.value);
  }
  return ok(programs);
}

/** The strictest answer of several filters, as the kernel takes it: the smallest as a signed number. */
export function strictestOf(programs: readonly Program[], data: Uint32Array): number {
  let strictest = 0x7fff0000;
  for (const program of programs) {
    const value = interpret(program, data);
    if (((value & 0xffff0000) | 0) < ((strictest & 0xffff0000) | 0)) strictest = value;
  }
  return strictest;
}

function argumentSets(policy: Policy, abi: Abi, nr: number, bits: number): readonly (readonly bigint[])[] {
  const rules = policy.abis.find((one) => one.abi === abi)?.rules.get(nr) ?? [];
  const sets: bigint[][] = [[]];
  const limit = bits === 32 ? 0xffff_ffffn : 0xffff_ffff_ffff_ffffn;
  for (const { conditions } of rules) {
    for (const { index, value, valueTwo } of conditions) {
      for (const edge of [value, valueTwo, ~value & limit, value | (1n << 32n), limit]) {
        for (const near of [edge - 1n, edge, edge + 1n]) {
          if (near < 0n || near > limit) continue;
          const args = [0n, 0n, 0n, 0n, 0n, 0n];
          args[index] = near;
          sets.push(args);
        }
      }
    }
  }
  return sets;
}
