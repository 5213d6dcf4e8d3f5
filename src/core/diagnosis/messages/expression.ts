/**
 * The regular expressions of facts/messages.json. They are a subset (no look-behind, no back references), every repetition
 * is bounded and none is nested, so a line costs at most a constant for each of its characters. From each expression follow
 * the literals that a matching line must hold: a cheap search for these decides which expressions are tried at all.
 */

/** What stands for the spellings of an errno, in C, Python, Rust, Go, Java and Node. */
const MACROS: Readonly<Record<string, string>> = {
  EPERM: String.raw`(?:Operation not permitted|EPERM|\[Errno 1\]|os error 1\b|errno[ =:]{1,3}1\b)`,
  ENOSYS: String.raw`(?:Function not implemented|ENOSYS|\[Errno 38\]|os error 38|errno[ =:]{1,3}38\b)`,
};

/** How often an open repetition (`+`, `*`) repeats at most. */
const MOST = 160;

/** Shorter literals occur everywhere. */
const SHORTEST = 3;

type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'gap' }
  | { readonly kind: 'choice'; readonly branches: readonly (readonly Node[])[] };

export interface Expression {
  readonly regexp: RegExp;
  /** A matching line holds at least one literal of each clause, in any case. */
  readonly clauses: readonly (readonly string[])[];
}

/** Compiles an expression; throws where it is outside of the subset. */
export function compileExpression(match: string): Expression {
  const source = expand(match);
  const reader = new Reader(source);
  const nodes = reader.choice();
  if (!reader.done) throw new Error(`unbalanced parenthesis in ${match}`);
  const clauses = clausesOf([nodes]).filter((clause) => clause.length > 0);
  if (clauses.length === 0) throw new Error(`no literal of ${SHORTEST} characters in ${match}`);
  return { regexp: new RegExp(source, 'i'), clauses };
}

/** Macros written out, open repetitions bounded. */
function expand(match: string): string {
  const { EPERM, ENOSYS } = MACROS;
  const written = match
    .replaceAll('{REFUSED}', `(?:${EPERM}|${ENOSYS})`)
    .replaceAll('{EPERM}', EPERM!)
    .replaceAll('{ENOSYS}', ENOSYS!);
  let out = '';
  let inClass = false;
  for (let at = 0; at < written.length; at++) {
    const char = written[at]!;
    if (char === '\\') {
      out += char + (written[++at] ?? '');
    } else if (inClass) {
      inClass = char !== ']';
      out += char;
    } else if (char === '[') {
      inClass = true;
      out += char;
    } else if (char === '*' || char === '+') out += `{${char === '*' ? 0 : 1},${MOST}}`;
    else out += char;
  }
  return out;
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get done(): boolean {
    return this.#at >= this.#text.length;
  }

  /** Branches up to the end or a closing parenthesis. */
  choice(): Node {
    const branches: Node[][] = [[]];
    while (!this.done && this.#text[this.#at] !== ')') {
      if (this.#text[this.#at] === '|') {
        this.#at++;
        branches.push([]);
      } else this.#item(branches.at(-1)!);
    }
    return { kind: 'choice', branches };
  }

  #item(into: Node[]): void {
    const node = this.#atom();
    const [least, most] = this.#quantifier();
    if (most > 1 && node.kind === 'choice' && repeats(node)) {
      throw new Error(`a repetition within a repetition in ${this.#text}`);
    }
    if (least === 0) into.push({ kind: 'gap' });
    else if (most === 1) into.push(node);
    else into.push(node, { kind: 'gap' });
  }

  #atom(): Node {
    const char = this.#text[this.#at++]!;
    if (char === '(') return this.#group();
    if (char === '[') {
      // A class: what stands in it is no literal.
      while (this.#text[this.#at] !== ']') this.#at += this.#text[this.#at] === '\\' ? 2 : 1;
      this.#at++;
      return { kind: 'gap' };
    }
    if (char === '.' || char === '^' || char === '$') return { kind: 'gap' };
    if (char !== '\\') return { kind: 'text', text: char };
    const escaped = this.#text[this.#at++]!;
    if (escaped === 'b') return { kind: 'text', text: '' };
    return /[a-zA-Z0-9]/.test(escaped) ? { kind: 'gap' } : { kind: 'text', text: escaped };
  }

  #group(): Node {
    let seen = true;
    if (this.#text[this.#at] === '?') {
      const how = this.#text[this.#at + 1];
      if (how !== ':' && how !== '!' && how !== '=') throw new Error(`(?${how} in ${this.#text}`);
      seen = how === ':';
      this.#at += 2;
    }
    const node = this.choice();
    if (this.#text[this.#at] !== ')') throw new Error(`unbalanced parenthesis in ${this.#text}`);
    this.#at++;
    return seen ? node : { kind: 'gap' };
  }

  /** Least and most repetitions. */
  #quantifier(): readonly [number, number] {
    const found = /^(?:\?|\{(\d+)(?:,(\d+))?\})/.exec(this.#text.slice(this.#at));
    if (!found) return [1, 1];
    this.#at += found[0].length;
    if (found[1] === undefined) return [0, 1];
    const least = Number(found[1]);
    const most = Number(found[2] ?? least);
    if (most > 400) throw new Error(`more than 400 repetitions in ${this.#text}`);
    return [least, most];
  }
}

/** Whether a group repeats something of no fixed length. */
function repeats(node: Node): boolean {
  return (
    node.kind === 'gap' || (node.kind === 'choice' && node.branches.some((branch) => branch.some(repeats)))
  );
}

function clausesOf(nodes: readonly Node[]): readonly (readonly string[])[] {
  const clauses: (readonly string[])[] = [];
  let run = '';
  const flush = (): void => {
    if (run.length >= SHORTEST) clauses.push([run.toLowerCase()]);
    run = '';
  };
  for (const node of nodes) {
    if (node.kind === 'text') run += node.text;
    else if (node.kind === 'choice' && node.branches.length === 1) {
      flush();
      clauses.push(...clausesOf(node.branches[0]!));
    } else {
      flush();
      if (node.kind === 'choice') clauses.push(unionOf(node.branches));
    }
  }
  flush();
  return clauses;
}

/** One literal set of a choice: the best clause of each branch; empty where a branch has none. */
function unionOf(branches: readonly (readonly Node[])[]): readonly string[] {
  const best = branches.map((branch) =>
    [...clausesOf(branch)].sort((a, b) => shortest(b) - shortest(a)).find((clause) => clause.length > 0),
  );
  return best.some((clause) => clause === undefined) ? [] : best.flatMap((clause) => clause!);
}

function shortest(clause: readonly string[]): number {
  return clause.reduce((least, { length }) => Math.min(least, length), Number.POSITIVE_INFINITY);
}
