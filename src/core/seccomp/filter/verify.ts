import { fail, ok, type Result } from '../../failure.ts';
import { DATA_BYTES } from './data.ts';
import { ALU, CLASS, JUMP, MAX_INSTRUCTIONS, MISC, MODE, type Program, SIZE, SOURCE } from './instruction.ts';

const { LD, LDX, ST, STX, ALU: ARITHMETIC, JMP, RET, MISC: OTHER } = CLASS;

/** Every code that seccomp_check_filter (kernel/seccomp.c) lets through; it has no BPF_MOD and loads words only. */
const ALLOWED: ReadonlySet<number> = new Set([
  LD | SIZE.W | MODE.ABS,
  LD | SIZE.W | MODE.LEN,
  LD | MODE.IMM,
  LD | MODE.MEM,
  LDX | SIZE.W | MODE.LEN,
  LDX | MODE.IMM,
  LDX | MODE.MEM,
  ST,
  STX,
  RET | SOURCE.K,
  RET | SOURCE.A,
  OTHER | MISC.TAX,
  OTHER | MISC.TXA,
  ...[ALU.ADD, ALU.SUB, ALU.MUL, ALU.DIV, ALU.AND, ALU.OR, ALU.XOR, ALU.LSH, ALU.RSH].flatMap((operation) => [
    ARITHMETIC | operation | SOURCE.K,
    ARITHMETIC | operation | SOURCE.X,
  ]),
  ARITHMETIC | ALU.NEG,
  JMP | JUMP.JA,
  ...[JUMP.JEQ, JUMP.JGT, JUMP.JGE, JUMP.JSET].flatMap((operation) => [
    JMP | operation | SOURCE.K,
    JMP | operation | SOURCE.X,
  ]),
]);

const ALL_SLOTS = 0xffff;

/** Why the kernel would answer EINVAL, or undefined. Rules: bpf_check_classic (net/core/filter.c) and seccomp's own. */
function faultOf(
  program: Program,
  at: number,
  written: Uint16Array,
  known: { slots: number },
): string | undefined {
  const { code, jt, jf, k } = program[at]!;
  if (!ALLOWED.has(code)) return `code 0x${code.toString(16)} is not allowed in a seccomp filter`;
  known.slots &= written[at]!;
  const mark = (target: number): void => {
    written[target] = written[target]! & known.slots;
  };
  switch (code & 0x07) {
    case ARITHMETIC: {
      const operation = code & 0xf0;
      const constant = (code & 0x08) === SOURCE.K;
      if (operation === ALU.DIV && constant && k === 0) return 'division by zero';
      if ((operation === ALU.LSH || operation === ALU.RSH) && constant && k >= 32) return `shift by ${k}`;
      return undefined;
    }
    case JMP:
      if ((code & 0xf0) === JUMP.JA) {
        if (k >= program.length - at - 1) return `jump to ${at + 1 + k}, behind the end`;
        mark(at + 1 + k);
      } else {
        const far = Math.max(jt, jf);
        if (at + far + 1 >= program.length) return `jump to ${at + 1 + far}, behind the end`;
        mark(at + 1 + jt);
        mark(at + 1 + jf);
      }
      known.slots = ALL_SLOTS;
      return undefined;
    case LD:
    case LDX:
      if ((code & 0xe0) === MODE.ABS && (k >= DATA_BYTES || k % 4 !== 0)) {
        return `load at ${k}: not a word of struct seccomp_data`;
      }
      if ((code & 0xe0) === MODE.MEM) {
        if (k >= 16) return `scratch word ${k} does not exist`;
        if ((known.slots & (1 << k)) === 0) return `scratch word ${k} is read before it is written`;
      }
      return undefined;
    case ST:
    case STX:
      if (k >= 16) return `scratch word ${k} does not exist`;
      known.slots |= 1 << k;
      return undefined;
    default:
      return undefined;
  }
}

/** Accepts exactly the programs that seccomp(SECCOMP_SET_MODE_FILTER) does. */
export function verify(program: Program): Result<Program> {
  if (program.length === 0 || program.length > MAX_INSTRUCTIONS) {
    return fail('input', `a filter has 1 to ${MAX_INSTRUCTIONS} instructions, this one ${program.length}`);
  }
  const written = new Uint16Array(program.length).fill(ALL_SLOTS);
  const known = { slots: 0 };
  for (let at = 0; at < program.length; at++) {
    const fault = faultOf(program, at, written, known);
    if (fault !== undefined) return fail('input', `instruction ${at}: ${fault}`);
  }
  if ((program.at(-1)!.code & 0x07) !== RET) {
    return fail('input', `instruction ${program.length - 1}: the last one must return`);
  }
  return ok(program);
}
