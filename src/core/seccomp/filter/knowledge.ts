import { ARCH_OFFSET, ARGS_OFFSET, NR_OFFSET } from './data.ts';
import { CLASS, JUMP, MISC, MODE, type Program, SOURCE } from './instruction.ts';
import { test } from './interpret.ts';

/** What is known to be in A at an instruction: which word of the call, and under which architecture. */
export interface Known {
  readonly word: number | 'mixed' | undefined;
  /** Audit token; undefined before it is tested. */
  readonly arch: number | 'mixed' | undefined;
}

function meet<T>(a: T | 'mixed' | undefined, b: T | 'mixed' | undefined): T | 'mixed' | undefined {
  return a === b ? a : 'mixed';
}

/** One pass forward suffices: jumps go forward only. */
export function knowledge(program: Program): readonly (Known | undefined)[] {
  const known = new Array<Known | undefined>(program.length).fill(undefined);
  known[0] = { word: undefined, arch: undefined };
  const flow = (to: number, state: Known): void => {
    if (to >= program.length) return;
    const there = known[to];
    known[to] = there ? { word: meet(there.word, state.word), arch: meet(there.arch, state.arch) } : state;
  };
  for (const [at, { code, jt, jf, k }] of program.entries()) {
    const here = known[at];
    if (!here) continue;
    switch (code & 0x07) {
      case CLASS.RET:
        break;
      case CLASS.JMP: {
        if ((code & 0xf0) === JUMP.JA) {
          flow(at + 1 + k, here);
          break;
        }
        const isArch = here.word === ARCH_OFFSET && (code & 0xf8) === JUMP.JEQ;
        flow(at + 1 + jt, isArch ? { ...here, arch: k } : here);
        flow(at + 1 + jf, here);
        break;
      }
      case CLASS.LD:
        flow(at + 1, { ...here, word: (code & 0xe0) === MODE.ABS ? k : 'mixed' });
        break;
      case CLASS.ALU:
        flow(at + 1, { ...here, word: 'mixed' });
        break;
      case CLASS.MISC:
        flow(at + 1, (code & 0xf8) === MISC.TXA ? { ...here, word: 'mixed' } : here);
        break;
      default:
        flow(at + 1, here);
        break;
    }
  }
  return known;
}

/** A while a call is followed: its value where the number or the architecture decides it, and the word it was loaded from. */
interface Followed {
  readonly at: number;
  readonly value: number | undefined;
  readonly word: number | undefined;
}

/**
 * The constants that the arguments of one call may be compared with, by byte offset of the compared word: every way through
 * the program is followed that this architecture and number leave open. Empty when no argument matters.
 */
export function argumentConstants(
  program: Program,
  token: number,
  nr: number,
): ReadonlyMap<number, ReadonlySet<number>> {
  const found = new Map<number, Set<number>>();
  const seen = new Set<string>();
  const open: Followed[] = [{ at: 0, value: 0, word: undefined }];
  const compared = (word: number | undefined, k: number): void => {
    if (word === undefined || word < ARGS_OFFSET) return;
    const constants = found.get(word) ?? new Set();
    found.set(word, constants.add(k));
  };
  for (let here = open.pop(); here; here = open.pop()) {
    const instruction = program[here.at];
    const key = `${here.at} ${here.value} ${here.word}`;
    if (!instruction || seen.has(key)) continue;
    seen.add(key);
    const { code, jt, jf, k } = instruction;
    const { at, value, word } = here;
    const kind = code & 0x07;
    if (kind === CLASS.RET) continue;
    if (kind === CLASS.JMP) {
      if ((code & 0xf0) === JUMP.JA) open.push({ ...here, at: at + 1 + k });
      else {
        const known = value !== undefined && (code & 0x08) === SOURCE.K;
        if (!known) compared(word, k);
        const met = known ? test(code & 0xf0, value, k) : undefined;
        if (met !== false) open.push({ ...here, at: at + 1 + jt });
        if (met !== true) open.push({ ...here, at: at + 1 + jf });
      }
      continue;
    }
    let next: Followed = { at: at + 1, value, word };
    if (kind === CLASS.LD) {
      const absolute = (code & 0xe0) === MODE.ABS;
      const decided =
        absolute && k === NR_OFFSET ? nr >>> 0 : absolute && k === ARCH_OFFSET ? token : undefined;
      next = { at: at + 1, value: decided, word: absolute ? k : undefined };
    } else if (kind === CLASS.ALU) {
      compared(word, k);
      next = { at: at + 1, value: undefined, word };
    } else if (kind === CLASS.MISC && (code & 0xf8) === MISC.TXA)
      next = { at: at + 1, value: undefined, word: undefined };
    open.push(next);
  }
  return found;
}
