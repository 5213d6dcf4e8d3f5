import { compareTags } from './versions.mjs';

const TABLE = 'pkg/sentry/syscalls/linux/linux64.go';
const RELEASE = 'pkg/sentry/kernel/version/version.go';

/** `123: syscalls.PartiallySupported("name", …` and the other constructors of the sentry's table. */
const ENTRY = /^\s*\d+:\s*syscalls\.(\w+)\(\s*"(\w+)"(?:,\s*(?:(?:linuxerr|syserror)\.(\w+)|[^,\n]*))?/gm;

const STATES = {
  Supported: 'yes',
  SupportedPoint: 'yes',
  PartiallySupported: 'part',
  PartiallySupportedPoint: 'part',
  CapError: 'cap',
};

/** State by name of the amd64 table of a sentry's linux64.go: `yes`, `part`, `cap`, or the name of the errno it always gives. */
export function readSentry(source) {
  const from = source.indexOf('var AMD64');
  const to = source.indexOf('var ARM64');
  if (from < 0) throw new Error('linux64.go has no table AMD64');
  const states = new Map();
  for (const [line, maker, name, errno] of source.slice(from, to < from ? undefined : to).matchAll(ENTRY)) {
    const state = STATES[maker] ?? (/^Error/.test(maker) ? errno : undefined);
    if (state === undefined) throw new Error(`linux64.go: '${line.trim()}' is not known here`);
    states.set(name, state);
  }
  if (states.size === 0) throw new Error('linux64.go has an empty table AMD64');
  return states;
}

const isRelease = (tag) => /^release-\d{8}\.\d+$/.test(tag);
const dateOf = (tag) => tag.replace('release-', '');

/** Adds what changed in the releases after the last one read to `gvisor-amd64-syscalls/1`. */
export function updateGvisor({ facts, clones, until }, report) {
  const clone = clones.get('gvisor');
  if (!clone) return facts;
  const tags = clone
    .tags()
    .filter(({ tag, day }) => isRelease(tag) && dateOf(tag) > facts.lastTag && (!until || day <= until))
    .map(({ tag }) => tag)
    .sort(compareTags);
  if (tags.length === 0) return facts;
  const next = structuredClone(facts);
  const seen = new Map();
  for (const tag of tags) {
    const source = clone.text(`${tag}:${TABLE}`);
    if (source === undefined) {
      report.problem(
        `gvisor ${tag} has no ${TABLE}: say in scripts/facts/update/gvisor.mjs where its table is`,
      );
      return facts;
    }
    try {
      if (!seen.has(source)) seen.set(source, readSentry(source));
    } catch (error) {
      report.problem(`gvisor ${tag}: ${error.message}`);
      return facts;
    }
    const changes = addStates(next.syscalls, dateOf(tag), seen.get(source));
    addRelease(next.kernelRelease, tag, clone.text(`${tag}:${RELEASE}`));
    next.lastTag = dateOf(tag);
    report.news('gvisor', tag, changes.length > 0 ? { names: changes } : {});
  }
  return next;
}

function addStates(syscalls, date, states) {
  const changed = [];
  const put = (name, state) => {
    syscalls[name] ??= [];
    syscalls[name].push([date, state]);
    changed.push(`${name} ${state}`);
  };
  for (const [name, state] of states) if (syscalls[name]?.at(-1)[1] !== state) put(name, state);
  // What the table no longer has gets the answer for numbers that are not in it.
  for (const [name, changes] of Object.entries(syscalls))
    if (!states.has(name) && !SPELLINGS.has(name) && changes.at(-1)[1] !== 'ENOSYS') put(name, 'ENOSYS');
  return changed;
}

/** Names that the table had under another spelling: the history goes on under the new one. */
const SPELLINGS = new Set(['fstatat', 'pselect']);

function addRelease(releases, tag, source) {
  const release = /LinuxRelease\s*=\s*"([^"]+)"/.exec(source ?? '')?.[1];
  if (release !== undefined && releases.at(-1)?.[1] !== release) releases.push([tag, release]);
}
