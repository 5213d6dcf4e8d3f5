import { unreachable } from '../../failure.ts';
import { type Abi, abiInfo } from '../../linux/abi.ts';
import type { Condition } from '../profile/policy.ts';
import type { Assembler, Label } from './assemble.ts';
import { argumentOffsets } from './data.ts';
import { CODE } from './instruction.ts';

const low = (value: bigint): number => Number(value & 0xffffffffn);
const high = (value: bigint): number => Number((value >> 32n) & 0xffffffffn);

/**
 * Writes one comparison. The machine has 32-bit words: on a 64-bit ABI the upper halves are looked at first and decide
 * unless they are equal. 32-bit ABIs have no upper half.
 */
export function writeCondition(
  out: Assembler,
  abi: Abi,
  condition: Condition,
  ifMet: Label,
  otherwise: Label,
): void {
  const { index, op, value, valueTwo } = condition;
  const wide = abiInfo(abi).bits === 64;
  const offsets = argumentOffsets(index, abi);

  const equal = (ifEqual: Label, ifNot: Label): void => {
    if (wide) {
      const lower = out.label();
      out.load(offsets.high);
      out.branch(CODE.jumpEqual, high(value), lower, ifNot);
      out.place(lower);
    }
    out.load(offsets.low);
    out.branch(CODE.jumpEqual, low(value), ifEqual, ifNot);
  };
  /** `lowest` is the test of the lower halves: greater, or not less. */
  const above = (lowest: number, ifAbove: Label, ifNot: Label): void => {
    if (wide) {
      const [notAbove, lower] = [out.label(), out.label()];
      out.load(offsets.high);
      out.branch(CODE.jumpGreater, high(value), ifAbove, notAbove);
      out.place(notAbove);
      out.branch(CODE.jumpEqual, high(value), lower, ifNot);
      out.place(lower);
    }
    out.load(offsets.low);
    out.branch(lowest, low(value), ifAbove, ifNot);
  };
  const masked = (offset: number, mask: number, wanted: number, ifEqual: Label, ifNot: Label): void => {
    out.load(offset);
    if (mask !== 0xffffffff) out.and(mask);
    out.branch(CODE.jumpEqual, wanted, ifEqual, ifNot);
  };

  switch (op) {
    case 'EQ':
      equal(ifMet, otherwise);
      break;
    case 'NE':
      equal(otherwise, ifMet);
      break;
    case 'GT':
      above(CODE.jumpGreater, ifMet, otherwise);
      break;
    case 'GE':
      above(CODE.jumpNotLess, ifMet, otherwise);
      break;
    case 'LE':
      above(CODE.jumpGreater, otherwise, ifMet);
      break;
    case 'LT':
      above(CODE.jumpNotLess, otherwise, ifMet);
      break;
    case 'MASKED_EQ':
      // An upper half that is masked away and wanted to be zero has nothing to say.
      if (wide && (high(value) !== 0 || high(valueTwo) !== 0)) {
        const lower = out.label();
        masked(offsets.high, high(value), high(valueTwo), lower, otherwise);
        out.place(lower);
      }
      masked(offsets.low, low(value), low(valueTwo), ifMet, otherwise);
      break;
    default:
      unreachable(op);
  }
}
