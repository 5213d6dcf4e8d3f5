import type { Abi } from '../../linux/abi.ts';
import { actionText } from '../profile/action.ts';
import { ARCH_OFFSET, ARGS_OFFSET, abiOfToken, NR_OFFSET } from './data.ts';
import { ALU, CLASS, type Instruction, JUMP, MISC, MODE, type Program, SOURCE } from './instruction.ts';
import { type Known, knowledge } from './knowledge.ts';
import { actionOf } from './returns.ts';

/** Name of a syscall number, for the right margin. */
export type NameOf = (nr: number, abi: Abi) => string | undefined;

const SIGN: Readonly<Record<number, string>> = {
  [ALU.ADD]: '+',
  [ALU.SUB]: '-',
  [ALU.MUL]: '*',
  [ALU.DIV]: '/',
  [ALU.OR]: '|',
  [ALU.AND]: '&',
  [ALU.XOR]: '^',
  [ALU.LSH]: '<<',
  [ALU.RSH]: '>>',
};

const hex = (value: number): string => `0x${value.toString(16)}`;

/** `nr`, `arch`, `arg2 low`: halves as on a little-endian machine. */
function wordName(offset: number): string {
  if (offset === NR_OFFSET) return 'nr';
  if (offset === ARCH_OFFSET) return 'arch';
  if (offset < ARGS_OFFSET) return offset === 8 ? 'ip low' : 'ip high';
  const index = (offset - ARGS_OFFSET) >> 3;
  return `arg${index} ${offset % 8 === 0 ? 'low' : 'high'}`;
}

function remark(k: number, known: Known | undefined, nameOf: NameOf): string {
  if (known?.word === ARCH_OFFSET) return abiOfToken(k, 0) ?? '';
  if (known?.word !== NR_OFFSET || typeof known.arch !== 'number') return '';
  const abi = abiOfToken(known.arch, k);
  return (abi && nameOf(k, abi)) ?? '';
}

function memory(code: number, k: number): string {
  const mode = code & 0xe0;
  if (mode === MODE.ABS) return wordName(k);
  if (mode === MODE.IMM) return hex(k);
  return mode === MODE.MEM ? `M[${k}]` : 'length';
}

function textOf(instruction: Instruction, at: number, known: Known | undefined): string {
  const { code, jt, jf, k } = instruction;
  const operand = (code & 0x08) === SOURCE.X ? 'X' : hex(k);
  switch (code & 0x07) {
    case CLASS.LD:
      return `A = ${memory(code, k)}`;
    case CLASS.LDX:
      return `X = ${memory(code, k)}`;
    case CLASS.ST:
      return `M[${k}] = A`;
    case CLASS.STX:
      return `M[${k}] = X`;
    case CLASS.ALU:
      return (code & 0xf0) === ALU.NEG ? 'A = -A' : `A = A ${SIGN[code & 0xf0] ?? '?'} ${operand}`;
    case CLASS.MISC:
      return (code & 0xf8) === MISC.TAX ? 'X = A' : 'A = X';
    case CLASS.RET:
      return (code & 0x18) === SOURCE.A ? 'return A' : `return ${actionText(actionOf(k))}`;
    default: {
      const operation = code & 0xf0;
      if (operation === JUMP.JA) return `goto ${at + 1 + k}`;
      const sign =
        operation === JUMP.JEQ ? '==' : operation === JUMP.JGT ? '>' : operation === JUMP.JGE ? '>=' : '&';
      const subject = known?.word === NR_OFFSET ? 'nr' : known?.word === ARCH_OFFSET ? 'arch' : 'A';
      const yes = jt === 0 ? 'next' : `${at + 1 + jt}`;
      const no = jf === 0 ? 'next' : `${at + 1 + jf}`;
      return `if ${subject} ${sign} ${operand} goto ${yes} else ${no}`;
    }
  }
}

/**
 * The program as text, a line per instruction: position, raw fields (code, jt, jf, k in hex), meaning, and in the margin the
 * architecture or syscall that a number stands for.
 */
export function disassemble(program: Program, nameOf: NameOf = () => undefined): string {
  const known = knowledge(program);
  const width = String(program.length - 1).length;
  const field = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');
  const lines = program.map((instruction, at) => {
    const { code, jt, jf, k } = instruction;
    const raw = `${field(code, 2)} ${field(jt, 2)} ${field(jf, 2)} ${field(k, 8)}`;
    const text = textOf(instruction, at, known[at]);
    const jumps = (code & 0x07) === CLASS.JMP && (code & 0xf0) !== JUMP.JA;
    const note = jumps && (code & 0x08) === SOURCE.K ? remark(k, known[at], nameOf) : '';
    const unreached = known[at] ? '' : '  (never reached)';
    return `${String(at).padStart(width)}: ${raw}  ${note === '' ? text : `${text.padEnd(44)} ; ${note}`}${unreached}`;
  });
  return `${lines.join('\n')}\n`;
}
