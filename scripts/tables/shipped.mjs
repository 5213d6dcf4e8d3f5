import { compare, plain } from './profiles.mjs';

/** [first release, runc] of neighbouring releases that were made with the same runc; `pins` is by tag. */
function pinnedRuns(pins, commits) {
  const releases = Object.entries(pins).map(([tag, runc]) => [plain(tag), commits[runc] ?? runc]);
  const runs = [];
  for (const [release, runc] of releases.sort(([a], [b]) => compare(a, b))) {
    if (release.includes('-')) continue;
    if (runs.at(-1)?.[1] !== runc) runs.push([release, runc]);
  }
  return runs;
}

/** What hosts usually run, with Docker's pinned runc and the libseccomp of runc's own binaries. */
export function shippedTable(facts) {
  const { schema: _schema, doc: _doc, source: _source, runcCommits, ...engines } = facts('shipped');
  const { docker, buildkit, containerd, commits } = facts('runc-pins');
  const { runc, defaultCapabilities } = facts('runtimes');
  const { projects } = facts('rules-read');
  const lists = Object.fromEntries(
    Object.entries(engines).map(([engine, { doc: _words, capsDoc: _source, ...rest }]) => [engine, rest]),
  );
  return {
    engines: lists,
    runcPins: {
      docker: pinnedRuns(docker, commits),
      buildkit: pinnedRuns(buildkit, commits),
      containerd: pinnedRuns(containerd, commits),
    },
    newestRead: { runc: plain(projects.runc.newest), crun: plain(projects.crun.newest) },
    runcNear: runcCommits.near,
    runcLibseccomp: runc.officialBinaryLibseccomp.runs,
    caps: defaultCapabilities.docker.caps,
  };
}
