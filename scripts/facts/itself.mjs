import { GVISOR_NAMES } from '../tables/index.mjs';
import { checkHistory } from './history.mjs';
import { checkReleases } from './releases.mjs';

const HISTORIES = ['moby-default-profile', 'containers-default-profile', 'containerd-default-profile'];
const numbersOf = (version) =>
  version
    .replace(/^(docker-)?v?/, '')
    .split(/[.-]/)
    .map((part) => Number.parseInt(part, 10));

/** Negative, zero or positive; good enough for the releases of these tables. */
export function compare(a, b) {
  const [x, y] = [numbersOf(a), numbersOf(b)];
  for (let i = 0; i < 3; i++) if ((x[i] || 0) !== (y[i] || 0)) return (x[i] || 0) - (y[i] || 0);
  return 0;
}

/** Everything a table says about another row or table is there, in order, and only once. */
export function checkItself(facts, report) {
  const { problem } = report;
  const syscalls = facts('syscalls');
  const libseccomp = facts('libseccomp');
  const names = new Set(syscalls.rows.map(([name]) => name));
  checkSyscalls(syscalls, problem);
  checkKernels(facts('kernel-added'), syscalls, problem);
  checkLibseccomp(libseccomp, names, problem);
  for (const file of HISTORIES) checkHistory(file, facts(file), names, problem);
  checkReleases(facts, problem);
  checkRuns(facts, problem);
  checkNames(facts, names, problem);
  report.done(
    `${names.size} syscalls, ${HISTORIES.length} profile histories, libseccomp, runtimes and gVisor against themselves`,
  );
}

function checkSyscalls({ columns, rows, base }, problem) {
  const seen = new Set();
  for (const row of rows) {
    if (seen.has(row[0])) problem(`syscalls: ${row[0]} stands twice`);
    seen.add(row[0]);
    if (row.length !== columns.length) problem(`syscalls: the row of ${row[0]} has ${row.length} cells`);
    if (row[1] !== null && !/^\d+\.\d+(\.\d+)*$/.test(row[1]))
      problem(`syscalls: ${row[0]} has kernel '${row[1]}'`);
  }
  const sorted = rows.map(([name]) => name);
  if (sorted.some((name, i) => i > 0 && sorted[i - 1] > name)) problem('syscalls: rows are not in order');
  for (const [index, arch] of columns.entries()) {
    if (index < 2) continue;
    const taken = new Map();
    for (const row of rows) {
      if (row[index] === null) continue;
      if (taken.has(row[index]))
        problem(`syscalls: ${arch} ${row[index]} is ${taken.get(row[index])} and ${row[0]}`);
      taken.set(row[index], row[0]);
    }
  }
  for (const arch of Object.keys(base))
    if (!columns.includes(arch)) problem(`syscalls: base of unknown ${arch}`);
}

function checkKernels({ added, kernels }, { rows, archKernel }, problem) {
  const kernelOf = new Map(rows.map(([name, kernel]) => [name, kernel]));
  for (const { kernel, new: fresh, newOnArch = {} } of added) {
    if (!kernels.includes(kernel)) problem(`kernel-added: ${kernel} is not in the list of kernels`);
    for (const name of fresh) {
      if (kernelOf.get(name) !== kernel)
        problem(`kernel-added: ${name} in ${kernel}, in syscalls ${kernelOf.get(name)}`);
    }
    for (const [arch, list] of Object.entries(newOnArch)) {
      for (const name of list) {
        if (archKernel[arch]?.[name] !== kernel)
          problem(`kernel-added: ${name} on ${arch} in ${kernel} is not in archKernel`);
      }
    }
  }
}

function checkLibseccomp({ releases, names, nums, since, until, gaps, archSince }, known, problem) {
  const order = new Map(releases.map(({ v }, i) => [v, i]));
  const exists = (release, where) => {
    if (!order.has(release)) problem(`libseccomp: ${where} names release ${release}`);
  };
  for (const [name, [first, last]] of Object.entries(names)) {
    if (!known.has(name)) problem(`libseccomp: ${name} is not in syscalls`);
    exists(first, name);
    if (last !== null && order.get(last) < order.get(first))
      problem(`libseccomp: ${name} ends before it begins`);
  }
  for (const [arch, release] of Object.entries(archSince)) {
    exists(release, arch);
    if (!nums[arch]) problem(`libseccomp: no numbers for ${arch}`);
  }
  for (const [table, what] of [
    [since, 'since'],
    [until, 'until'],
  ]) {
    for (const [arch, entries] of Object.entries(table)) {
      for (const [name, release] of Object.entries(entries)) {
        exists(release, `${what} ${arch} ${name}`);
        if (nums[arch]?.[name] === undefined)
          problem(`libseccomp: ${what} of ${name} on ${arch} without a number`);
      }
    }
  }
  for (const [arch, name, list] of gaps) for (const release of list) exists(release, `gap ${arch} ${name}`);
}

function checkRuns(facts, problem) {
  const { runc } = facts('runtimes');
  const releases = facts('libseccomp').releases.map(({ v }) => v);
  const lists = Object.entries(facts('shipped')).filter(([, value]) => typeof value === 'object');
  for (const [engine, value] of lists) {
    for (const [key, runs] of Object.entries(value)) {
      if (!Array.isArray(runs)) continue;
      const firsts = runs.map(([first]) => first);
      if (firsts.some((first, i) => i > 0 && compare(firsts[i - 1], first) >= 0))
        problem(`shipped: ${engine} ${key} is not in order`);
      if (key !== 'libseccomp') continue;
      for (const [, release] of runs)
        if (!releases.includes(release)) problem(`shipped: libseccomp ${release} of ${engine}`);
    }
  }
  for (const [, release] of runc.officialBinaryLibseccomp.runs) {
    if (!releases.includes(release)) problem(`runtimes: libseccomp ${release} of runc`);
  }
}

function checkNames(facts, names, problem) {
  const x86 = facts('syscalls').columns.indexOf('x86_64');
  const numbered = new Set(facts('syscalls').rows.flatMap((row) => (row[x86] === null ? [] : [row[0]])));
  for (const [name, changes] of Object.entries(facts('gvisor').syscalls)) {
    if (!numbered.has(GVISOR_NAMES[name] ?? name)) problem(`gvisor: ${name} has no number on x86_64`);
    const releases = changes.map(([release]) => release);
    if (releases.some((release, i) => i > 0 && releases[i - 1] >= release))
      problem(`gvisor: ${name} is not in order`);
  }
  for (const name of Object.keys(facts('callers').calls)) {
    if (!names.has(name) && name !== 'time64' && !name.endsWith('*'))
      problem(`callers: ${name} is no syscall`);
  }
}
