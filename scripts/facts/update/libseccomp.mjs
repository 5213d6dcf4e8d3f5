import { compareTags } from './versions.mjs';

/** The first release whose table is a file of values instead of C. Older ones do not change any more. */
const FIRST_CSV = '2.5.0';

/**
 * `libseccomp-knowledge/1` as cells: per release its entry, and per name and architecture the number (null: a name without
 * one). Gaps, `since` and `until` follow from them.
 */
export function decodeLibseccomp({ releases, archSince, names, since, until, gaps, nums }) {
  const order = new Map(releases.map(({ v }, i) => [v, i]));
  const missing = new Set(gaps.flatMap(([arch, name, list]) => list.map((v) => `${arch} ${name} ${v}`)));
  return releases.map((entry, i) => {
    const known = Object.entries(names)
      .filter(([, [first, last]]) => i >= order.get(first) && (last === null || i <= order.get(last)))
      .map(([name]) => name);
    const table = {};
    for (const arch of entry.arches) {
      table[arch] = new Map();
      for (const name of known) {
        const number = nums[arch]?.[name];
        const from = order.get(since[arch]?.[name] ?? archSince[arch]);
        const to =
          until[arch]?.[name] === undefined ? Number.POSITIVE_INFINITY : order.get(until[arch][name]);
        const has = number !== undefined && i >= from && i < to && !missing.has(`${arch} ${name} ${entry.v}`);
        table[arch].set(name, has ? number : null);
      }
    }
    return { entry, table };
  });
}

/** The fields that `decodeLibseccomp` reads, from its result. Throws where the format has no way to say what happened. */
export function encodeLibseccomp(cells, archOrder) {
  const releases = cells.map(({ entry }) => entry);
  const order = new Map(releases.map(({ v }, i) => [v, i]));
  const archSince = {};
  for (const arch of archOrder) {
    const first = releases.find(({ arches }) => arches.includes(arch));
    if (first) archSince[arch] = first.v;
  }
  const everyName = [...new Set(cells.flatMap(({ table }) => namesOf(table)))].sort();
  const result = { releases, archSince, names: {}, since: {}, until: {}, gaps: [], nums: {} };
  for (const arch of Object.keys(archSince)) result.nums[arch] = {};
  for (const name of everyName) {
    const having = cells.filter(({ table }) => Object.values(table)[0].has(name)).map(({ entry }) => entry.v);
    const [first, last] = [having[0], having.at(-1)];
    result.names[name] = [first, last === releases.at(-1).v ? null : last];
    for (const arch of Object.keys(archSince))
      encodeNumber({ arch, name, first, cells, order, archSince }, result);
  }
  for (const key of ['since', 'until'])
    result[key] = Object.fromEntries(
      Object.keys(archSince)
        .filter((arch) => result[key][arch])
        .map((arch) => [arch, result[key][arch]]),
    );
  result.gaps.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return result;
}

const namesOf = (table) => [...Object.values(table)[0].keys()];

function encodeNumber({ arch, name, first, cells, order, archSince }, { since, until, gaps, nums }) {
  const numbered = cells.filter(({ table }) => (table[arch]?.get(name) ?? null) !== null);
  if (numbered.length === 0) return;
  const numbers = new Set(numbered.map(({ table }) => table[arch].get(name)));
  if (numbers.size > 1)
    throw new Error(
      `libseccomp: ${name} on ${arch} changes its number (${[...numbers].join(', ')}), which the facts cannot say`,
    );
  nums[arch][name] = [...numbers][0];
  const [from, to] = [order.get(numbered[0].entry.v), order.get(numbered.at(-1).entry.v)];
  const start = Math.max(order.get(first), order.get(archSince[arch]));
  if (from > start) put(since, arch, name, cells[from].entry.v);
  // A name that is gone altogether says so itself.
  const after = cells[to + 1];
  if (after?.table[arch]?.has(name)) put(until, arch, name, after.entry.v);
  const holes = cells
    .slice(from, to)
    .filter(({ table }) => table[arch] && (table[arch].get(name) ?? null) === null)
    .map(({ entry }) => entry.v);
  if (holes.length > 0) gaps.push([arch, name, holes]);
}

function put(table, arch, name, value) {
  table[arch] ??= {};
  table[arch][name] = value;
}

/** `{ header, table }` of syscalls.csv: per architecture the number of each name, null for `PNR`. */
export function readCsv(text) {
  const [head, ...rows] = text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));
  const header = /^#syscall \((.*)\)$/.exec(head[0])?.[1];
  if (header === undefined) throw new Error(`syscalls.csv begins with '${head[0]}'`);
  const columns = head.map((arch, i) => [arch, i]).filter(([arch], i) => i > 0 && !arch.endsWith('_kver'));
  const table = Object.fromEntries(columns.map(([arch]) => [arch, new Map()]));
  for (const row of rows) {
    for (const [arch, i] of columns) {
      const cell = row[i];
      if (cell !== 'PNR' && !/^\d+$/.test(cell ?? ''))
        throw new Error(`syscalls.csv has '${cell}' for ${row[0]} on ${arch}`);
      table[arch].set(row[0], cell === 'PNR' ? null : Number(cell));
    }
  }
  return { header, table };
}

/** `7.1-rc4` of `v7.1.0-rc4 2026-05-21`. */
export function kernelOf(header) {
  const found = /v(\d+)\.(\d+)(?:\.\d+)?(-rc\d+)?/.exec(header);
  if (!found) throw new Error(`syscalls.csv is of '${header}', which names no kernel`);
  return `${found[1]}.${found[2]}${found[3] ?? ''}`;
}

/** Adds new releases. Architectures come in the order of `columns`; ones that it lacks follow. */
export function updateLibseccomp({ facts, columns, clones, until }, report) {
  const clone = clones.get('libseccomp');
  if (!clone) return facts;
  const cells = decodeLibseccomp(facts);
  const known = new Set(cells.map(({ entry }) => entry.v));
  const tags = clone
    .tags()
    .filter(({ tag, day }) => /^v\d+\.\d+\.\d+$/.test(tag) && (!until || day <= until))
    .filter(({ tag }) => !known.has(tag.slice(1)) && compareTags(tag, `v${FIRST_CSV}`) >= 0);
  if (tags.length === 0) return facts;
  const archOrder = [...columns];
  for (const { tag, day } of tags) {
    const text = clone.text(`${tag}:src/syscalls.csv`);
    if (text === undefined) {
      report.problem(`libseccomp ${tag} has no src/syscalls.csv`);
      continue;
    }
    let read;
    try {
      read = readCsv(text);
    } catch (error) {
      report.problem(`libseccomp ${tag}: ${error.message}`);
      continue;
    }
    const { header, table } = read;
    for (const arch of Object.keys(table)) if (!archOrder.includes(arch)) archOrder.push(arch);
    const arches = archOrder.filter((arch) => table[arch]);
    const entry = { v: tag.slice(1), date: day, kernel: kernelOf(header), arches, tableHeader: header };
    cells.push({ entry, table });
    report.news('libseccomp', tag, { kernel: entry.kernel });
  }
  cells.sort((a, b) => compareTags(a.entry.v, b.entry.v));
  const before = new Set(Object.keys(facts.names));
  const encoded = encodeLibseccomp(cells, archOrder);
  const fresh = Object.keys(encoded.names).filter((name) => !before.has(name));
  if (fresh.length > 0) report.names('libseccomp', fresh);
  return { ...facts, ...encoded };
}
