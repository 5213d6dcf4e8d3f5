import fc from 'fast-check';
import {
  ALU,
  CLASS,
  type Instruction,
  JUMP,
  MISC,
  MODE,
  type Program,
  SOURCE,
} from '../../../../src/core/seccomp/filter/instruction.ts';

const word = fc.oneof(
  fc.constantFrom(0, 1, 2, 31, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff),
  fc.integer({ min: 0, max: 0xffffffff }),
);
const near = fc.integer({ min: 0, max: 6 });
const slot = fc.integer({ min: 0, max: 3 });
const insn = (code: fc.Arbitrary<number>, k: fc.Arbitrary<number>): fc.Arbitrary<Instruction> =>
  fc.record({ code, jt: fc.constant(0), jf: fc.constant(0), k });

const source = fc.constantFrom(SOURCE.K, SOURCE.X);
const arithmetic = fc.constantFrom(ALU.ADD, ALU.SUB, ALU.MUL, ALU.DIV, ALU.OR, ALU.AND, ALU.XOR, ALU.NEG);
const shift = fc.constantFrom(ALU.LSH, ALU.RSH);
const comparison = fc.constantFrom(JUMP.JEQ, JUMP.JGT, JUMP.JGE, JUMP.JSET);

/** Any instruction of the machine, mostly well formed. */
const instruction: fc.Arbitrary<Instruction> = fc.oneof(
  {
    weight: 4,
    arbitrary: insn(
      fc.constant(CLASS.LD | MODE.ABS),
      fc.integer({ min: 0, max: 15 }).map((i) => 4 * i),
    ),
  },
  insn(fc.constantFrom(CLASS.LD | MODE.IMM, CLASS.LDX | MODE.IMM), word),
  insn(fc.constantFrom(CLASS.LD | MODE.LEN, CLASS.LDX | MODE.LEN), fc.constant(0)),
  insn(fc.constantFrom<number>(CLASS.LD | MODE.MEM, CLASS.LDX | MODE.MEM, CLASS.ST, CLASS.STX), slot),
  insn(fc.constantFrom<number>(CLASS.ST, CLASS.STX), slot),
  {
    weight: 4,
    arbitrary: insn(
      fc.tuple(arithmetic, source).map(([op, from]) => CLASS.ALU | op | (op === ALU.NEG ? 0 : from)),
      word,
    ),
  },
  insn(
    fc.tuple(shift, source).map(([op, from]) => CLASS.ALU | op | from),
    fc.integer({ min: 0, max: 33 }),
  ),
  insn(fc.constantFrom<number>(CLASS.MISC | MISC.TAX, CLASS.MISC | MISC.TXA), fc.constant(0)),
  insn(fc.constant<number>(CLASS.JMP | JUMP.JA), near),
  {
    weight: 4,
    arbitrary: fc.record({
      code: fc.tuple(comparison, source).map(([op, from]) => CLASS.JMP | op | from),
      jt: near,
      jf: near,
      k: word,
    }),
  },
  insn(fc.constantFrom(CLASS.RET | SOURCE.K, CLASS.RET | SOURCE.A), word),
);

/** Programs that end in a return; most, not all, are such as a kernel takes. */
export const programs: fc.Arbitrary<Program> = fc
  .array(instruction, { maxLength: 30 })
  .map((body) => [...body, { code: CLASS.RET | SOURCE.A, jt: 0, jf: 0, k: 0 }]);

const plain = (code: number, k = 0): Instruction => ({ code, jt: 0, jf: 0, k });
const SLOTS = [0, 1, 2, 3];

/**
 * Programs whose result depends on every register and scratch word: all are written first, so that every load is of a written word,
 * and folded into the result at the end, each with a factor of its own so that no two can be exchanged.
 */
export const memoryPrograms: fc.Arbitrary<Program> = fc
  .array(instruction, { minLength: 1, maxLength: 20 })
  .map((body) => [
    ...SLOTS.flatMap((at) => [plain(CLASS.LD | MODE.ABS, 16 + 4 * at), plain(CLASS.ST, at)]),
    plain(CLASS.LD | MODE.ABS, 32),
    plain(CLASS.MISC | MISC.TAX),
    plain(CLASS.LD | MODE.ABS, 36),
    // Nothing in the middle may jump over the end, or return.
    ...body
      .filter(({ code }) => (code & 0x07) !== CLASS.RET)
      .map((each, at, all) => {
        const left = all.length - 1 - at;
        const [jt, jf] = [Math.min(each.jt, left), Math.min(each.jf, left)];
        const isJump = each.code === (CLASS.JMP | JUMP.JA);
        return { ...each, jt, jf, k: isJump ? Math.min(each.k, left) : each.k };
      }),
    plain(CLASS.STX, 15),
    ...SLOTS.flatMap((at) => [
      plain(CLASS.ALU | ALU.MUL, 31),
      plain(CLASS.LDX | MODE.MEM, at),
      plain(CLASS.ALU | ALU.ADD | SOURCE.X),
    ]),
    plain(CLASS.ALU | ALU.MUL, 31),
    plain(CLASS.LDX | MODE.MEM, 15),
    plain(CLASS.ALU | ALU.XOR | SOURCE.X),
    plain(CLASS.RET | SOURCE.A),
  ]);

export const datas = fc.array(word, { minLength: 16, maxLength: 16 }).map((words) => Uint32Array.from(words));
