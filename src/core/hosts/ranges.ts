import { ENGINE_TITLES } from '../linux/engineTitles.ts';
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
    const parts = split(expression);
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

/** `docker@20.10.0–20.10.9,arch=arm` for people: `Docker 20.10.0–20.10.9, arch=arm`. */
export function hostTitle(expression: string): string {
  const { engine, version, refinements } = split(expression);
  const title = Object.hasOwn(ENGINE_TITLES, engine) ? ENGINE_TITLES[engine] : undefined;
  if (title === undefined || version === '') return expression.replaceAll(',', ', ');
  return `${title} ${version}${refinements.replaceAll(',', ', ')}`;
}

interface Parts {
  readonly engine: string;
  /** Empty where the expression has none (`unconfined`, `profile:…`). */
  readonly version: string;
  /** From the first comma on, comma included. */
  readonly refinements: string;
}

function split(expression: string): Parts {
  const comma = expression.startsWith('profile:') ? -1 : expression.indexOf(',');
  const head = comma < 0 ? expression : expression.slice(0, comma);
  const refinements = comma < 0 ? '' : expression.slice(comma);
  const at = head.startsWith('profile:') ? -1 : head.indexOf('@');
  return at < 0
    ? { engine: head, version: '', refinements }
    : { engine: head.slice(0, at), version: head.slice(at + 1), refinements };
}
