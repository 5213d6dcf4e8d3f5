/** Labels of pre-releases, earliest first; no label sorts after all of them. */
const LABELS = ['alpha', 'tp', 'beta', 'rc'];

/**
 * Numbers and pre-release of a tag as every project here writes them: `docker-v29.7.2`, `v17.03.0-ce-rc1`,
 * `common/v0.67.0`, `release-20260817.0`, `v1.0.0-alpha0`, `1.29.1`. Undefined for other tags.
 */
export function parseTag(tag) {
  const found =
    /^(?:docker-|common\/|release-)?v?(\d+(?:\.\d+)*)(?:-ce)?(?:-(alpha|beta|rc|tp)\.?(\d*))?(?:-ce)?$/.exec(
      tag,
    );
  if (!found) return undefined;
  const [, numbers, label, count] = found;
  const rank = label === undefined ? LABELS.length : LABELS.indexOf(label);
  return { numbers: numbers.split('.').map(Number), rank, count: Number(count || 0) };
}

/** Negative, zero or positive, by version: numbers first, then pre-releases before their release. */
export function compareTags(a, b) {
  const [x, y] = [parseTag(a), parseTag(b)];
  if (!x || !y) return a < b ? -1 : a > b ? 1 : 0;
  const length = Math.max(x.numbers.length, y.numbers.length);
  for (let i = 0; i < length; i++) {
    const difference = (x.numbers[i] ?? 0) - (y.numbers[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return x.rank - y.rank || x.count - y.count || (a < b ? -1 : a > b ? 1 : 0);
}
