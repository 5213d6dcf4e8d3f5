import { posix } from 'node:path';
import { compareTags } from './versions.mjs';

/**
 * Where strace keeps the list of each ABI. Its own files hold what is particular to an architecture, and include the
 * common ones. Missing here: s390, whose 31-bit calls Linux dropped in 6.19, and parisc64, which shares parisc's numbers.
 */
const LISTS = {
  x86_64: 'x86_64/syscallent.h',
  x86: 'i386/syscallent.h',
  x32: 'x32/syscallent.h',
  arm: 'arm/syscallent.h',
  aarch64: 'aarch64/syscallent.h',
  riscv64: 'riscv64/syscallent.h',
  loongarch64: 'loongarch64/syscallent.h',
  ppc64: 'powerpc64/syscallent.h',
  ppc: 'powerpc/syscallent.h',
  s390x: 's390x/syscallent.h',
  mips64: 'mips/syscallent-n64.h',
  mips64n32: 'mips/syscallent-n32.h',
  mips: 'mips/syscallent-o32.h',
  parisc: 'hppa/syscallent.h',
  m68k: 'm68k/syscallent.h',
  sh: 'sh/syscallent.h',
};
const SAME = { parisc64: 'parisc' };

const ENTRY = /\[\s*(?:BASE_NR\s*\+\s*)?(\d+)\s*\]\s*=\s*\{[^{}]*"(\w+)"\s*\}/g;
const INCLUDE = /^#\s*include "([^"]+)"/gm;
/** What MIPS includes instead of the common list, to count from its own base. */
const STUBS = {
  'syscallent-common-stub.h': 'syscallent-common.h',
  'syscallent-common-32-stub.h': '../32/syscallent-common-32.h',
};

/** Name and number (without ABI base) of each call that strace lists: `{ abi: Map }`. `read(path)`: text or undefined. */
export function readLists(read) {
  const lists = {};
  for (const [abi, file] of Object.entries(LISTS)) {
    const list = new Map();
    collect(`src/linux/${file}`, read, list);
    if (list.size > 0) lists[abi] = list;
  }
  for (const [abi, other] of Object.entries(SAME)) if (lists[other]) lists[abi] = lists[other];
  return lists;
}

function collect(path, read, list) {
  const text = read(path);
  if (text === undefined) return false;
  for (const [, number, name] of text.matchAll(ENTRY)) if (!list.has(name)) list.set(name, Number(number));
  for (const [, file] of text.matchAll(INCLUDE)) {
    const name = STUBS[file] ?? file;
    const places = [posix.dirname(path), 'src/linux/generic', 'src/linux'];
    places.some((place) => collect(posix.normalize(posix.join(place, name)), read, list));
  }
  return true;
}

/** `6.19` of the tag `v6.19`; strace follows the kernel's numbers since 4.11. Undefined for other tags. */
const kernelOf = (tag) => /^v(\d+\.\d+)$/.exec(tag)?.[1];

/**
 * Adds the kernels after the last known one, and the calls that strace began to list with each, to `syscall-table/1` and
 * `kernel-syscalls-added/1`: `{ syscalls, added }`.
 */
export function updateKernels({ syscalls, added, clones, until }, report) {
  const clone = clones.get('strace');
  const last = added.kernels.at(-1);
  const tags = (clone?.tags() ?? [])
    .filter(({ tag, day }) => kernelOf(tag) !== undefined && (!until || day <= until))
    .map(({ tag }) => tag)
    .sort(compareTags);
  const fresh = tags.filter((tag) => compareTags(kernelOf(tag), last) > 0);
  if (fresh.length === 0) return { syscalls, added };
  const next = { syscalls: structuredClone(syscalls), added: structuredClone(added) };
  const listsOf = (tag) => readLists((path) => clone.text(`${tag}:${path}`));
  let before = listsOf(tags[tags.indexOf(fresh[0]) - 1] ?? fresh[0]);
  for (const tag of fresh) {
    const lists = listsOf(tag);
    const kernel = kernelOf(tag);
    const { names, onArch } = addKernel({ kernel, lists, before, tag }, next.syscalls);
    next.added.kernels.push(kernel);
    if (names.length > 0 || Object.keys(onArch).length > 0)
      next.added.added.push({
        kernel,
        new: names,
        ...(Object.keys(onArch).length > 0 ? { newOnArch: onArch } : {}),
      });
    report.news('strace', tag, { kernel, ...(names.length > 0 ? { names } : {}) });
    before = lists;
  }
  next.added.coverage = { ...next.added.coverage, to: next.added.kernels.at(-1) };
  return next;
}

function addKernel({ kernel, lists, before, tag }, table) {
  const names = new Set();
  const onArch = {};
  for (const [abi, list] of Object.entries(lists)) {
    const column = table.columns.indexOf(abi);
    for (const [name, number] of list) {
      if (before[abi]?.has(name)) continue;
      let row = table.rows.find(([other]) => other === name);
      if (!row) {
        row = addRow(table, name, kernel, tag);
        names.add(name);
      }
      if (row[column] !== null) continue;
      row[column] = number;
      if (names.has(name)) continue;
      table.archKernel[abi] ??= {};
      table.archKernel[abi][name] = kernel;
      onArch[abi] = [...(onArch[abi] ?? []), name];
    }
  }
  return { names: [...names].sort(), onArch };
}

/** A new row without numbers, in its place. The kernel found by other means goes before the one strace shows. */
function addRow(table, name, kernel, source) {
  const known = table.kernelByHand?.[name];
  const row = [name, known ?? kernel, ...table.columns.slice(2).map(() => null)];
  const at = table.rows.findIndex(([other]) => other > name);
  table.rows.splice(at < 0 ? table.rows.length : at, 0, row);
  if (known === undefined && source)
    table.kernelSource = sorted({ ...table.kernelSource, [name]: `strace ${source}` });
  return row;
}

const sorted = (object) => Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));

/**
 * Numbers of the newest libseccomp that the table lacks: names that no strace lists yet, and numbers on more
 * architectures, which the kernel of that libseccomp's table has at the latest.
 */
export function updateNumbers({ syscalls, added, libseccomp }, report) {
  const next = { syscalls: structuredClone(syscalls), added: structuredClone(added) };
  const release = [...libseccomp.releases].sort((a, b) => compareTags(a.v, b.v)).at(-1);
  for (const [name, [first, last]] of Object.entries(libseccomp.names)) {
    if (last !== null) continue;
    let row = next.syscalls.rows.find(([other]) => other === name);
    if (!row) {
      row = addRow(next.syscalls, name, null);
      if (row[1] === null)
        report.problem(
          `${name} is new in libseccomp ${release.v}, and no kernel is known for it: update with a newer strace=CLONE, or name it in kernelByHand of facts/syscalls.json with its source in kernelSource`,
        );
      else addToKernel(next.added, name, row[1]);
    }
    for (const arch of release.arches) {
      const column = next.syscalls.columns.indexOf(arch);
      const number = libseccomp.nums[arch]?.[name];
      if (column < 0)
        report.problem(`libseccomp ${release.v} has the architecture ${arch}, facts/syscalls.json has not`);
      else if (number !== undefined && row[column] === null && libseccomp.until[arch]?.[name] === undefined) {
        row[column] = number;
        // A name as new as this table has the row's kernel everywhere.
        if (first === release.v) continue;
        next.syscalls.archKernelUpperBound[arch] ??= {};
        next.syscalls.archKernelUpperBound[arch][name] = release.kernel;
      }
    }
  }
  next.syscalls.numbersFrom = `libseccomp v${release.v} src/syscalls.csv (${release.tableHeader})`;
  return next;
}

function addToKernel(added, name, kernel) {
  if (!added.kernels.includes(kernel)) return;
  const order = (entry) => added.kernels.indexOf(entry.kernel);
  let entry = added.added.find((each) => each.kernel === kernel);
  if (!entry) {
    entry = { kernel, new: [] };
    added.added.push(entry);
    added.added.sort((a, b) => order(a) - order(b));
  }
  entry.new = [...entry.new, name].sort();
}
