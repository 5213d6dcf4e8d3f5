/**
 * The three histories of default profiles (`seccomp-profile-history/1`), as contents instead of differences.
 *
 * A content is `{ head, groups }`: `head` holds the top-level keys of a profile, `groups` maps the canonical text of a
 * `when` to the set of its names. Encoding depends on nothing but the contents and the tags, so that an update from any
 * older state ends in the same bytes.
 */

/** Every profile of a history, in its order: the entry's own fields without `base`, `set` and `delta`, and its content. */
export function decode({ versions }) {
  const contents = new Map();
  return versions.map(({ base, set, delta, ...entry }) => {
    const content = apply(contents.get(base) ?? { head: {}, groups: new Map() }, set ?? {}, delta);
    contents.set(entry.id, content);
    return { ...entry, content };
  });
}

function apply({ head, groups }, set, delta) {
  const next = new Map([...groups].map(([key, names]) => [key, new Set(names)]));
  for (const { when, add = [], del = [] } of delta) {
    const key = keyOf(when);
    const names = next.get(key) ?? new Set();
    for (const name of add) names.add(name);
    for (const name of del) names.delete(name);
    if (names.size > 0) next.set(key, names);
    else next.delete(key);
  }
  const merged = Object.entries({ ...head, ...set }).filter(([, value]) => value !== null);
  return { head: Object.fromEntries(merged), groups: next };
}

/** The `versions` of a history: each as the difference to the most similar one before it. */
export function encode(entries) {
  const done = [];
  return entries.map(({ content, ...entry }) => {
    const options = [{ id: null, content: { head: {}, groups: new Map() } }, ...done].map((base) => ({
      id: base.id,
      set: headDifference(base.content.head, content.head),
      delta: groupDifference(base.content.groups, content.groups),
    }));
    let best = options.at(-1);
    // Nothing but the first is based on nothing. Of equals, the nearest before it.
    for (const option of done.length === 0 ? options : options.slice(1).reverse())
      if (sizeOf(option) < sizeOf(best)) best = option;
    done.push({ id: entry.id, content });
    return { ...entry, base: best.id, set: best.set, delta: best.delta };
  });
}

const sizeOf = ({ set, delta }) =>
  Object.keys(set).length + delta.reduce((sum, { add = [], del = [] }) => sum + add.length + del.length, 0);

function headDifference(from, to) {
  const set = {};
  for (const key of HEAD_KEYS) {
    if (JSON.stringify(from[key]) === JSON.stringify(to[key])) continue;
    set[key] = to[key] ?? null;
  }
  return set;
}

const HEAD_KEYS = [
  'defaultAction',
  'defaultErrnoRet',
  'archMap',
  'architecturesByNative',
  'architecturesByGOARCH',
];

function groupDifference(from, to) {
  const delta = [];
  const keys = [...new Set([...from.keys(), ...to.keys()])].sort((a, b) =>
    a.slice(0, -1) < b.slice(0, -1) ? -1 : 1,
  );
  for (const key of keys) {
    const [old, now] = [from.get(key) ?? new Set(), to.get(key) ?? new Set()];
    const add = [...now].filter((name) => !old.has(name)).sort();
    const del = [...old].filter((name) => !now.has(name)).sort();
    if (add.length + del.length === 0) continue;
    delta.push({
      when: JSON.parse(key),
      ...(add.length > 0 ? { add } : {}),
      ...(del.length > 0 ? { del } : {}),
    });
  }
  return delta;
}

/** One text for equal conditions: keys in order, nothing empty, lists of names sorted. */
export function keyOf({ action, args = [], errnoRet, includes, excludes }) {
  return JSON.stringify({
    action,
    ...(args.length > 0 ? { args } : {}),
    ...(errnoRet === undefined || errnoRet === null ? {} : { errnoRet }),
    ...filterOf('excludes', excludes),
    ...filterOf('includes', includes),
  });
}

function filterOf(key, { arches, caps, minKernel } = {}) {
  const filter = {
    ...(arches?.length > 0 ? { arches: [...arches].sort() } : {}),
    ...(caps?.length > 0 ? { caps: [...caps].sort() } : {}),
    ...(minKernel ? { minKernel } : {}),
  };
  return Object.keys(filter).length > 0 ? { [key]: filter } : {};
}

/** One text for equal contents. */
export function textOf({ head, groups }) {
  const keys = HEAD_KEYS.filter((key) => head[key] !== undefined && head[key] !== null);
  return JSON.stringify([
    keys.map((key) => [key, head[key]]),
    [...groups]
      .map(([key, names]) => [key, [...names].sort()])
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
  ]);
}

/** Adds names to the group with that `when`; used by the readers. */
export function addGroup(groups, when, names) {
  const key = keyOf(when);
  const set = groups.get(key) ?? new Set();
  for (const name of names) set.add(name);
  groups.set(key, set);
}

/** Names of one content that another lacks, as `[when, names]`. For people. */
export function describeDifference(from, to) {
  return {
    set: headDifference(from.head, to.head),
    delta: groupDifference(from.groups, to.groups),
  };
}
