/** One way to put a profile to use. */
export interface Application {
  readonly where: string;
  /** What to type or to write into that file. */
  readonly text: string;
}

/** How each tool is told to use the profile at `path`; `name` is the file's name, `syscalls` what systemd can be told. */
export function applicationsOf(
  path: string,
  name: string,
  changed: { readonly allow: readonly string[]; readonly enosys: readonly string[] },
): readonly Application[] {
  const systemd = [
    ...(changed.allow.length > 0
      ? [
          '# It adds to the list that the unit has. A unit without one would be let nothing else.',
          `SystemCallFilter=${changed.allow.join(' ')}`,
        ]
      : []),
    ...(changed.enosys.length > 0
      ? [`SystemCallFilter=~${changed.enosys.map((one) => `${one}:ENOSYS`).join(' ')}`]
      : []),
  ];
  return [
    { where: 'docker run', text: `docker run --security-opt seccomp=${path} …` },
    { where: 'podman run', text: `podman run --security-opt seccomp=${path} …` },
    { where: '/etc/docker/daemon.json', text: `{ "seccomp-profile": "${path}" }` },
    { where: '/etc/containers/containers.conf', text: `[containers]\nseccomp_profile = "${path}"` },
    {
      where: 'Kubernetes pod (file under /var/lib/kubelet/seccomp/)',
      text: `securityContext:\n  seccompProfile:\n    type: Localhost\n    localhostProfile: ${name}`,
    },
    {
      where: 'Kubernetes Security Profiles Operator (the whole object is in the JSON result too)',
      text: `trace-build profile convert ${path} --to spo --name ${objectName(name)} | kubectl apply -f -`,
    },
    {
      where: 'systemd drop-in (a service of its own; there is no base profile)',
      text: `[Service]\n${systemd.join('\n')}`,
    },
    {
      where: 'docker build with BuildKit (it takes no profile: the step runs without one)',
      text: 'docker buildx build --allow security.insecure …   # with RUN --security=insecure on that step',
    },
    {
      where:
        'GitHub Actions (in a step: the container of a job starts before the checkout, when the file is not there)',
      text: `steps:\n  - uses: actions/checkout@v4\n  - run: docker run --rm --security-opt seccomp=./${name} -v "$PWD:/src" -w /src IMAGE COMMAND`,
    },
  ];
}

/** A name that Kubernetes takes for an object (RFC 1123 subdomain). */
export function objectName(file: string): string {
  const plain = file
    .replace(/\.json$/, '')
    .toLowerCase()
    .replace(/[^a-z0-9.-]/g, '-')
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '');
  return plain === '' ? 'trace-build-seccomp' : plain;
}
