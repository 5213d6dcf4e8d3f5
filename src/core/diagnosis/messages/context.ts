import type { Abi } from '../../linux/abi.ts';
import { parseArch } from '../../linux/arch.ts';
import { compileExpression } from './expression.ts';
import type { Line, Rule } from './scanner.ts';
import type { Circumstance, MessageTable } from './table.ts';

/** What a version in a log belongs to. */
export type VersionOf =
  | 'docker'
  | 'podman'
  | 'buildah'
  | 'buildkit'
  | 'containerd'
  | 'crio'
  | 'gvisor'
  | 'runc'
  | 'crun'
  | 'libseccomp'
  | 'kernel'
  | 'arch'
  | 'runner';

export interface Mention {
  readonly of: VersionOf;
  readonly value: string;
  readonly line: number;
}

/** What the log says of the machine and of the image, besides messages. */
export interface LogContext {
  /** The first mention of each, a server's before a client's. */
  readonly mentions: readonly Mention[];
  readonly circumstances: ReadonlySet<Circumstance>;
  /** Both libcs may be mentioned: the host's and the image's. */
  readonly against: ReadonlySet<Circumstance>;
  /** A HOST expression of what is known; undefined where no engine is named with its version. */
  readonly host: string | undefined;
  /** The command of the step that failed, as the log has it. */
  readonly command: string | undefined;
}

type Engine = 'docker' | 'podman' | 'buildah' | 'buildkit' | 'containerd' | 'crio' | 'gvisor';

/** Which engine's profile was in force where several are named: the outer ones come last. */
const ENGINES: readonly Engine[] = [
  'gvisor',
  'podman',
  'buildah',
  'buildkit',
  'docker',
  'crio',
  'containerd',
];

const VERSION = String.raw`v?(\d{1,3}\.\d{1,3}(?:\.\d{1,3})?(?:-(?:rc|beta|alpha)\.?\d{0,3})?)`;

/** Patterns of versions; the first group is the version. */
const VERSIONS: readonly (readonly [of: VersionOf, match: string, strong?: boolean])[] = [
  ['docker', `server version:? ${VERSION}`, true],
  ['docker', `docker version:? {0,8}${VERSION}`],
  ['docker', String.raw`\bdocker-ce(?:\.\w{3,8})?[ =:_-]{1,40}(?:\d:)?${VERSION}`],
  ['docker', String.raw`\bdocker\.io(?:[.:=/-]| {1,30})\D{0,12}${VERSION}`],
  ['docker', `docker engine(?: - community)?:? {1,4}${VERSION}`],
  ['docker', `container runtime version:? {0,8}docker://${VERSION}`, true],
  ['docker', String.raw`\bdocker@${VERSION}`, true],
  ['docker', String.raw`\bdocker:${VERSION}-dind`],
  ['podman', `podman version:? {0,8}${VERSION}`],
  ['buildah', `buildah version:? {0,8}${VERSION}`],
  ['buildkit', `buildkitd? (?:version:? {0,8})?${VERSION}`],
  ['buildkit', `moby/buildkit:?/? ?${VERSION}`],
  ['containerd', `containerd://${VERSION}`, true],
  [
    'containerd',
    String.raw`containerd(?:\.io)? (?:github\.com/containerd/containerd )?(?:version:? {0,8})?${VERSION}`,
  ],
  ['containerd', `containerd version:? {0,8}${VERSION}`],
  ['crio', `cri-o://${VERSION}`, true],
  ['crio', `crio version:? {0,8}${VERSION}`],
  ['gvisor', String.raw`runsc version (?:release-)?(\d{8})`, true],
  ['runc', `runc version:? {0,8}${VERSION}`],
  ['crun', `crun version:? {0,8}${VERSION}`],
  ['libseccomp', `libseccomp:? {0,8}${VERSION}`],
  ['libseccomp', String.raw`libseccomp2(?::\w{3,8})? {1,30}${VERSION}`],
  ['kernel', `kernel(?: version)?:? {1,8}(?:linux )?${VERSION}`],
  ['kernel', String.raw`\blinux (?:version |\S{1,60} )${VERSION}\S{0,40}(?: #\d| SMP|$)`],
];

const HINTS: readonly (readonly [of: Circumstance, match: string])[] = [
  [
    'musl',
    String.raw`\balpine\b|\bmusl\b|\bapk (?:add|update|upgrade)\b|\bbusybox\b|\(\d{1,3}/\d{1,3}\) Installing`,
  ],
  [
    'glibc',
    String.raw`\bubuntu\b|\bdebian\b|\bfedora\b|\bcentos\b|\brocky\b|\balmalinux\b|\barchlinux\b|\bopensuse\b|\bamazonlinux\b|bookworm|bullseye|trixie|jammy|noble|apt-get|\bglibc\b|libc\.so\.6|linux-gnu|\bubi[89]\b`,
  ],
  [
    '32bit',
    String.raw`\barmv[67]|\barmhf\b|arm32v[5-7]|linux/arm(?:/v[67])?\b|raspb(?:ian|erry)|\bi386\b|\bi586\b|\bi686\b|linux/386\b|-v7l\b|\barmel\b|32-bit`,
  ],
  [
    'newglibc',
    String.raw`\b(?:jammy|kinetic|lunar|mantic|noble|oracular|plucky|bookworm|trixie|rawhide)\b|ubuntu[:@ -]2[2-9]\.|fedora[: ](?:3[5-9]|4\d)|\bubi9\b|debian[: ](?:1[2-9])|\.el9\b|amazonlinux:2023`,
  ],
  ['gvisor', String.raw`\bgvisor\b|\brunsc\b|cloud run\b|container sandbox:|starting gvisor`],
  ['wsl1', String.raw`4\.4\.0-\d{5}-Microsoft|\bWSL ?1\b|\bWSLv1\b`],
];

const NOT_32 = String.raw`\bamd64\b|\bx86_64\b|\blinux/amd64\b|\barm64\b|\baarch64\b`;

const ARCH = String.raw`(?:architecture|os/arch|platform|uname -m|machine)\W{1,4}(?:linux/)?(\w{3,12})`;

/** Commands of steps, as builders print them; the first group is the command. */
const COMMANDS: readonly string[] = [
  "the command '(?:/bin/(?:ba)?sh -c )(.{1,400})' returned a non-zero code",
  String.raw`process "(?:/bin/(?:ba)?sh (?:-o pipefail )?-\w{1,6} )(.{1,400})" did not complete successfully`,
  String.raw`executor failed running \[(?:/bin/(?:ba)?sh -c )(.{1,400})\]`,
];

/** Rules that gather the context, and what they gathered. */
export function contextRules(table: Pick<MessageTable, 'runners'>): {
  readonly rules: readonly Rule[];
  result(): LogContext;
} {
  const mentions = new Map<VersionOf, Mention & { readonly strong: boolean }>();
  const circumstances = new Set<Circumstance>();
  let not32 = false;
  let command: string | undefined;
  const runner: { label?: string; version?: string } = {};

  const mention = (of: VersionOf, value: string, line: Line, strong = false): void => {
    const old = mentions.get(of);
    if (!old || (strong && !old.strong)) mentions.set(of, { of, value, line: line.number, strong });
  };
  const rule = (match: string, found: Rule['found']): Rule => ({
    expression: compileExpression(match),
    found,
  });
  let inServer = 0;
  const rules: Rule[] = [
    ...VERSIONS.map(([of, match, strong]) =>
      rule(match, ([, value], line) => mention(of, value!, line, strong)),
    ),
    ...HINTS.map(([of, match]) => rule(match, () => circumstances.add(of))),
    rule(NOT_32, () => {
      not32 = true;
    }),
    rule(ARCH, ([, value], line) => {
      if (parseArch(value!.toLowerCase()) !== undefined) mention('arch', value!.toLowerCase(), line);
    }),
    // `docker version`: the server's part has the version on a line of its own.
    rule('^ ?server:', (_, line) => {
      inServer = line.number;
    }),
    rule(`^ {1,4}version: {1,24}${VERSION}`, ([, value], line) => {
      if (inServer > 0 && line.number - inServer <= 3) mention('docker', value!, line, true);
    }),
    rule(String.raw`\b(ubuntu-(?:16|18|20|22|24)\.04)\b`, ([, label]) => {
      runner.label ??= label!.toLowerCase();
    }),
    rule(String.raw`(?:image )?version: {1,4}(20\d{6})\.\d`, ([, version], line) => {
      runner.version ??= version!;
      if (runner.label !== undefined) mention('runner', `${runner.label}/${version}`, line);
    }),
    ...COMMANDS.map((match) =>
      rule(match, ([, text]) => {
        command = text;
      }),
    ),
  ];
  return {
    rules,
    result: () => {
      if (mentions.has('runner')) fromRunner(table, runner, mentions);
      const against = new Set<Circumstance>();
      if (circumstances.has('glibc') && !circumstances.has('musl')) against.add('musl');
      if (circumstances.has('musl') && !circumstances.has('glibc')) against.add('glibc');
      if (not32 && !circumstances.has('32bit')) {
        against.add('32bit');
      }
      return {
        mentions: [...mentions.values()].map(({ of, value, line }) => ({ of, value, line })),
        circumstances,
        against,
        host: hostOf(mentions, circumstances),
        command,
      };
    },
  };
}

/** The versions of an image of GitHub's runners, where the log itself does not have them. */
function fromRunner(
  { runners }: Pick<MessageTable, 'runners'>,
  { label, version }: { label?: string; version?: string },
  mentions: Map<VersionOf, Mention & { readonly strong: boolean }>,
): void {
  const row = runners.filter(([own, since]) => own === label && since <= (version ?? '')).at(-1);
  if (!row) return;
  const [, , docker, , kernel] = row;
  const { line } = mentions.get('runner')!;
  if (docker !== null && !mentions.has('docker'))
    mentions.set('docker', { of: 'docker', value: docker, line, strong: false });
  if (kernel !== null && !mentions.has('kernel'))
    mentions.set('kernel', { of: 'kernel', value: kernel, line, strong: false });
}

function hostOf(
  mentions: ReadonlyMap<VersionOf, Mention>,
  circumstances: ReadonlySet<Circumstance>,
): string | undefined {
  const engine = ENGINES.find((name) => mentions.has(name));
  if (engine === undefined) return undefined;
  const parts = [`${engine}@${mentions.get(engine)!.value}`];
  if (engine !== 'gvisor') {
    for (const key of ['runc', 'crun', 'libseccomp', 'kernel'] as const) {
      const found = mentions.get(key);
      // One runtime only: an expression that names two is none.
      if (found && !(key === 'crun' && mentions.has('runc'))) parts.push(`${key}=${found.value}`);
    }
  }
  const arch = archOf(mentions, circumstances);
  if (arch !== undefined) parts.push(`arch=${arch}`);
  return parts.join(',');
}

function archOf(
  mentions: ReadonlyMap<VersionOf, Mention>,
  circumstances: ReadonlySet<Circumstance>,
): Abi | undefined {
  const named = mentions.get('arch');
  const arch = named === undefined ? undefined : parseArch(named.value);
  return arch ?? (circumstances.has('32bit') ? 'arm' : undefined);
}
