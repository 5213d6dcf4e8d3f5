import { type ExpressionParts as Parts, splitExpression } from '../linux/hostTitle.ts';

/**
 * Writes hosts that behave alike as ranges: `docker@20.10.0`, `docker@20.10.1` … with equal keys become one label,
 * `docker@20.10.0–20.10.9`. Items keep their order; only neighbours with the same key, the same engine and the same
 * refinements (`,arch=arm`) are joined, so the caller decides what "consecutive" means by the order it gives.
 */
export function compressHosts(
  items: readonly { readonly expression: string; readonly key: string }[],
): readonly { readonly label: string; readonly key: string }[] {
  const groups: { key: string; first: Parts; last: Parts; single: string; size: number }[] = [];
  for (const { expression, key } of items) {
    const parts = splitExpression(expression);
    const open = groups.at(-1);
    const joins =
      open !== undefined &&
      open.key === key &&
      parts.version !== '' &&
      open.last.version !== '' &&
      open.first.engine === parts.engine &&
      open.first.refinements === parts.refinements;
    if (joins) {
      open.last = parts;
      open.size += 1;
    } else groups.push({ key, first: parts, last: parts, single: expression, size: 1 });
  }
  return groups.map(({ key, first, last, single, size }) => ({
    key,
    label: size === 1 ? single : `${first.engine}@${first.version}–${last.version}${first.refinements}`,
  }));
}
