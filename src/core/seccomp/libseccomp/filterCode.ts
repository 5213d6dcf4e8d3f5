import { type Abi, abiInfo } from '../../linux/abi.ts';
import type { Decision, PolicyRule } from '../profile/policy.ts';
import { Code, type WrittenCode } from './code.ts';
import type { Release } from './releases.ts';
import type { RuleTree } from './ruleTree.ts';

/** One ABI's syscalls as libseccomp keeps them. */
export interface SyscallList {
  readonly abi: Abi;
  /** By number: every syscall with a rule. */
  readonly rules: ReadonlyMap<number, readonly PolicyRule[]>;
  /** By number: the syscalls that ever had conditions. */
  readonly trees: ReadonlyMap<number, RuleTree>;
  /** Names with a rule and without a number on this ABI; undefined for those that never had conditions. */
  readonly withoutNumber: ReadonlyMap<string, RuleTree | undefined>;
}

/** How a filter is made of the lists. */
export interface Making {
  readonly release: Release;
  /** A binary search over the numbers was asked for. */
  readonly binaryTree: boolean;
}

/** `nr` is undefined for a name without a number: it is sorted, and left out of the program. */
interface Entry {
  readonly nr: number | undefined;
  readonly nodes: number;
  readonly tree: RuleTree | undefined;
  readonly list: readonly PolicyRule[];
}

/** ABIs that share an audit architecture are one part of the program: x86_64 and x32. */
function partsOf(lists: readonly SyscallList[]): readonly (readonly SyscallList[])[] {
  const parts = new Map<number, SyscallList[]>();
  for (const list of lists) {
    const { auditToken } = abiInfo(list.abi);
    parts.set(auditToken, [...(parts.get(auditToken) ?? []), list]);
  }
  return [...parts.values()];
}

/** The syscalls of a part in the order of the program: fewer nodes first, or larger numbers first for the binary search. */
function orderOf(part: readonly SyscallList[], { binaryTree, release }: Making): readonly Entry[] {
  const entries = part.flatMap(({ rules, trees, withoutNumber }): Entry[] => [
    ...[...rules]
      .sort(([a], [b]) => a - b)
      .map(([nr, list]): Entry => {
        const tree = trees.get(nr);
        return { nr, nodes: tree?.nodes ?? 0, tree, list };
      }),
    ...[...withoutNumber.values()].map(
      (tree): Entry => ({ nr: undefined, nodes: tree?.nodes ?? 0, tree, list: [] }),
    ),
  ]);
  return binaryTree && release.hasBinaryTree
    ? entries.sort((a, b) => (b.nr ?? 0) - (a.nr ?? 0))
    : entries.sort((a, b) => a.nodes - b.nodes);
}

/**
 * Whether the number of a call is never loaded on these ABIs, so that it is compared with what was loaded before, the audit
 * architecture, which is no number of a syscall (but on parisc and m68k). The first syscall in the program loads it; that one is left out when it has no number here. x86_64 or x32 alone load
 * the number to tell each other apart, and the binary search loads it itself.
 */
export function losesNumber(part: readonly SyscallList[], making: Making): boolean {
  const { release, binaryTree } = making;
  if (!release.losesNumber || (binaryTree && release.hasBinaryTree)) return false;
  if (part.length === 1 && (part[0]!.abi === 'x86_64' || part[0]!.abi === 'x32')) return false;
  const [first] = orderOf(part, making);
  return first !== undefined && first.nr === undefined;
}

/** What each list of rules with conditions decides, in a filter of these ABIs in this order. */
export function decisionsOf(
  lists: readonly SyscallList[],
  making: Making,
): ReadonlyMap<readonly PolicyRule[], Decision> {
  const code = new Code(making.release.ignoresLoaded);
  const written = partsOf(lists).map((part) =>
    orderOf(part, making)
      .toReversed()
      .filter(({ nr }) => nr !== undefined || !making.release.losesNumber)
      .flatMap(({ tree, list }): (readonly [readonly PolicyRule[], WrittenCode])[] =>
        tree?.root ? [[list, code.write(tree.root)]] : [],
      ),
  );
  // Jumps are followed from the end of the program.
  for (const part of written.toReversed()) for (const [, { place }] of part) place();
  return new Map(written.flat().map(([list, { decision }]) => [list, decision()]));
}
