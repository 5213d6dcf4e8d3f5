/** What hosts usually run, with Docker's pinned runc and the libseccomp of runc's own binaries. */
export function shippedTable(facts) {
  const { schema: _schema, doc: _doc, source: _source, runcCommits, ...engines } = facts('shipped');
  const { runc, crun, dockerBundledRunc, defaultCapabilities } = facts('runtimes');
  const lists = Object.fromEntries(
    Object.entries(engines).map(([engine, { doc: _words, ...rest }]) => [engine, rest]),
  );
  const podman = defaultCapabilities['podman/buildah (containers/common)'];
  return {
    engines: lists,
    dockerRunc: dockerBundledRunc.runs.map(([first, version, last]) => [first, version, last]),
    newestRead: { runc: runc.newestRead, crun: crun.newestRead },
    runcNear: runcCommits.near,
    runcLibseccomp: runc.officialBinaryLibseccomp.runs,
    caps: { docker: defaultCapabilities.docker.caps, podman14: podman[0][1], podman11: podman[2][1] },
  };
}
