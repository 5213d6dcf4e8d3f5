import { compareTags, parseTag } from './update/versions.mjs';

const BLOB = /^[\da-f]{12}$/;
const COMMIT = /^[\da-f]{40}$/;

/** Every release says when it was made, for which kernel and which architectures; every pin and blob id can exist. */
export function checkReleases(facts, problem) {
  checkLibseccompReleases(facts('libseccomp').releases, facts('kernel-added').kernels, problem);
  checkKernelList(facts('kernel-added'), problem);
  checkNewRows(facts('syscalls'), facts('libseccomp'), problem);
  checkGvisor(facts('gvisor'), problem);
  checkPins(facts('runc-pins'), problem);
  checkRead(facts('rules-read'), problem);
}

function checkLibseccompReleases(releases, kernels, problem) {
  for (const { v, date, kernel, arches } of releases) {
    const say = (text) => problem(`libseccomp: release ${v} ${text}`);
    if (!/^\d{4}-\d\d-\d\d$/.test(date ?? '')) say(`has the day '${date}'`);
    if (!Array.isArray(arches) || arches.length === 0) say('has no architectures');
    const base = /^(\d+\.\d+)(-rc\d+)?$/.exec(kernel ?? '')?.[1];
    if (base === undefined) say(`has the kernel '${kernel}'`);
    else if (!kernels.includes(base) && compareTags(base, kernels[0]) > 0)
      say(`is for Linux ${kernel}, which is not in the list of kernels`);
  }
  const wrong = releases.find(({ v }, i) => i > 0 && compareTags(releases[i - 1].v, v) >= 0);
  if (wrong) problem(`libseccomp: release ${wrong.v} is out of order`);
}

function checkKernelList({ kernels, coverage, added }, problem) {
  const wrong = kernels.find((kernel, i) => i > 0 && compareTags(kernels[i - 1], kernel) >= 0);
  if (wrong) problem(`kernel-added: ${wrong} is out of order`);
  if (coverage.from !== kernels[0] || coverage.to !== kernels.at(-1))
    problem(`kernel-added: says that it covers ${coverage.from} to ${coverage.to}`);
  const order = added.map(({ kernel }) => kernels.indexOf(kernel));
  if (order.some((at, i) => i > 0 && order[i - 1] >= at)) problem('kernel-added: entries are out of order');
}

/** The names whose first kernel nobody found are all older than libseccomp's first table. */
function checkNewRows({ rows }, { names, releases }, problem) {
  for (const [name, kernel] of rows) {
    if (kernel !== null) continue;
    const first = names[name]?.[0];
    if (first === undefined || compareTags(first, releases[0].v) > 0)
      if (!KERNEL_UNKNOWN.has(name)) problem(`syscalls: ${name} has no kernel`);
  }
}

/** Names of later libseccomp tables that are old, or that no kernel ever had. */
const KERNEL_UNKNOWN = new Set(['atomic_barrier', 'atomic_cmpxchg_32', 'multiplexer']);

function checkGvisor({ lastTag, kernelRelease }, problem) {
  if (!/^\d{8}\.\d+$/.test(lastTag ?? '')) problem(`gvisor: the last tag is '${lastTag}'`);
  if (kernelRelease.length === 0) problem('gvisor: no release of the kernel it shows');
}

function checkPins({ commits, ...engines }, problem) {
  for (const [engine, pins] of Object.entries(engines)) {
    if (typeof pins !== 'object' || engine === 'source') continue;
    const tags = Object.keys(pins);
    const wrong = tags.find((tag, i) => i > 0 && compareTags(tags[i - 1], tag) >= 0);
    if (wrong) problem(`runc-pins: ${engine} ${wrong} is out of order`);
    for (const [tag, pin] of Object.entries(pins)) {
      if (COMMIT.test(pin) ? commits[pin] === undefined : parseTag(pin) === undefined || !pin.startsWith('v'))
        problem(`runc-pins: ${engine} ${tag} pins '${pin}', which is no version and no named commit`);
    }
  }
}

function checkRead({ projects }, problem) {
  for (const [project, { newest, files }] of Object.entries(projects)) {
    if (parseTag(newest) === undefined) problem(`rules-read: ${project} was read up to '${newest}'`);
    for (const [path, blob] of Object.entries(files))
      if (!BLOB.test(blob)) problem(`rules-read: ${project} ${path} has the blob id '${blob}'`);
  }
}
