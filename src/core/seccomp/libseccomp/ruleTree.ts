import type { Abi } from '../../linux/abi.ts';
import type { Condition, PolicyRule } from '../profile/policy.ts';
import { chainOf } from './chain.ts';
import { mergeInto } from './merge.ts';
import { type Node, releaseTree, type Slot, unlessEndless } from './node.ts';
import { prune } from './prune.ts';

/** What libseccomp makes of a rule: it joins the filter, it adds nothing, it is refused (EEXIST), or libseccomp never returns. */
export type Added = 'added' | 'redundant' | 'refused' | 'endless';

/** The rules of one syscall on one ABI as libseccomp (2.4 and later) keeps them: a tree of comparisons, or one rule for every call. */
export class RuleTree {
  readonly #abi: Abi;
  readonly #losesUpperBounds: boolean;
  #root: Node | undefined;
  #always: PolicyRule | undefined;
  #nodes = 0;
  #isPlain = true;
  #first: Condition | undefined;

  constructor(abi: Abi, losesUpperBounds: boolean) {
    this.#abi = abi;
    this.#losesUpperBounds = losesUpperBounds;
  }

  /** The first comparison of the tree; undefined where one rule decides alone. */
  get root(): Node | undefined {
    return this.#root;
  }

  /** The rule that decides every call; undefined where there are conditions. */
  get always(): PolicyRule | undefined {
    return this.#always;
  }

  /** libseccomp tests syscalls with fewer nodes first. The count is its own: shared nodes count more than once. */
  get nodes(): number {
    return this.#nodes;
  }

  /**
   * Whether the tree surely decides as its rules do one after the other: there is one alone, or all ask one word for equality below one
   * and the same upper half.
   */
  get isPlain(): boolean {
    return this.#isPlain;
  }

  add(rule: PolicyRule): Added {
    this.#note(rule);
    return unlessEndless(() => this.#add(rule)) ?? 'endless';
  }

  #add(rule: PolicyRule): Added {
    const { head, nodes } = chainOf(rule.conditions, rule, this.#abi);
    if (this.#always) return 'redundant';
    if (!this.#root || !head) {
      releaseTree(this.#root);
      this.#root = head;
      this.#always = head ? undefined : rule;
      this.#nodes = nodes;
      return 'added';
    }
    const { removed, redundant } = prune(this.#slot, head, rule);
    this.#nodes -= removed;
    if (removed > 0 && !this.#root) {
      this.#root = head;
      this.#nodes = nodes;
      return 'added';
    }
    if (removed === 0 && redundant) return 'redundant';
    const merging = {
      losesUpperBounds: this.#losesUpperBounds,
      removed: (count: number) => {
        this.#nodes -= count;
      },
    };
    if (!mergeInto(this.#slot, head, merging)) return 'refused';
    this.#nodes += nodes - releaseTree(head);
    return 'added';
  }

  #note({ conditions }: PolicyRule): void {
    const [only, second] = conditions;
    const first = this.#first;
    this.#first ??= only;
    if (!first || !only) return;
    this.#isPlain &&=
      second === undefined &&
      [first, only].every(({ op }) => op === 'EQ') &&
      first.index === only.index &&
      first.value >> 32n === only.value >> 32n;
  }

  get #slot(): Slot {
    return {
      get: () => this.#root,
      set: (node) => {
        this.#root = node;
      },
    };
  }
}
