/** How many prefixes are remembered: a log has a few, each step or container its own. */
const MOST = 64;

/**
 * What logs put before the lines of a trace, learned from the lines that hold a call: digits stand for any number, blanks
 * for any number of them, everything else for itself. The one that was met most often is tried first.
 */
export class Shapes {
  readonly #known = new Map<string, { readonly pattern: RegExp; count: number }>();
  #ordered: { readonly pattern: RegExp; count: number }[] = [];

  get size(): number {
    return this.#known.size;
  }

  /** `prefix`: what stood before a call. */
  learn(prefix: string): void {
    const shape = prefix.replace(/\d+/g, '0').replace(/[ \t]+/g, ' ');
    const known = this.#known.get(shape);
    if (known) known.count++;
    else if (this.#known.size < MOST) {
      const made = { pattern: new RegExp(patternOf(shape), 'y'), count: 1 };
      this.#known.set(shape, made);
      this.#ordered.push(made);
    }
  }

  /** Where the text goes on behind each known prefix that it begins with. */
  *behind(text: string): Generator<number> {
    for (let index = 0; index < this.#ordered.length; index++) {
      const shape = this.#ordered[index]!;
      shape.pattern.lastIndex = 0;
      if (!shape.pattern.test(text)) continue;
      const at = shape.pattern.lastIndex;
      const before = this.#ordered[index - 1];
      if (before && ++shape.count > before.count) {
        this.#ordered[index - 1] = shape;
        this.#ordered[index] = before;
      }
      yield at;
    }
  }
}

function patternOf(shape: string): string {
  return shape.replace(/0|[ ]|[^0 ]+/g, (part) => {
    if (part === '0') return '\\d+';
    if (part === ' ') return '[ \\t]+';
    return part.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  });
}
