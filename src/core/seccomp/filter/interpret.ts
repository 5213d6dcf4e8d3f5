import { DATA_BYTES, type SeccompData } from './data.ts';
import { ALU, CLASS, JUMP, MISC, MODE, type Program, SOURCE } from './instruction.ts';

/**
 * Runs a program that `verify` accepts over the data of one call and gives what it returns, as the kernel's
 * interpreter would: unsigned 32-bit arithmetic, the shift count's lower five bits, division by X = 0 ends with 0.
 * `visit` is told the position of every instruction that runs.
 */
export function interpret(program: Program, data: SeccompData, visit?: (at: number) => void): number {
  let a = 0;
  let x = 0;
  let memory: Uint32Array | undefined;
  for (let pc = 0; pc < program.length; pc++) {
    visit?.(pc);
    const { code, jt, jf, k } = program[pc]!;
    switch (code & 0x07) {
      case CLASS.LD:
        if ((code & 0xe0) === MODE.ABS) a = data[k >>> 2]!;
        else if ((code & 0xe0) === MODE.IMM) a = k;
        else if ((code & 0xe0) === MODE.MEM) a = memory?.[k] ?? 0;
        else a = DATA_BYTES;
        break;
      case CLASS.LDX:
        if ((code & 0xe0) === MODE.IMM) x = k;
        else if ((code & 0xe0) === MODE.MEM) x = memory?.[k] ?? 0;
        else x = DATA_BYTES;
        break;
      case CLASS.ST:
        memory ??= new Uint32Array(16);
        memory[k] = a;
        break;
      case CLASS.STX:
        memory ??= new Uint32Array(16);
        memory[k] = x;
        break;
      case CLASS.ALU: {
        const operand = (code & 0x08) === SOURCE.X ? x : k;
        const operation = code & 0xf0;
        if (operation === ALU.DIV && operand === 0) return 0;
        a = calculate(operation, a, operand);
        break;
      }
      case CLASS.JMP: {
        const operation = code & 0xf0;
        if (operation === JUMP.JA) pc += k;
        else pc += test(operation, a, (code & 0x08) === SOURCE.X ? x : k) ? jt : jf;
        break;
      }
      case CLASS.RET:
        return (code & 0x18) === SOURCE.A ? a : k;
      default:
        if ((code & 0xf8) === MISC.TAX) x = a;
        else a = x;
    }
  }
  throw new Error('the program has no return at its end: it was not verified');
}

function calculate(operation: number, a: number, operand: number): number {
  switch (operation) {
    case ALU.ADD:
      return (a + operand) >>> 0;
    case ALU.SUB:
      return (a - operand) >>> 0;
    case ALU.MUL:
      return Math.imul(a, operand) >>> 0;
    case ALU.DIV:
      return Math.floor(a / operand);
    case ALU.OR:
      return (a | operand) >>> 0;
    case ALU.AND:
      return (a & operand) >>> 0;
    case ALU.XOR:
      return (a ^ operand) >>> 0;
    case ALU.LSH:
      return (a << operand) >>> 0;
    case ALU.RSH:
      return a >>> operand;
    default:
      return -a >>> 0;
  }
}

/** Whether a conditional jump is taken. */
export function test(operation: number, a: number, operand: number): boolean {
  switch (operation) {
    case JUMP.JEQ:
      return a === operand;
    case JUMP.JGT:
      return a > operand;
    case JUMP.JGE:
      return a >= operand;
    default:
      return (a & operand) !== 0;
  }
}
