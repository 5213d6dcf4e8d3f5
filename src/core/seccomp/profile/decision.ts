import type { Decision, PolicyRule, Step } from './policy.ts';

export function isStep(decision: Decision): decision is Step {
  return decision !== undefined && 'test' in decision;
}

/** Whether a word passes a step's test. */
export function passes({ test, datum }: Step, word: number): boolean {
  if (test === 'EQ') return word === datum;
  return test === 'GT' ? word > datum : word >= datum;
}

/** A word that is not known is undefined. */
type Word = number | undefined;

/**
 * The rules that may decide a call, `undefined` for the default action: more than one only where a word that matters is not known.
 * `wordAt` gives the word at a byte offset.
 */
export function decided(
  decision: Decision,
  wordAt: (offset: number) => Word,
): ReadonlySet<PolicyRule | undefined> {
  const found = new Set<PolicyRule | undefined>();
  const seen = new Map<Step, Set<Word>>();
  const open: { readonly at: Decision; readonly word: Word }[] = [{ at: decision, word: undefined }];
  for (let here = open.pop(); here; here = open.pop()) {
    const { at } = here;
    if (!isStep(at)) {
      found.add(at);
      continue;
    }
    const loaded = at.load === undefined ? here.word : wordAt(at.load);
    const word = loaded === undefined || at.mask === undefined ? loaded : (loaded & at.mask) >>> 0;
    const words = seen.get(at) ?? new Set();
    if (words.has(word)) continue;
    seen.set(at, words.add(word));
    if (word === undefined || !passes(at, word)) open.push({ at: at.no, word });
    if (word === undefined || passes(at, word)) open.push({ at: at.yes, word });
  }
  return found;
}
