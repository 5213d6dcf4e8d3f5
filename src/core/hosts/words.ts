/** Edit distance where a swap of neighbours counts as one change. */
export function distance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, before[j - 2]! + 1);
      next[j] = best;
    }
    before = row;
    row = next;
  }
  return row[b.length]!;
}

/** The candidates closest to a mistyped word, best first. */
export function nearest(word: string, candidates: readonly string[], count = 3): readonly string[] {
  const wanted = word.toLowerCase();
  return candidates
    .map((name, i) => ({ name, i, far: distance(wanted, name.toLowerCase()) }))
    .sort((a, b) => a.far - b.far || a.i - b.i)
    .slice(0, count)
    .map(({ name }) => name);
}

/** `a`, `a or b`, `a, b or c`. */
export function orList(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
