/**
 * Classic BPF, the machine that seccomp filters are written for: one accumulator A, one index register X, sixteen
 * scratch words, jumps forward only. Names and values: include/uapi/linux/bpf_common.h and filter.h.
 */
export interface Instruction {
  readonly code: number;
  /** How many instructions a conditional jump skips when its test is true, 0 to 255. */
  readonly jt: number;
  /** …and when it is false. */
  readonly jf: number;
  /** Operand, unsigned 32-bit. */
  readonly k: number;
}

export type Program = readonly Instruction[];

/** BPF_MAXINSNS: what the kernel takes. */
export const MAX_INSTRUCTIONS = 4096;

/** Classes: the lowest three bits of a code. */
export const CLASS = {
  LD: 0x00,
  LDX: 0x01,
  ST: 0x02,
  STX: 0x03,
  ALU: 0x04,
  JMP: 0x05,
  RET: 0x06,
  MISC: 0x07,
} as const;
/** Width of a load. */
export const SIZE = { W: 0x00, H: 0x08, B: 0x10 } as const;
/** Where a load takes its word from. */
export const MODE = { IMM: 0x00, ABS: 0x20, IND: 0x40, MEM: 0x60, LEN: 0x80, MSH: 0xa0 } as const;
export const ALU = {
  ADD: 0x00,
  SUB: 0x10,
  MUL: 0x20,
  DIV: 0x30,
  OR: 0x40,
  AND: 0x50,
  LSH: 0x60,
  RSH: 0x70,
  NEG: 0x80,
  MOD: 0x90,
  XOR: 0xa0,
} as const;
export const JUMP = { JA: 0x00, JEQ: 0x10, JGT: 0x20, JGE: 0x30, JSET: 0x40 } as const;
/** Second operand: the constant, the index register, or (of a return) the accumulator. */
export const SOURCE = { K: 0x00, X: 0x08, A: 0x10 } as const;
export const MISC = { TAX: 0x00, TXA: 0x80 } as const;

/** The instructions that this compiler itself writes. */
export const CODE = {
  loadAbsolute: CLASS.LD | SIZE.W | MODE.ABS,
  and: CLASS.ALU | ALU.AND | SOURCE.K,
  jump: CLASS.JMP | JUMP.JA,
  jumpEqual: CLASS.JMP | JUMP.JEQ | SOURCE.K,
  jumpGreater: CLASS.JMP | JUMP.JGT | SOURCE.K,
  jumpNotLess: CLASS.JMP | JUMP.JGE | SOURCE.K,
  jumpSet: CLASS.JMP | JUMP.JSET | SOURCE.K,
  return: CLASS.RET | SOURCE.K,
} as const;
