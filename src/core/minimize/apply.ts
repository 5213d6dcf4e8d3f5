import { shellLine } from '../linux/shellWords.ts';
import type { Loader } from './elsewhere.ts';

/** One way to put a profile to use. */
export interface Application {
  readonly kind: ApplicationKind;
  /** Who loads the file then: each of them has to make of it what was proven. Empty: no engine reads the file. */
  readonly engines: readonly Loader[];
  readonly where: string;
  /** What to type or to write into that file. */
  readonly text: string;
}

export type ApplicationKind =
  | 'docker-run'
  | 'podman-run'
  | 'docker-daemon'
  | 'podman-conf'
  | 'kubernetes-pod'
  | 'kubernetes-operator'
  | 'systemd'
  | 'buildkit'
  | 'github-actions';

const KUBERNETES = ['containerd', 'crio'] as const;

/** What systemd can be told. */
export interface Changed {
  readonly allow: readonly string[];
  readonly enosys: readonly string[];
  /** Answered ENOSYS for some arguments only. */
  readonly enosysArgs?: readonly string[];
  /** Of `allow`: with some arguments only. */
  readonly conditional: readonly string[];
  /** `allow` is everything that is allowed, and all else answers ENOSYS. */
  readonly whole: boolean;
}

/** How each tool is told to use the profile at `path`; `name` is the file's name. */
export function applicationsOf(path: string, name: string, changed: Changed): readonly Application[] {
  const { enosysArgs = [] } = changed;
  const systemd = [
    ...(enosysArgs.length > 0
      ? [
          `# systemd cannot look at arguments: it cannot answer ENOSYS to some calls of ${enosysArgs.join(', ')} only.`,
        ]
      : []),
    ...(changed.conditional.length > 0
      ? [`# systemd cannot look at arguments: this allows all of ${changed.conditional.join(', ')}.`]
      : []),
    ...(changed.whole
      ? ['SystemCallErrorNumber=ENOSYS']
      : changed.allow.length > 0
        ? ['# It adds to the list that the unit has. A unit without one would be let nothing else.']
        : []),
    ...(changed.allow.length > 0 ? [`SystemCallFilter=${changed.allow.join(' ')}`] : []),
    ...(changed.enosys.length > 0
      ? [`SystemCallFilter=~${changed.enosys.map((one) => `${one}:ENOSYS`).join(' ')}`]
      : []),
  ];
  return [
    {
      kind: 'docker-run',
      engines: ['docker'],
      where: 'docker run',
      text: `${shellLine(['docker', 'run', '--security-opt', `seccomp=${path}`])} …`,
    },
    {
      kind: 'podman-run',
      engines: ['podman'],
      where: 'podman run',
      text: `${shellLine(['podman', 'run', '--security-opt', `seccomp=${path}`])} …`,
    },
    {
      kind: 'docker-daemon',
      engines: ['docker'],
      where: '/etc/docker/daemon.json',
      text: `{ "seccomp-profile": ${JSON.stringify(path)} }`,
    },
    {
      kind: 'podman-conf',
      engines: ['podman'],
      where: '/etc/containers/containers.conf',
      text: `[containers]\nseccomp_profile = ${JSON.stringify(path)}`,
    },
    {
      kind: 'kubernetes-pod',
      engines: KUBERNETES,
      where: 'Kubernetes pod (file under /var/lib/kubelet/seccomp/)',
      text: `securityContext:\n  seccompProfile:\n    type: Localhost\n    localhostProfile: ${/^\w[\w.-]*$/.test(name) ? name : JSON.stringify(name)}`,
    },
    {
      kind: 'kubernetes-operator',
      engines: KUBERNETES,
      where: 'Kubernetes Security Profiles Operator (the whole object is in the JSON result too)',
      text: `${shellLine(['trace-build', 'profile', 'convert', path])} --to spo --name ${objectName(name)} | kubectl apply -f -`,
    },
    {
      kind: 'systemd',
      engines: [],
      where: 'systemd drop-in (a service of its own; there is no base profile)',
      text: `[Service]\n${systemd.join('\n')}`,
    },
    {
      kind: 'buildkit',
      engines: [],
      where: 'docker build with BuildKit (it takes no profile: the step runs without one)',
      text: 'docker buildx build --allow security.insecure …   # with RUN --security=insecure on that step',
    },
    {
      kind: 'github-actions',
      engines: ['github-runner'],
      where:
        'GitHub Actions (in a step: the container of a job starts before the checkout, when the file is not there)',
      text: `steps:\n  - uses: actions/checkout@v4\n  - run: docker run --rm ${shellLine(['--security-opt', `seccomp=./${name}`])} -v "$PWD:/src" -w /src IMAGE COMMAND`,
    },
  ];
}

/** A name that Kubernetes takes for an object (RFC 1123 subdomain). */
export function objectName(file: string): string {
  const plain = file
    .replace(/\.json$/, '')
    .toLowerCase()
    .replace(/[^a-z0-9.-]/g, '-')
    .replace(/^[^a-z0-9]+|(?<![^a-z0-9])[^a-z0-9]+$/g, '');
  return plain === '' ? 'trace-build-seccomp' : plain;
}
