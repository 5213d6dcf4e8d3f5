import { ok, type Result } from '../../failure.ts';
import { type Abi, abiInfo } from '../../linux/abi.ts';
import { syscallNames, syscallNumber } from '../../linux/numbers.ts';
import { closure, type Filter } from './closure.ts';
import { abiOfToken, fillData, type SeccompData } from './data.ts';
import type { Program } from './instruction.ts';
import { argumentConstants } from './knowledge.ts';
import { stackOf } from './stack.ts';
import { verify } from './verify.ts';

/** Something that answers calls, and what one must know to compare it with another. */
export interface Answerer {
  readonly answer: Filter;
  readonly programs: readonly Program[];
  readonly abis: readonly Abi[];
}

/** Filters as loaded one after the other. */
export function answererOfFilters(programs: readonly Program[]): Result<Answerer> {
  for (const program of programs) {
    const verified = verify(program);
    if (!verified.ok) return verified;
  }
  const tokens = new Set(programs.flatMap((program) => program.map(({ k }) => k)));
  const abis = [...tokens].flatMap((token) => abiOfToken(token, 0) ?? []);
  const wide = abis.includes('x86_64') ? (['x32'] as const) : [];
  return ok({ answer: stackOf(programs.map(closure)), programs, abis: [...abis, ...wide] });
}

export interface Difference {
  readonly syscall: string;
  readonly abi: Abi;
  readonly nr: number;
  /** Values that the two filters return. */
  readonly a: number;
  readonly b: number;
  /** Present where the two agree for other arguments: a call on which they differ. */
  readonly args?: readonly bigint[];
  /** The version from which on the second answer holds, where both are versions of one engine. */
  readonly since?: string;
}

const ALL = (1n << 64n) - 1n;
const NONE = [0n, 0n, 0n, 0n, 0n, 0n];

/** Argument tuples on, beside and around everything that the programs compare this call's arguments with. */
function triesOf(programs: readonly Program[], abi: Abi, nr: number): readonly (readonly bigint[])[] {
  const { auditToken, endian, bits } = abiInfo(abi);
  const maps = programs.map((program) => argumentConstants(program, auditToken, nr));
  const bases = [NONE, NONE.map(() => ALL)];
  if (maps.every((map) => map.size === 0)) return [NONE];
  const constants = (offset: number): readonly bigint[] => {
    const found = new Set([0n, 0xffffffffn]);
    for (const map of maps) {
      for (const k of map.get(offset) ?? []) {
        for (const near of [k, k + 1, k - 1, ~k]) found.add(BigInt(near >>> 0));
      }
    }
    return [...found];
  };
  return bases.flatMap((base) => [
    base,
    ...base.flatMap((_, index) => {
      const [first, second] = [16 + 8 * index, 20 + 8 * index];
      const [low, high] = endian === 'little' ? [first, second] : [second, first];
      if (maps.every((map) => !map.has(low) && !map.has(high))) return [];
      const upper = bits === 64 ? constants(high) : [0n];
      return constants(low).flatMap((word) => upper.map((half) => base.with(index, (half << 32n) | word)));
    }),
  ]);
}

/** Calls that the two answer differently: one per syscall, ABI and pair of answers. Numbers without a name are left out. */
export function compareFilters(a: Answerer, b: Answerer): readonly Difference[] {
  const programs = [...a.programs, ...b.programs];
  const data: SeccompData = new Uint32Array(16);
  const found: Difference[] = [];
  for (const abi of new Set([...a.abis, ...b.abis])) {
    for (const syscall of syscallNames()) {
      const nr = syscallNumber(syscall, abi);
      if (nr === undefined) continue;
      const pairs = new Map<string, Difference>();
      let agree = false;
      for (const args of triesOf(programs, abi, nr)) {
        fillData(data, abi, nr, args);
        const [left, right] = [a.answer(data), b.answer(data)];
        if (left === right) agree = true;
        else if (!pairs.has(`${left} ${right}`))
          pairs.set(`${left} ${right}`, { syscall, abi, nr, a: left, b: right, args });
      }
      for (const { args, ...rest } of pairs.values()) {
        found.push(agree || pairs.size > 1 ? { ...rest, ...(args ? { args } : {}) } : rest);
      }
    }
  }
  return found;
}
