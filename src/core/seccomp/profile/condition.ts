import type { ReasonCondition } from '../../documents/reason.ts';
import type { Condition } from './policy.ts';

const LOW = 0xffffffffn;
const ALL = 0xffffffffffffffffn;

/**
 * Whether an argument meets a condition, as unsigned numbers: all 64 bits on a 64-bit ABI, the lower 32 on a 32-bit one
 * (there libseccomp loads the lower half only).
 */
export function holds({ op, value, valueTwo }: Condition, argument: bigint, bits: 32 | 64): boolean {
  const mask = bits === 32 ? LOW : ALL;
  const given = argument & mask;
  const wanted = value & mask;
  switch (op) {
    case 'EQ':
      return given === wanted;
    case 'NE':
      return given !== wanted;
    case 'LT':
      return given < wanted;
    case 'LE':
      return given <= wanted;
    case 'GE':
      return given >= wanted;
    case 'GT':
      return given > wanted;
    case 'MASKED_EQ':
      return (given & wanted) === (valueTwo & mask);
  }
}

/** `arg0 & 0x7e020000 == 0` */
export function conditionText({ index, op, value, valueTwo }: Condition): string {
  const hex = (number: bigint): string => (number < 10n ? `${number}` : `0x${number.toString(16)}`);
  const signs = { EQ: '==', NE: '!=', LT: '<', LE: '<=', GE: '>=', GT: '>' } as const;
  return op === 'MASKED_EQ'
    ? `arg${index} & ${hex(value)} == ${hex(valueTwo)}`
    : `arg${index} ${signs[op]} ${hex(value)}`;
}

/** A condition as documents carry it: JSON has no 64-bit integers. */
export function conditionData({ index, op, value, valueTwo }: Condition): ReasonCondition {
  return { index, op, value: value.toString(), valueTwo: valueTwo.toString() };
}
