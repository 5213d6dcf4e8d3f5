import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { watchKernel } from '../../src/io/recording/kernelWatch.ts';
import { CHROMIUM } from './chromium.ts';
import { type COMPONENTS, lacksComponent } from './components.ts';

/** Installs and starts everything, as root. */
export const SETUP = 'npm run test:setup';

/** Something that a test may need besides Node and the essential packages of Debian. */
interface Requirement {
  /** What to do where it is missing. */
  readonly get: string;
  /** Why it can't be used here; undefined when it can. */
  readonly look: () => Promise<string | undefined>;
}

/** How a program ended; `status` is undefined where it could not be started, was killed or took too long. */
function ended(
  file: string,
  args: readonly string[],
): Promise<{ readonly status?: number; readonly said: string }> {
  return new Promise((done) => {
    execFile(file, args, { timeout: 60_000, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : undefined;
      const said =
        (error?.killed && 'no end within a minute') || stderr.trim() || stdout.trim() || error?.message || '';
      done({ ...(status === undefined ? {} : { status }), said: said.split('\n').at(-1)! });
    });
  });
}

function onPath(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

const isRoot = (): boolean => process.getuid?.() === 0;

/** A program of a Debian package. */
const program = (name: string, debian = name): Requirement => ({
  get: `apt-get install ${debian}`,
  look: async () => (onPath(name) ? undefined : `${name} is not installed`),
});

/** A program that also has to do its work here: it may lack a library, or the right to trace or to make namespaces. */
const working = (name: string, args: readonly string[], debian: string): Requirement => ({
  get: `apt-get install ${debian}`,
  look: async () => {
    if (!onPath(name)) return `${name} is not installed`;
    const { status, said } = await ended(name, args);
    return status === 0 ? undefined : `${name} does not work here (${said})`;
  },
});

/** A header with its library, found by compiling a program that uses it. */
const compiles = (
  compiler: string,
  header: string,
  options: readonly string[],
  debian: string,
): Requirement => ({
  get: `apt-get install ${debian}`,
  look: async () => {
    if (!onPath(compiler)) return `${compiler} is not installed`;
    const folder = mkdtempSync(join(tmpdir(), 'trace-build-need-'));
    try {
      const source = join(folder, 'need.c');
      writeFileSync(source, `#include <stdio.h>\n#include <${header}>\nint main(void) { return 0; }\n`);
      const { status } = await ended(compiler, ['-o', join(folder, 'need'), source, ...options]);
      return status === 0 ? undefined : `${compiler} finds no ${header}, or no library for it`;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
});

const component = (name: keyof typeof COMPONENTS): Requirement => ({
  get: SETUP,
  look: async () => lacksComponent(name),
});

const image = (name: string): Requirement => ({
  get: SETUP,
  look: async () =>
    (await ended('docker', ['image', 'inspect', name])).status === 0
      ? undefined
      : `the image ${name} is not made`,
});

/** Everything that tests ask for, by the name that they use. */
export const REQUIREMENTS = {
  linux: {
    get: 'run the tests on Linux',
    look: async () => (process.platform === 'linux' ? undefined : 'this is not Linux'),
  },
  root: {
    get: 'run the tests as root',
    look: async () => {
      if (!isRoot()) return 'the user is not root';
      const { status, said } = await ended('unshare', ['--mount', 'true']);
      return status === 0 ? undefined : `root may not mount here (${said})`;
    },
  },
  'clone for all': {
    get: 'chmod -R go+rX .',
    look: async () => {
      const { mode } = statSync(join(import.meta.dirname, '../../package.json'));
      return mode & 0o004 ? undefined : 'the files of this clone can be read by their owner only';
    },
  },
  docker: {
    get: SETUP,
    look: async () => {
      if (!onPath('docker')) return 'docker is not installed';
      return (await ended('docker', ['info'])).status === 0 ? undefined : 'no Docker daemon answers';
    },
  },
  podman: working('podman', ['info'], 'podman'),
  strace: working('strace', ['-f', '-o', '/dev/null', 'true'], 'strace'),
  bwrap: working('bwrap', ['--dev-bind', '/', '/', '--', 'true'], 'bubblewrap'),
  'kernel events': {
    get: 'run the tests as root, or with CAP_PERFMON, on a kernel with CONFIG_FTRACE_SYSCALLS',
    look: async () => {
      const watch = await watchKernel([process.pid]);
      if (!watch.ok) return watch.failure.what;
      await watch.value.stop();
      return undefined;
    },
  },
  bash: program('bash'),
  busybox: program('busybox', 'busybox-static'),
  chromium: {
    get: 'apt-get install chromium',
    look: async () => (existsSync(CHROMIUM) ? undefined : `${CHROMIUM} is not installed`),
  },
  cc: compiles('cc', 'linux/seccomp.h', [], 'gcc libc6-dev'),
  gcc: compiles('gcc', 'stdlib.h', ['-static'], 'gcc libc6-dev'),
  libseccomp: compiles('cc', 'seccomp.h', ['-lseccomp'], 'gcc libseccomp-dev'),
  crun: program('crun'),
  'docker client': program('docker', 'docker.io'),
  dockerd: program('dockerd', 'docker.io'),
  'dpkg-query': program('dpkg-query', 'dpkg'),
  fish: program('fish'),
  git: program('git'),
  groff: program('groff'),
  iptables: program('iptables'),
  'musl-gcc': program('musl-gcc', 'musl-tools'),
  nft: program('nft', 'nftables'),
  npm: program('npm'),
  perl: program('perl', 'perl-base'),
  'pkg-config': program('pkg-config'),
  python3: program('python3'),
  runc: program('runc'),
  runsc: program('runsc'),
  script: program('script', 'bsdutils'),
  setpriv: program('setpriv', 'util-linux'),
  'systemd-nspawn': program('systemd-nspawn', 'systemd-container'),
  tar: program('tar'),
  'user namespaces': working('unshare', ['--user', '--map-root-user', 'true'], 'util-linux'),
  unshare: program('unshare', 'util-linux'),
  zsh: program('zsh'),
  zstd: program('zstd'),
  zig: component('zig'),
  'sid-root': component('sid-root'),
  'i386-root': component('i386-root'),
  'i386-musl': component('i386-musl'),
  'bookworm-image': image('trace-build-ci/bookworm'),
  'sid-image': image('trace-build-ci/sid'),
  'postgres-image': image('trace-build-ci/postgres'),
  'zig-image': image('trace-build-ci/zig'),
} as const satisfies Readonly<Record<string, Requirement>>;

export type Need = keyof typeof REQUIREMENTS;

/** A sentence for everything that is not met here, such as `strace is not installed: apt-get install strace`. */
export type Unmet = Readonly<Partial<Record<Need, string>>>;

export async function lookForRequirements(): Promise<Unmet> {
  const looked = await Promise.all(
    Object.entries(REQUIREMENTS).map(async ([name, { get, look }]) => {
      const why = await look();
      return why === undefined ? [] : [[name, `${why}: ${get}`] as const];
    }),
  );
  return Object.fromEntries(looked.flat());
}
