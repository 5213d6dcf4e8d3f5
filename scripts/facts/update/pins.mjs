import { ID_LENGTH } from './clone.mjs';
import { compareTags, parseTag } from './versions.mjs';

const isPlain = (tag) => /^v\d/.test(tag) && parseTag(tag) !== undefined;
const isDocker = (tag) => /^(docker-v\d|v1\.1\d|v1[7-9]|v2\d)/.test(tag) && parseTag(tag) !== undefined;
const RELEASE_RANK = parseTag('v1.0').rank;

/** A line that says which runc: the first of the group that took part is the commit or version. */
const ARGUMENT = /^(?:ARG|ENV) RUNC_(?:VERSION|COMMIT)[= ]["']?([\w.-]+)["']?\s*$/m;
const INSTALLER = /^(?:RUNC_COMMIT=|: "?\$\{RUNC_(?:VERSION|COMMIT):=)([\w.-]+)/m;

/**
 * Where each project says which runc it is released with. The first file that a tag has and that matches counts.
 * `preReleases`: whether those have pins of their own in the facts.
 */
const SOURCES = {
  docker: {
    project: 'moby',
    isRelease: (tag) => isDocker(tag) && parseTag(tag).rank === RELEASE_RANK,
    files: [
      ['hack/dockerfile/install/runc.installer', INSTALLER],
      ['hack/dockerfile/binaries-commits', INSTALLER],
      ['Dockerfile', ARGUMENT],
    ],
  },
  buildkit: {
    project: 'buildkit',
    isRelease: isPlain,
    files: [
      ['Dockerfile', ARGUMENT],
      ['hack/dockerfiles/test.Dockerfile', ARGUMENT],
      ['hack/dockerfiles/test.buildkit.Dockerfile', ARGUMENT],
    ],
  },
  containerd: {
    project: 'containerd',
    isRelease: isPlain,
    files: [
      ['script/setup/runc-version', /^([\w.-]+)\s*$/m],
      ['vendor.conf', /^github\.com\/opencontainers\/runc\s+([\w.-]+)/m],
    ],
  },
};

/**
 * Adds the runc that new tags pin to `runc-pins/1`, as it is written there: a version as runc tags it, or a commit.
 * `commits` names the commits as git describes them in a clone of runc, and shortens those of forks.
 */
export function updatePins({ pins, clones, until }, report) {
  const next = { ...pins };
  for (const [engine, source] of Object.entries(SOURCES)) {
    const clone = clones.get(source.project);
    if (!clone) continue;
    const known = pins[engine] ?? {};
    const fresh = newPins({ source, clone, known, until }, report);
    if (Object.keys(fresh).length === 0) continue;
    report.pins(engine, fresh);
    next[engine] = inOrder({ ...known, ...fresh }, compareTags);
  }
  next.commits = namedCommits(next, clones.get('runc'), report);
  return next;
}

const inOrder = (object, compare) =>
  Object.fromEntries(
    Object.keys(object)
      .sort(compare)
      .map((key) => [key, object[key]]),
  );

function newPins({ source: { project, isRelease, files }, clone, known, until }, report) {
  const newest = Object.keys(known).sort(compareTags).at(-1);
  const tags = clone
    .tags()
    .filter(({ tag, day }) => isRelease(tag) && known[tag] === undefined && (!until || day <= until))
    .map(({ tag }) => tag);
  const fresh = {};
  for (const [tag, texts] of textsOf(clone, tags, files)) {
    const pin = texts.map(([text, pattern]) => pattern.exec(text)?.[1]).find((found) => found !== undefined);
    if (pin !== undefined) fresh[tag] = pin;
    else if (newest !== undefined && compareTags(tag, newest) > 0)
      report.problem(
        `${project} ${tag} pins no runc in ${files.map(([path]) => path).join(', ')}: say in scripts/facts/update/pins.mjs where it does`,
      );
  }
  return fresh;
}

const COMMIT = /^[\da-f]{40}$/;

function namedCommits({ commits = {}, ...engines }, runc, report) {
  const used = Object.keys(SOURCES).flatMap((engine) => Object.values(engines[engine] ?? {}));
  const missing = [...new Set(used)].filter((pin) => COMMIT.test(pin) && commits[pin] === undefined);
  if (missing.length === 0) return commits;
  if (!runc)
    report.problem(`runc is pinned by commit (${missing.join(', ')}): give a clone too, as runc=CLONE`);
  const named = missing.map((pin) => [pin, runc?.describe(pin) ?? pin.slice(0, ID_LENGTH)]);
  return inOrder({ ...commits, ...Object.fromEntries(named) });
}

/** `[tag, [[text, pattern]…]]` of the files that each tag has; equal files are read once. */
function textsOf(clone, tags, files) {
  const blobs = clone.blobs(tags.flatMap((tag) => files.map(([path]) => `${tag}:${path}`)));
  const texts = new Map();
  return tags.map((tag) => [
    tag,
    files.flatMap(([path, pattern]) => {
      const id = blobs.get(`${tag}:${path}`);
      if (id === undefined) return [];
      if (!texts.has(id)) texts.set(id, clone.text(id));
      return [[texts.get(id), pattern]];
    }),
  ]);
}
