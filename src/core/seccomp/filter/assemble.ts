import { fail, ok, type Result } from '../../failure.ts';
import { CODE, type Instruction, MAX_INSTRUCTIONS, type Program } from './instruction.ts';

/** A place in the program, to jump to; made by `Assembler.label`. */
export type Label = number & { readonly brand?: 'label' };

interface Line {
  readonly code: number;
  readonly k: number;
  /** Both are set on conditional jumps, the first alone on unconditional ones. */
  ifTrue?: Label;
  ifFalse?: Label;
  /** Labels that mean this line. */
  readonly labels: Label[];
}

const FARTHEST = 255;

/**
 * Lays out instructions whose jumps go to labels. A conditional jump reaches 255 instructions; one that has to go farther
 * is relayed by an unconditional jump set right behind it, where nothing falls through.
 */
export class Assembler {
  readonly #lines: Line[] = [];
  #labels = 0;
  #pending: Label[] = [];

  /** Instructions so far; relays are not in yet. */
  get length(): number {
    return this.#lines.length;
  }

  label(): Label {
    return this.#labels++;
  }

  /** The next instruction is what `label` means. */
  place(label: Label): void {
    this.#pending.push(label);
  }

  load(offset: number): void {
    this.#add({ code: CODE.loadAbsolute, k: offset });
  }

  and(mask: number): void {
    this.#add({ code: CODE.and, k: mask });
  }

  jump(to: Label): void {
    this.#add({ code: CODE.jump, k: 0, ifTrue: to });
  }

  /** `code` is one of CODE.jump…; both ways need a label. */
  branch(code: number, k: number, ifTrue: Label, ifFalse: Label): void {
    this.#add({ code, k, ifTrue, ifFalse });
  }

  return(value: number): void {
    this.#add({ code: CODE.return, k: value });
  }

  assemble(): Result<Program> {
    const lines = [...this.#lines];
    for (;;) {
      const at = this.#positions(lines);
      const relayed = relay(lines, at, () => this.#labels++);
      if (relayed.length === lines.length) return this.#emit(lines, at);
      lines.splice(0, lines.length, ...relayed);
      // Relays only ever add lines, so a program that is too long stays so.
      if (lines.length > 4 * MAX_INSTRUCTIONS) return tooLong(lines.length);
    }
  }

  #add(line: Omit<Line, 'labels'>): void {
    this.#lines.push({ ...line, labels: this.#pending });
    this.#pending = [];
  }

  #positions(lines: readonly Line[]): readonly (number | undefined)[] {
    const at = new Array<number | undefined>(this.#labels).fill(undefined);
    lines.forEach((line, i) => {
      for (const label of line.labels) at[label] = i;
    });
    return at;
  }

  #emit(lines: readonly Line[], at: readonly (number | undefined)[]): Result<Program> {
    if (lines.length > MAX_INSTRUCTIONS) return tooLong(lines.length);
    const program = lines.map(({ code, k, ifTrue, ifFalse }, i): Instruction => {
      if (ifTrue === undefined) return { code, jt: 0, jf: 0, k };
      const far = distance(i, ifTrue, at);
      if (ifFalse === undefined) return { code, jt: 0, jf: 0, k: far };
      return { code, jt: far, jf: distance(i, ifFalse, at), k };
    });
    return ok(program);
  }
}

function distance(from: number, to: Label, at: readonly (number | undefined)[]): number {
  const position = at[to];
  if (position === undefined) throw new Error(`label ${to} has no place`);
  if (position <= from) throw new Error(`label ${to} lies behind the jump at ${from}`);
  return position - from - 1;
}

/** The same lines with a relay behind each jump that is too long. */
function relay(lines: readonly Line[], at: readonly (number | undefined)[], label: () => Label): Line[] {
  const out: Line[] = [];
  lines.forEach((line, i) => {
    out.push(line);
    const { ifTrue, ifFalse } = line;
    if (ifTrue === undefined || ifFalse === undefined) return;
    for (const way of ['ifTrue', 'ifFalse'] as const) {
      const to = line[way]!;
      if (distance(i, to, at) <= FARTHEST) continue;
      const here = label();
      line[way] = here;
      out.push({ code: CODE.jump, k: 0, ifTrue: to, labels: [here] });
    }
  });
  return out;
}

function tooLong(length: number): Result<never> {
  return fail('input', `the filter has ${length} instructions; the kernel takes ${MAX_INSTRUCTIONS}`, {
    hint: 'use fewer rules with argument conditions, or fewer architectures',
  });
}
