import { createHash } from 'node:crypto';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, ok, type Result } from '../../../core/failure.ts';
import { inTemporaryFolder } from '../../files/temporary.ts';
import { HELPERS, type Helpers } from '../helpers.gen.ts';
import { BuildLog, removeMade } from './containerBuild.ts';
import type { ContainerCli, ContainerServer } from './containerCli.ts';
import { lastLine } from './containerCli.ts';
import { networkTrouble } from './containerNetwork.ts';

/** Where the helper programs are put inside the containers. */
export const HOLD_PATH = '/.trace-build-hold';
export const ATTACH_PATH = '/.trace-build-attach';

/** What the tracer image is built from when the user names nothing. */
const DEFAULT_BASE = 'debian:bookworm-slim';

const DOCKERFILE = new URL('../../../../Dockerfile.tracer', import.meta.url);

/** The helper programs for a server's architecture; a failure where none are built. */
export function helpersFor(server: ContainerServer): Result<Helpers> {
  const helpers = HELPERS[server.arch];
  if (helpers) return ok(helpers);
  return fail('missing', `no program to hold a container on ${server.arch} comes with trace-build`, {
    hint: 'trace with --engine bubblewrap, or record with strace there and judge with: trace-build replay',
  });
}

/** Copies a helper program into a container that has not been started; works with a daemon far away too. */
export async function putProgram(
  cli: ContainerCli,
  container: string,
  base64: string,
  path: string,
): Promise<Result<undefined>> {
  return inTemporaryFolder(async (folder) => {
    const file = join(folder, 'program');
    await writeFile(file, Buffer.from(base64, 'base64'));
    // Not by the mode of writeFile: the umask would take the others' rights, and --user may name any of them.
    await chmod(file, 0o755);
    const said = await cli.capture(['cp', file, `${container}:${path}`], { timeoutSeconds: 60 });
    if (said.status === 0) return ok(undefined);
    return fail('undecided', `${path} could not be copied into the container: ${lastLine(said.stderr)}`);
  });
}

/**
 * The tracer image, built from Dockerfile.tracer where it is not there yet. Tried as its base, in this order: what
 * TRACE_BUILD_TRACER_BASE names, Debian, and the image to be traced itself, which is surely here.
 */
export async function tracerImage(
  cli: ContainerCli,
  given: string | undefined,
  target: string,
  signal: AbortSignal | undefined,
): Promise<Result<string>> {
  if (given !== undefined) return ok(given);
  const dockerfile = await readFile(DOCKERFILE, 'utf8');
  const base = process.env.TRACE_BUILD_TRACER_BASE;
  const digest = createHash('sha256')
    .update(`${dockerfile}\0${base ?? ''}`)
    .digest('hex');
  const name = `trace-build-tracer:${digest.slice(0, 12)}`;
  const there = await cli.capture(['image', 'inspect', '--format', '{{.Id}}', name], { timeoutSeconds: 20 });
  if (there.status === 0) return ok(name);
  const log = new BuildLog(cli);
  const tries: string[] = [];
  try {
    for (const from of base === undefined ? new Set([DEFAULT_BASE, target]) : [base]) {
      const built = await buildTracer(cli, { dockerfile, from, name, log, signal });
      if (built === undefined) return ok(name);
      if (signal?.aborted) return fail('interrupted', 'stopped while the tracer image was built');
      tries.push(`${from}: ${built}`);
    }
  } finally {
    log.discard();
  }
  return fail('missing', `the tracer image could not be built (${tries.join('; ')})`, {
    hint: `build it on an image that is here and can install strace, and name it with --tracer-image: ${cli.shown('build', '-f', 'Dockerfile.tracer', '--build-arg', 'BASE=IMAGE', '-t', 'trace-build-tracer', '.')}`,
  });
}

interface TracerBuild {
  readonly dockerfile: string;
  readonly from: string;
  readonly name: string;
  readonly log: BuildLog;
  readonly signal: AbortSignal | undefined;
}

/** Undefined when it was built, else why not; nothing is left of it then. */
async function buildTracer(cli: ContainerCli, build: TracerBuild): Promise<string | undefined> {
  const { from, name, log, signal } = build;
  return inTemporaryFolder(async (folder) => {
    const file = join(folder, 'Dockerfile');
    await writeFile(file, build.dockerfile);
    const before = log.text().length;
    // Not --quiet: BuildKit would keep to itself why it failed. --force-rm: also the container of a step that fails.
    const args = [
      'build',
      '--force-rm',
      `--file=${file}`,
      `--build-arg=BASE=${from}`,
      `--tag=${name}`,
      folder,
    ];
    const built = await cli.capture(args, {
      timeoutSeconds: 600,
      ...(signal ? { signal } : {}),
      ...(log.descriptor === undefined ? {} : { output: log.descriptor }),
    });
    if (built.status === 0) return undefined;
    const printed = log.text().slice(before) || built.stdout;
    await removeMade(cli, printed);
    const said = `${printed}\n${built.stderr}`;
    const network = networkTrouble(said);
    return network === undefined ? whyNotBuilt(said) : `no network: ${network}`;
  });
}

/** What the package manager said, where a builder ends with the whole RUN that failed. */
export function whyNotBuilt(said: string): string {
  // The classic builder colours what a step wrote to standard error.
  const lines = said.replace(/\x1b\[\d+m/g, '').split('\n');
  const own =
    /^\s*(?:Step \d|The command '|(?:#\d+ )?ERROR: (?:failed to|executor failed|process ")|Error: building at STEP|executor failed|\d+ \|)/;
  const told = /^(?:#?[\d.]+ +)*(E: .+|error: .+|ERROR: .+|Error: .+|no package manager .+)$/;
  const found = lines.findLast((line) => !own.test(line) && told.test(line.trim()));
  return lastLine(found === undefined ? lines.join('\n') : told.exec(found.trim())![1]!);
}

/** Arguments by which a container shares the processes of another one. */
export function joins(cli: ContainerCli, target: string): string[] {
  // Podman lets only a container with cgroups of its own join another's PID namespace. Where crun can't make them,
  // that is because of the device list, and a privileged container has none.
  const noCgroups = cli.program === 'podman' && cli.createArgs.includes('--cgroups=disabled');
  return [...(noCgroups ? ['--privileged'] : []), `--pid=container:${target}`];
}

/** Arguments that create the tracer beside the held container. */
export function tracerArguments(
  cli: ContainerCli,
  label: string,
  target: string,
  image: string,
  released: string,
  straceOptions: readonly string[],
): string[] {
  return [
    'create',
    ...joins(cli, target),
    '--cap-add=SYS_PTRACE',
    // The kernel lets only CAP_SYS_ADMIN, outside any filter, read a filter (PTRACE_SECCOMP_GET_FILTER).
    '--cap-add=SYS_ADMIN',
    '--security-opt=seccomp=unconfined',
    '--security-opt=apparmor=unconfined',
    '--security-opt=label=disable',
    '--network=none',
    '--user=0',
    '--workdir=/',
    // The trace is not to be kept by the daemon as well: it carries paths and may carry secrets.
    '--log-driver=none',
    `--label=${label}`,
    `--entrypoint=${ATTACH_PATH}`,
    image,
    released,
    'strace',
    // Not known for an attached process, and without effect under a filter.
    ...straceOptions.filter((option) => option !== '--seccomp-bpf' && option !== '-f'),
    // Once: twice would mean a file per process.
    '-f',
    '-p',
    '1',
    '-o',
    '/proc/self/fd/1',
  ];
}
