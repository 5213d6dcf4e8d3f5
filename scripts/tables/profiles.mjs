/** Without the provenance of each version, which stays in facts/. */
const slim = ({ id, base, set, delta }) => ({ id, base, set: set ?? {}, delta });

/** A tag as versions are written in HOST expressions: `17.03.0-rc1` for `v17.03.0-ce-rc1`. */
export function plain(tag) {
  const found = /^(?:docker-|common\/)?v?(\d+(?:\.\d+){0,3})(?:-ce)?(?:-((?:tp|alpha|beta|rc)\.?\d*))?/.exec(
    tag,
  );
  return found[2] === undefined ? found[1] : `${found[1]}-${found[2]}`;
}

const LABELS = ['tp', 'alpha', 'beta', 'rc'];

/** Sorts as version.ts does; a test compares. */
export function compare(a, b) {
  const parts = (text) => {
    const [numbers, pre] = text.split('-');
    const [, label, count] = /^([a-z]+)\.?(\d*)$/.exec(pre ?? '') ?? [];
    const rank = label === undefined ? LABELS.length : LABELS.indexOf(label);
    return [...numbers.split('.').map(Number), 0, 0, 0].slice(0, 4).concat(rank, Number(count || 0));
  };
  const [x, y] = [parts(a), parts(b)];
  const i = x.findIndex((part, at) => part !== y[at]);
  return i < 0 ? 0 : x[i] - y[i];
}

/** [version, profile id], oldest first, each version once. */
function releasesOf(pairs) {
  const all = pairs.flatMap(([id, tags]) => tags.map((tag) => [plain(tag), id]));
  all.sort(([a], [b]) => compare(a, b));
  return all.filter(([version], i) => i === 0 || compare(all[i - 1][0], version) !== 0);
}

const usesOf = (versions, component) => versions.map(({ id, use }) => [id, use[component] ?? []]);

export function mobyProfiles(facts) {
  const { versions } = facts('moby-default-profile');
  return {
    versions: versions.map(slim),
    releases: {
      docker: releasesOf(usesOf(versions, 'moby')),
      buildkit: releasesOf(usesOf(versions, 'buildkit')),
    },
  };
}

export function containerdProfiles(facts) {
  const { versions } = facts('containerd-default-profile');
  return {
    versions: versions.map(slim),
    releases: { containerd: releasesOf(usesOf(versions, 'containerd')) },
  };
}

/** Components whose tables come from a repository's own seccomp.json in old releases and from a vendored copy later. */
const COMPONENTS = {
  podman: ['podman', 'podman (repo-root seccomp.json)'],
  buildah: ['buildah'],
  crio: ['cri-o', 'cri-o (repo-root seccomp.json)'],
};

export function containersProfiles(facts) {
  const { versions } = facts('containers-default-profile');
  const releases = {};
  for (const [component, uses] of Object.entries(COMPONENTS)) {
    releases[component] = releasesOf(
      versions.map(({ id, use }) => [id, uses.flatMap((name) => use[name] ?? [])]),
    );
  }
  return { versions: versions.map(slim), releases };
}
