import { ID_LENGTH } from './clone.mjs';
import { readDefaultJson } from './defaultJson.mjs';
import { readGoProfile } from './goProfile.mjs';
import { decode, describeDifference, encode, textOf } from './history.mjs';
import { compareTags, parseTag } from './versions.mjs';

/** moby/moby also has tags of its Go modules: `v2.0.0-beta.1`, `api/v1.52.0`. */
const isDocker = (tag) =>
  tag.startsWith('docker-v') || (/^v/.test(tag) && [1].concat(YEARS).includes(parseTag(tag)?.numbers[0]));
const YEARS = Array.from({ length: 13 }, (_, i) => 17 + i);
const isPlain = (tag) => /^v\d/.test(tag) && parseTag(tag) !== undefined;

const COMMON = 'vendor/github.com/containers/common/pkg/seccomp/seccomp.json';
const COMMON_NEW = 'vendor/go.podman.io/common/pkg/seccomp/seccomp.json';
const COMMON_OLD = 'vendor/github.com/seccomp/containers-golang/seccomp.json';
const rootOf = (project) => ({ path: 'seccomp.json', component: `${project} (repo-root seccomp.json)` });

/**
 * Where each project keeps its profile. `paths`: the first that a tag has counts; one that stands for a component of its
 * own says so. Tags that `isRelease` refuses are not looked at.
 */
const SOURCES = {
  'moby-default-profile': [
    {
      project: 'moby',
      isRelease: isDocker,
      paths: ['vendor/github.com/moby/profiles/seccomp/default.json', 'profiles/seccomp/default.json'],
      read: readDefaultJson,
    },
    {
      project: 'buildkit',
      isRelease: isPlain,
      paths: [
        'vendor/github.com/moby/profiles/seccomp/default.json',
        'vendor/github.com/docker/docker/profiles/seccomp/default.json',
      ],
      read: readDefaultJson,
    },
  ],
  'containerd-default-profile': [
    {
      project: 'containerd',
      isRelease: isPlain,
      paths: ['contrib/seccomp/seccomp_default.go'],
      read: readGoProfile,
    },
  ],
  'containers-default-profile': [
    {
      project: 'containers/common',
      isRelease: isPlain,
      paths: ['pkg/seccomp/seccomp.json'],
      read: readDefaultJson,
    },
    {
      project: 'containers/container-libs',
      isRelease: (tag) => tag.startsWith('common/v'),
      paths: ['common/pkg/seccomp/seccomp.json'],
      read: readDefaultJson,
    },
    {
      project: 'seccomp/containers-golang',
      isRelease: isPlain,
      paths: ['seccomp.json'],
      read: readDefaultJson,
    },
    ...['podman', 'buildah', 'cri-o'].map((project) => ({
      project,
      isRelease: isPlain,
      paths: [COMMON_NEW, COMMON, COMMON_OLD, ...(project === 'buildah' ? [] : [rootOf(project)])],
      read: readDefaultJson,
    })),
  ],
};

/** The histories, and the projects that each is read from. */
export const PROFILE_FILES = Object.entries(SOURCES).map(([file, sources]) => ({
  file,
  projects: sources.map(({ project }) => project),
}));

/**
 * Adds the profiles of tags that a history does not have yet. Gives the new history, or the old one where nothing came.
 * @param {{ file: string, history: object, clones: Map<string, import('./clone.mjs').Clone>, until?: string }} what
 *   `until`: tags made after that day are not looked at
 * @param report `{ problem, news }`
 */
export function updateProfiles({ file, history, clones, until }, report) {
  const entries = decode(structuredClone(history));
  const fresh = [];
  for (const source of SOURCES[file]) {
    const clone = clones.get(source.project);
    if (clone) fresh.push(...newTags({ source, clone, entries, until }, report));
  }
  if (fresh.length === 0) return history;
  const rank = new Map(SOURCES[file].map(({ project }, i) => [project, i]));
  fresh.sort(
    (a, b) =>
      (a.day < b.day ? -1 : a.day > b.day ? 1 : 0) ||
      rank.get(a.project) - rank.get(b.project) ||
      compareTags(a.tag, b.tag),
  );
  const byContent = new Map(entries.map((entry) => [keyOf(entry), entry]));
  for (const found of fresh) add(found, entries, byContent, report);
  return { ...history, versions: encode(entries.map(inOrder)) };
}

const keyOf = ({ content, capSets }) => `${textOf(content)} ${capSets ?? ''}`;

/** Tags that no entry has yet, each with its profile: `{ project, component, tag, day, path, blob, content }`. */
function newTags({ source, clone, entries, until }, report) {
  const { project, isRelease, read } = source;
  const paths = source.paths.map((path) => (typeof path === 'string' ? { path, component: project } : path));
  const tags = clone.tags().filter(({ tag, day }) => isRelease(tag) && (!until || day <= until));
  const blobs = clone.blobs(tags.flatMap(({ tag }) => paths.map(({ path }) => `${tag}:${path}`)));
  const known = new Map(
    entries.flatMap((entry) =>
      paths.flatMap(({ component }) => (entry.use[component] ?? []).map((tag) => [tag, entry])),
    ),
  );
  const newest = [...known.keys()].sort(compareTags).at(-1);
  const contents = new Map();
  const found = [];
  for (const { tag, day } of tags) {
    const at = paths.find(({ path }) => blobs.has(`${tag}:${path}`));
    const entry = known.get(tag);
    if (!at) {
      if (!entry && newest !== undefined && compareTags(tag, newest) > 0)
        report.problem(
          `${project} ${tag} has none of ${paths.map(({ path }) => path).join(', ')}: say in scripts/facts/update/profiles.mjs where its profile is now`,
        );
      continue;
    }
    const blob = blobs.get(`${tag}:${at.path}`).slice(0, ID_LENGTH);
    if (entry) {
      if (
        !entry.src.some(
          ([component, path, id]) => component === at.component && path === at.path && id === blob,
        )
      )
        report.problem(
          `${project} ${tag}: ${at.path} is ${blob}, which facts do not say of ${entry.id}: was the tag moved?`,
        );
      continue;
    }
    if (!contents.has(blob)) {
      try {
        contents.set(blob, read(clone.text(blob)));
      } catch (error) {
        report.problem(`${project} ${tag}: ${at.path}: ${error.message}`);
        continue;
      }
    }
    const { capSets, ...content } = contents.get(blob);
    found.push({ project, ...at, tag, day, blob, content, ...(capSets ? { capSets } : {}) });
  }
  return found;
}

function add({ project, component, tag, day, path, blob, content, capSets }, entries, byContent, report) {
  const key = keyOf({ content, capSets });
  let entry = byContent.get(key);
  if (!entry) {
    entry = { id: `${project} ${tag}`, day, use: {}, src: [], ...(capSets ? { capSets } : {}), content };
    byContent.set(key, entry);
    const before = nearest(entries, content);
    entries.push(entry);
    report.news(
      project,
      tag,
      before ? { changed: describeDifference(before.content, content), since: before.id } : {},
    );
  } else report.news(project, tag, { same: entry.id });
  entry.use[component] = [...(entry.use[component] ?? []), tag];
  if (!entry.src.some(([other, at, id]) => other === component && at === path && id === blob))
    entry.src.push([component, path, blob, tag]);
}

/** The entry that differs least, for saying what a new profile changes. */
function nearest(entries, content) {
  const size = (entry) =>
    describeDifference(entry.content, content).delta.reduce(
      (sum, { add: more = [], del = [] }) => sum + more.length + del.length,
      0,
    );
  let best;
  for (const entry of entries) if (!best || size(entry) <= size(best)) best = entry;
  return best;
}

function inOrder({ id, day, use, src, capSets, content }) {
  const sorted = Object.keys(use)
    .sort()
    .map((component) => [component, [...use[component]].sort(compareTags)]);
  return {
    id,
    day,
    use: Object.fromEntries(sorted),
    src: [...src].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    ...(capSets ? { capSets } : {}),
    content,
  };
}
