import { updateCode } from './code.mjs';
import { decode, encode } from './history.mjs';
import { decodeLibseccomp, encodeLibseccomp } from './libseccomp.mjs';
import { PROFILE_FILES } from './profiles.mjs';
import { updateBinaries } from './runc.mjs';
import { compareTags } from './versions.mjs';

/**
 * The facts as they were on a day, as far as the clones at hand know days: what tags made later brought is gone. What was
 * found by hand stays. For trying that an update gives the same bytes.
 */
export function rewind({ facts, clones, day }) {
  const days = new Map(
    [...clones].map(([project, clone]) => [
      project,
      new Map(clone.tags().map((each) => [each.tag, each.day])),
    ]),
  );
  /** Whether a tag is as old as that; what no clone knows is. */
  const isOld = (project, tag) => (days.get(project)?.get(tag) ?? '') <= day;
  const older = new Map(facts);
  for (const { file } of PROFILE_FILES) older.set(file, rewindHistory(facts.get(file), isOld));
  older.set('runc-pins', rewindPins(facts.get('runc-pins'), isOld));
  older.set(
    'runtimes',
    updateBinaries({ runtimes: facts.get('runtimes'), clones, until: day }, { problem() {} }),
  );
  const libseccomp = rewindLibseccomp(facts.get('libseccomp'), (v) => isOld('libseccomp', `v${v}`));
  older.set('libseccomp', libseccomp);
  const { syscalls, added } = rewindKernels({
    syscalls: facts.get('syscalls'),
    added: facts.get('kernel-added'),
    libseccomp,
    isOld: (kernel) => isOld('strace', `v${kernel}`),
  });
  older.set('syscalls', syscalls);
  older.set('kernel-added', added);
  older.set('gvisor', rewindGvisor(facts.get('gvisor'), days.get('gvisor'), isOld));
  const { projects } = facts.get('rules-read');
  const kept = Object.entries(projects).filter(([project]) => !clones.has(project));
  older.set(
    'rules-read',
    updateCode(
      {
        read: { ...facts.get('rules-read'), projects: Object.fromEntries(kept) },
        clones,
        until: day,
      },
      { problem() {} },
    ),
  );
  return older;
}

function rewindHistory(history, isOld) {
  const project = (component) => component.replace(/ \(.*\)$/, '');
  const entries = decode(history).map((entry) => ({
    ...entry,
    use: Object.fromEntries(
      Object.entries(entry.use)
        .map(([component, tags]) => [component, tags.filter((tag) => isOld(project(component), tag))])
        .filter(([, tags]) => tags.length > 0),
    ),
    src: entry.src.filter(([component, , , tag]) => isOld(project(component), tag)),
  }));
  return { ...history, versions: encode(entries.filter(({ use }) => Object.keys(use).length > 0)) };
}

const PROJECT_OF = { docker: 'moby', buildkit: 'buildkit', containerd: 'containerd' };

function rewindPins(pins, isOld) {
  const next = { ...pins };
  for (const [engine, project] of Object.entries(PROJECT_OF))
    next[engine] = Object.fromEntries(Object.entries(pins[engine]).filter(([tag]) => isOld(project, tag)));
  const used = new Set(Object.keys(PROJECT_OF).flatMap((engine) => Object.values(next[engine])));
  next.commits = Object.fromEntries(Object.entries(pins.commits).filter(([commit]) => used.has(commit)));
  return next;
}

function rewindLibseccomp(facts, isOld) {
  const cells = decodeLibseccomp(facts).filter(({ entry }) => isOld(entry.v));
  return { ...facts, ...encodeLibseccomp(cells, Object.keys(facts.archSince)) };
}

/** Without the kernels after the day, their calls, and calls that only a later libseccomp brought. */
function rewindKernels({ syscalls, added, libseccomp, isOld }) {
  const kernels = added.kernels.filter((kernel) => isOld(kernel));
  const later = new Set(added.kernels.filter((kernel) => !isOld(kernel)));
  const gone = (name) => syscalls.kernelByHand?.[name] !== undefined && !libseccomp.names[name];
  const next = structuredClone(syscalls);
  next.rows = next.rows.filter(([name, kernel]) => !later.has(kernel) && !gone(name));
  for (const [arch, names] of Object.entries(next.archKernel))
    for (const [name, kernel] of Object.entries(names)) {
      if (!later.has(kernel)) continue;
      delete names[name];
      const row = next.rows.find(([other]) => other === name);
      if (row) row[next.columns.indexOf(arch)] = null;
    }
  for (const name of Object.keys(next.kernelSource))
    if (/^strace v/.test(next.kernelSource[name]) && !next.rows.some(([other]) => other === name))
      delete next.kernelSource[name];
  const release = [...libseccomp.releases].sort((a, b) => compareTags(a.v, b.v)).at(-1);
  next.numbersFrom = `libseccomp v${release.v} src/syscalls.csv (${release.tableHeader})`;
  const kept = added.added
    .filter(({ kernel }) => !later.has(kernel))
    .map((entry) => ({ ...entry, new: entry.new.filter((name) => !gone(name)) }))
    .filter((entry) => entry.new.length > 0 || entry.newOnArch);
  return {
    syscalls: next,
    added: { ...added, coverage: { ...added.coverage, to: kernels.at(-1) }, kernels, added: kept },
  };
}

function rewindGvisor(facts, days, isOld) {
  if (!days) return facts;
  const read = [...days.keys()].filter((tag) => /^release-\d{8}\.\d+$/.test(tag) && isOld('gvisor', tag));
  const last = read.sort(compareTags).at(-1).replace('release-', '');
  const syscalls = Object.entries(facts.syscalls)
    .map(([name, changes]) => [name, changes.filter(([release]) => release <= last)])
    .filter(([, changes]) => changes.length > 0);
  return {
    ...facts,
    kernelRelease: facts.kernelRelease.filter(([tag]) => tag <= `release-${last}`),
    lastTag: last,
    syscalls: Object.fromEntries(syscalls),
  };
}
