/** Without the provenance of each version, which stays in facts/. */
const slim = ({ id, base, set, delta }) => ({ id, base, set: set ?? {}, delta });

/** Tags by profile id, per component. A tag that two components share stays with the first. */
const tagsOf = (pairs) =>
  pairs.map(([id, tags]) => [id, tags.map((tag) => tag.replace(/^docker-|^common\//, ''))]);

export function mobyProfiles(facts) {
  const { versions, buildkit } = facts('moby-default-profile');
  return {
    versions: versions.map(slim),
    tags: { docker: tagsOf(versions.map(({ id, tags }) => [id, tags])) },
    runs: { buildkit: buildkit.runs },
  };
}

export function containerdProfiles(facts) {
  const { versions } = facts('containerd-default-profile');
  return {
    versions: versions.map(slim),
    tags: { containerd: tagsOf(versions.map(({ id, tags }) => [id, tags])) },
    runs: {},
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
  const tags = {};
  for (const [component, uses] of Object.entries(COMPONENTS)) {
    tags[component] = tagsOf(
      versions.map(({ id, use }) => [id, uses.flatMap((name) => use[name] ?? [])]),
    ).filter(([, list]) => list.length > 0);
  }
  return { versions: versions.map(slim), tags, runs: {} };
}
