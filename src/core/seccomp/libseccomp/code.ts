import { returnOf } from '../filter/returns.ts';
import type { Decision, PolicyRule, Step } from '../profile/policy.ts';
import { firstOfLevel, levelFrom, type Node } from './node.ts';

/** What the accumulator holds: a word of the call, masked. */
interface Loaded {
  readonly offset: number;
  readonly mask: number;
}

/** A comparison with what is loaded for it. */
interface Part extends Pick<Step, 'load' | 'mask' | 'test' | 'datum'> {
  /** What the accumulator must hold at the start; undefined where the part loads it. */
  readonly needs: Loaded | undefined;
  readonly leaves: Loaded;
}

/** Code that is written once, however many comparisons need it: of all syscalls and all architectures of the filter. */
interface Block {
  readonly id: number;
  readonly needs: Loaded | undefined;
  readonly leaves: Loaded;
  /** It has its place in the program. */
  placed: boolean;
  /** The jump that placed it came with another word in the accumulator, so the one it needs is loaded in front of it. */
  reloads: boolean;
}

/** One use of a block, with the rules that it leads to in this place. */
interface Use {
  readonly id: number;
  readonly block: Block;
  readonly part: Part;
  readonly yes: Target;
  readonly no: Target;
  step: Step | undefined;
}

type Target = Use | PolicyRule | undefined;

const FULL = 0xffffffff;

const isUse = (target: Target): target is Use => target !== undefined && 'block' in target;
const same = (a: Loaded, b: Loaded): boolean => a.offset === b.offset && a.mask === b.mask;
const textOf = (loaded: Loaded | undefined): string => (loaded ? `${loaded.offset}&${loaded.mask}` : '');

function partOf({ offset, mask, test, datum }: Node, loaded: Loaded | undefined): Part {
  const kept = loaded?.offset === offset && (mask & loaded.mask) >>> 0 === mask ? loaded : undefined;
  return {
    load: kept ? undefined : offset,
    mask: mask === (kept?.mask ?? FULL) ? undefined : mask,
    test: test === 'MASKED_EQ' ? 'EQ' : test,
    datum,
    needs: kept,
    leaves: { offset, mask },
  };
}

/**
 * The code that libseccomp writes for all conditions of a filter. A comparison does not load what the one in front of it on its level
 * has loaded. It can be reached from a lower level too, with another word in the accumulator; whether it loads then is decided by the
 * jump that is placed first, for all jumps to equal code.
 */
export class Code {
  readonly #blocks = new Map<string, Block>();
  readonly #uses = new Map<string, Use>();
  readonly #rules = new Map<PolicyRule, number>();
  readonly #ignoresLoaded: boolean;

  /** With `ignoresLoaded` blocks count as equal that need or leave different words: libseccomp 2.4.0. */
  constructor(ignoresLoaded: boolean) {
    this.#ignoresLoaded = ignoresLoaded;
  }

  /** Writes the comparisons of one syscall. */
  write(root: Node): WrittenCode {
    const use = this.#level(root, undefined, undefined) as Use;
    return {
      place: () => {
        if (!use.block.placed) placeAt(use);
      },
      decision: () => stepOf(use),
    };
  }

  /** A level, from its end: what decides nothing goes on to the next node, behind the last one to `otherwise`. */
  #level(node: Node, otherwise: Target, loaded: Loaded | undefined): Target {
    const parts: (readonly [Node, Part])[] = [];
    let holds = loaded;
    for (const each of levelFrom(firstOfLevel(node))) {
      const part = partOf(each, holds);
      parts.push([each, part]);
      holds = part.leaves;
    }
    let next = otherwise;
    for (const [{ yes, no }, part] of parts.toReversed()) {
      const [met, unmet] = [yes, no].map((branch) =>
        branch.next ? this.#level(branch.next, next, part.leaves) : (branch.rule ?? next),
      );
      next = this.#use(part, met, unmet);
    }
    return next;
  }

  #use(part: Part, yes: Target, no: Target): Use {
    const { load, mask, test, datum, needs, leaves } = part;
    const targets = [yes, no];
    const words = this.#ignoresLoaded ? [] : [textOf(needs), textOf(leaves)];
    const code = [load, mask, test, datum, ...targets.map((each) => this.#codeOf(each)), ...words].join(' ');
    let block = this.#blocks.get(code);
    if (!block) {
      block = { id: this.#blocks.size, needs, leaves, placed: false, reloads: false };
      this.#blocks.set(code, block);
    }
    const key = [block.id, ...targets.map((each) => this.#identityOf(each))].join(' ');
    let use = this.#uses.get(key);
    if (!use) {
      use = { id: this.#uses.size, block, part, yes, no, step: undefined };
      this.#uses.set(key, use);
    }
    return use;
  }

  /** Rules with one action are the same code. */
  #codeOf(target: Target): string {
    if (target === undefined) return '';
    return isUse(target) ? `block${target.block.id}` : `return${returnOf(target.action)}`;
  }

  #identityOf(target: Target): string {
    if (target === undefined) return '';
    if (isUse(target)) return `use${target.id}`;
    if (!this.#rules.has(target)) this.#rules.set(target, this.#rules.size);
    return `rule${this.#rules.get(target)}`;
  }
}

/** The code of one syscall: it is placed in the program before it decides. */
export interface WrittenCode {
  place(): void;
  decision(): Decision;
}

function placeAt(use: Use): void {
  use.block.placed = true;
  for (const target of [use.yes, use.no]) {
    if (!isUse(target) || target.block.placed) continue;
    const { needs } = target.block;
    target.block.reloads = needs !== undefined && !same(use.block.leaves, needs);
    placeAt(target);
  }
}

function stepOf(use: Use): Step {
  if (use.step) return use.step;
  const { part, block } = use;
  const reloaded = block.reloads ? block.needs : undefined;
  const reloadedMask = reloaded?.mask === FULL ? undefined : reloaded?.mask;
  const [yes, no] = [use.yes, use.no].map((target) => (isUse(target) ? stepOf(target) : target));
  use.step = {
    load: part.load ?? reloaded?.offset,
    mask: part.mask ?? reloadedMask,
    test: part.test,
    datum: part.datum,
    yes,
    no,
  };
  return use.step;
}
