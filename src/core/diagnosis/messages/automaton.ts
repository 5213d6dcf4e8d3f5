/** Aho and Corasick's automaton over bytes: finds all of many literals in one pass, upper and lower case of ASCII alike. */
export class Automaton {
  /** State after a byte: `next[state + byte]`; states are multiples of 256. */
  readonly next: Int32Array;
  /** 1 for states (divided by 256) in which a literal ends. */
  readonly ends: Uint8Array;
  readonly #found: readonly (readonly number[])[];

  constructor(literals: readonly Uint8Array[]) {
    const states: { to: Map<number, number>; fail: number; found: number[] }[] = [
      { to: new Map(), fail: 0, found: [] },
    ];
    for (const [index, literal] of literals.entries()) {
      let at = 0;
      for (const byte of literal) {
        let to = states[at]!.to.get(byte);
        if (to === undefined) {
          to = states.length;
          states.push({ to: new Map(), fail: 0, found: [] });
          states[at]!.to.set(byte, to);
        }
        at = to;
      }
      states[at]!.found.push(index);
    }
    this.next = new Int32Array(states.length * 256);
    this.ends = new Uint8Array(states.length);
    const queue = [0];
    for (let head = 0; head < queue.length; head++) {
      const at = queue[head]!;
      const state = states[at]!;
      const { fail, found } = state;
      found.push(...(at === 0 ? [] : states[fail]!.found));
      this.ends[at] = found.length > 0 ? 1 : 0;
      for (let byte = 0; byte < 256; byte++) {
        const to = state.to.get(lower(byte));
        const other = at === 0 ? 0 : this.next[fail * 256 + byte]! / 256;
        if (to === undefined) {
          this.next[at * 256 + byte] = other * 256;
          continue;
        }
        this.next[at * 256 + byte] = to * 256;
        if (byte !== lower(byte)) continue;
        states[to]!.fail = other;
        queue.push(to);
      }
    }
    this.#found = states.map(({ found }) => found);
  }

  /** Numbers of the literals that end in this state (a multiple of 256). */
  found(state: number): readonly number[] {
    return this.#found[state / 256]!;
  }
}

function lower(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
}
