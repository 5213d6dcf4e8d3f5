import type { Assignment, Candidate } from './problem.ts';

/**
 * Assignments that cost less than `limit`, cheapest first; equal costs in candidate order. Lazy: a heap of partial
 * assignments, each extended only by candidates after its last one, so that every assignment comes exactly once.
 */
export function* cheaperThan(candidates: readonly Candidate[], limit: number): Generator<Assignment> {
  interface Node {
    readonly cost: number;
    readonly serial: number;
    readonly levels: readonly (readonly [index: number, level: number])[];
  }
  const heap: Node[] = [];
  let serial = 0;
  const before = (a: Node, b: Node): boolean => a.cost < b.cost || (a.cost === b.cost && a.serial < b.serial);
  const push = (node: Node): void => {
    heap.push(node);
    let i = heap.length - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!before(heap[i]!, heap[parent]!)) break;
      [heap[i], heap[parent]] = [heap[parent]!, heap[i]!];
      i = parent;
    }
  };
  const pop = (): Node | undefined => {
    const top = heap[0];
    const last = heap.pop();
    if (!top || !last || heap.length === 0) return top;
    heap[0] = last;
    for (let i = 0; ; ) {
      let least = i;
      for (const child of [2 * i + 1, 2 * i + 2]) {
        if (child < heap.length && before(heap[child]!, heap[least]!)) least = child;
      }
      if (least === i) return top;
      [heap[i], heap[least]] = [heap[least]!, heap[i]!];
      i = least;
    }
  };
  // Sorted by the cheapest step, so that the extensions of a node can stop at the first that is too dear.
  const order = candidates
    .map((candidate, index) => ({ index, least: Math.min(...candidate.ladder.map(({ cost }) => cost)) }))
    .sort((a, b) => a.least - b.least || a.index - b.index);
  push({ cost: 0, serial: serial++, levels: [] });
  for (let node = pop(); node; node = pop()) {
    yield new Map(node.levels.map(([at, level]) => [candidates[order[at]!.index]!.name, level]));
    const from = (node.levels.at(-1)?.[0] ?? -1) + 1;
    for (let at = from; at < order.length; at++) {
      const { index, least } = order[at]!;
      if (node.cost + least >= limit) break;
      candidates[index]!.ladder.forEach((choice, i) => {
        const cost = node.cost + choice.cost;
        if (cost < limit) push({ cost, serial: serial++, levels: [...node.levels, [at, i + 1]] });
      });
    }
  }
}
