import { randomBytes } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { chmod, copyFile, writeFile } from 'node:fs/promises';
import { join, posix, resolve, sep } from 'node:path';
import { fail, ok, type Result } from '../../core/failure.ts';
import { BuildLog, madeBy, removeMade, removeSteps } from '../engines/container/containerBuild.ts';
import { type ContainerCli, lastLine } from '../engines/container/containerCli.ts';
import { OWNER_LABEL } from '../engines/container/containerOwner.ts';
import { exists } from '../files/files.ts';
import { inTemporaryFolder } from '../files/temporary.ts';
import { ownerValue } from '../process/owner.ts';
import {
  commandOf,
  cutDockerfile,
  type Dockerfile,
  type RunStep,
  SCRIPT_FOLDER,
  scriptOf,
} from './dockerfile.ts';
import { buildArgument } from './dockerfileText.ts';

export interface BuildWishes {
  readonly cli: ContainerCli;
  readonly dockerfile: Dockerfile;
  /** Named in failures. */
  readonly file: string;
  /** What BuildKit reads in place of the context's .dockerignore, where it exists. */
  readonly ignoreFile: string;
  readonly context: string;
  /** `NAME=value`, or `NAME` for the value of our environment. */
  readonly buildArgs: readonly string[];
  readonly platform?: string;
  readonly signal?: AbortSignal;
  /** Grows: what is to be removed at the end (`removeBuilt`). */
  readonly built: Built;
  /** Told before each build. */
  onBuild?(step: RunStep): void;
}

/** What the builds of one session made. */
export interface Built {
  /** Names of the images that were finished. */
  readonly names: string[];
  /** Images of steps of builds that failed, the last one first: nobody's cache yet. */
  readonly failed: string[];
  /** What a build printed that was stopped: its builder may still finish a step. */
  stopped?: string;
  readonly log: BuildLog;
}

/** A record for the builds at this daemon; `removeBuilt` ends it. */
export function newBuilt(cli: ContainerCli): Built {
  return { names: [], failed: [], log: new BuildLog(cli) };
}

/** A step that is ready to be executed in the image made of everything before it. */
export interface PreparedStep {
  readonly image: string;
  readonly command: readonly [string, ...string[]];
  /** Build arguments in scope. */
  readonly env: Readonly<Record<string, string>>;
  readonly network: boolean;
  /** Arguments for `create`: what --mount asks for and a container can have. */
  readonly createArgs: readonly string[];
  /** What cannot be the same, in sentences. */
  readonly notes: readonly string[];
}

const ARG_LABEL = 'trace-build.arg.';

/**
 * The first of the steps that fails, found by building up to each; the layers are cached, so each step is executed
 * once. Undefined when all pass.
 */
export async function failingStep(
  wishes: BuildWishes,
  steps: readonly RunStep[],
): Promise<Result<RunStep | undefined>> {
  for (const [at, step] of steps.entries()) {
    wishes.onBuild?.(step);
    const name = imageName();
    const built = await build(wishes, cutDockerfile(wishes.dockerfile, step.endLine, []), name);
    if (built.ok) continue;
    if (built.failure.kind !== 'undecided') return built;
    // Such as a here-document, for a builder that knows none: no RUN has failed then.
    if (/dockerfile parse error|parsing main dockerfile|unknown instruction/i.test(built.failure.what)) {
      return fail('input', `the builder can't read it: ${built.failure.what}`, {
        where: { file: wishes.file },
      });
    }
    // A RUN or what stands between it and the one before?
    const before = await build(wishes, cutDockerfile(wishes.dockerfile, step.line - 1, []), name);
    if (before.ok) return ok(step);
    const from = steps[at - 1]?.endLine ?? 0;
    // The classic builder executes stages, too, that the target does not need.
    const between = wishes.dockerfile.steps.filter(({ line }) => line > from && line < step.line);
    const unneeded = between.length > 0 ? await failingStep(wishes, between) : undefined;
    if (unneeded?.ok && unneeded.value) return unneeded;
    const [first, last] = [from + 1, step.line - 1];
    const place = first === last ? `on line ${first}` : `between line ${first} and ${last}`;
    return fail('undecided', `the build fails at no RUN, but ${place}: ${built.failure.what}`, {
      where: { file: wishes.file },
    });
  }
  return ok(undefined);
}

/** Builds everything before a step and finds out what the step would be executed with. */
export async function prepareStep(wishes: BuildWishes, step: RunStep): Promise<Result<PreparedStep>> {
  const { cli } = wishes;
  const name = imageName();
  // The builder itself expands them: defaults, --build-arg, references to others, all by its own rules. The older
  // one knows `:+` only, so an empty argument cannot be told from none.
  const labels = [...new Set(step.args)].map((arg) => `${ARG_LABEL}${arg}="\${${arg}:+=}\${${arg}}"`);
  const more = labels.length === 0 ? [] : [`LABEL ${labels.join(' ')}`];
  const text = cutDockerfile(wishes.dockerfile, step.line - 1, more);
  const built = await build(wishes, text, name);
  if (!built.ok) {
    return {
      ...built,
      failure: { ...built.failure, what: `what comes before the step can't be built: ${built.failure.what}` },
    };
  }
  const config = await imageConfig(cli, name);
  const image = await withScript(wishes, name, step);
  if (!image.ok) return image;
  const { createArgs, notes } = mountArguments(step, wishes.context, config.WorkingDir || '/');
  const env = Object.entries(config.Labels ?? {}).flatMap(([label, value]): [string, string][] =>
    label.startsWith(ARG_LABEL) && value.startsWith('=')
      ? [[label.slice(ARG_LABEL.length), value.slice(1)]]
      : [],
  );
  return ok({
    image: image.value,
    command: commandOf(step, config.Shell ?? []),
    env: { ...proxies(wishes.buildArgs), ...Object.fromEntries(env) },
    network: !step.flags.some(({ name: flag, value }) => flag === 'network' && value === 'none'),
    createArgs,
    notes,
  });
}

/**
 * The image with the script of a here-document in it. BuildKit mounts it for the step; a layer more is had by every
 * builder, and by a daemon on another machine.
 */
async function withScript(wishes: BuildWishes, image: string, step: RunStep): Promise<Result<string>> {
  const script = scriptOf(step);
  if (!script) return ok(image);
  return inTemporaryFolder(async (context) => {
    const file = join(context, script.name);
    await writeFile(file, `${script.text}\n`);
    // Not by the mode of writeFile: the umask would take the others' rights, and USER may name any of them.
    await chmod(file, 0o755);
    const name = imageName();
    const text = `FROM ${image}\nCOPY ${script.name} ${SCRIPT_FOLDER}/\n`;
    const built = await build({ ...wishes, context, ignoreFile: '', buildArgs: [] }, text, name);
    return built.ok ? ok(name) : built;
  });
}

/** Build arguments that every RUN has without an ARG. */
function proxies(buildArgs: readonly string[]): Record<string, string> {
  const found = buildArgs.flatMap((arg): [string, string][] => {
    const [name, value] = buildArgument(arg);
    return /^(https?|ftp|no|all)_proxy$/i.test(name) && value !== undefined ? [[name, value]] : [];
  });
  return Object.fromEntries(found);
}

async function build(wishes: BuildWishes, text: string, name: string): Promise<Result<undefined>> {
  return inTemporaryFolder(async (folder) => {
    const file = join(folder, 'Dockerfile');
    await writeFile(file, text, { mode: 0o600 });
    if (exists(wishes.ignoreFile)) await copyFile(wishes.ignoreFile, `${file}.dockerignore`);
    const { log, names, failed } = wishes.built;
    const before = log.text().length;
    const said = await wishes.cli.capture(
      [
        'build',
        // Also the container of a step that fails.
        '--force-rm',
        `--file=${file}`,
        `--tag=${name}`,
        // Whatever happens to us, the next start finds it.
        `--label=${OWNER_LABEL}=${ownerValue()}`,
        ...wishes.buildArgs.map((arg) => `--build-arg=${arg}`),
        ...(wishes.platform === undefined ? [] : [`--platform=${wishes.platform}`]),
        wishes.context,
      ],
      {
        timeoutSeconds: 6 * 3600,
        ...(wishes.signal ? { signal: wishes.signal } : {}),
        ...(log.descriptor === undefined ? {} : { output: log.descriptor }),
      },
    );
    if (said.status === 0) {
      names.push(name);
      return ok(undefined);
    }
    const printed = log.text().slice(before) || said.stdout;
    failed.unshift(...madeBy(printed));
    if (wishes.signal?.aborted) {
      wishes.built.stopped = printed;
      // The daemon may have been quicker.
      names.push(name);
      return fail('interrupted', 'stopped while building');
    }
    if (said.missing !== undefined) return fail('missing', said.missing);
    if (said.stderr.includes('buildx component is missing')) {
      return fail('missing', 'BuildKit is asked for (DOCKER_BUILDKIT=1), and docker has no buildx', {
        hint: 'install it, for example: apt-get install docker-buildx; or build without: DOCKER_BUILDKIT=0',
      });
    }
    return fail('undecided', lastLine(said.stderr) || lastLine(printed) || 'the build failed');
  });
}

interface Config {
  readonly Shell?: readonly string[] | null;
  readonly WorkingDir?: string;
  readonly Labels?: Readonly<Record<string, string>> | null;
}

async function imageConfig(cli: ContainerCli, name: string): Promise<Config> {
  const said = await cli.capture(['image', 'inspect', '--format', '{{json .Config}}', name], {
    timeoutSeconds: 30,
  });
  try {
    return JSON.parse(said.stdout) as Config;
  } catch {
    return {};
  }
}

/**
 * Removes the names of the images that were built, once they are not needed any more: until then they keep the layers
 * for the builds that follow. `--no-prune`: the layers below are a cache as any build leaves it, and may be the user's own.
 */
export async function removeBuilt({ cli, built }: BuildWishes): Promise<void> {
  const { names, failed, stopped, log } = built;
  const keep = cli.program === 'docker' ? ['--no-prune'] : [];
  if (names.length > 0) {
    await cli.capture(['image', 'rm', '--force', ...keep, ...names.splice(0).reverse()], {
      timeoutSeconds: 60,
    });
  }
  if (stopped !== undefined) await removeMade(cli, stopped);
  await removeSteps(cli, failed.splice(0));
  log.discard();
}

function imageName(): string {
  return `trace-build-step:${randomBytes(6).toString('hex')}`;
}

/** A path of the build context as BuildKit sees it: `..` and links do not lead out. Undefined where they would. */
function insideOf(context: string, path: string): string | undefined {
  try {
    const root = realpathSync(resolve(context));
    const real = realpathSync(join(root, posix.resolve('/', path)));
    return real === root || real.startsWith(root.endsWith(sep) ? root : root + sep) ? real : undefined;
  } catch {
    return undefined;
  }
}

/** What `RUN --mount` and others ask for, as far as an ordinary container has it. */
function mountArguments(
  step: RunStep,
  context: string,
  workdir: string,
): { createArgs: string[]; notes: string[] } {
  const createArgs: string[] = [];
  const notes: string[] = [];
  for (const { name, value } of step.flags) {
    const fields = new Map(
      value.split(',').map((part) => [part.split('=')[0]!, part.split('=').slice(1).join('=')]),
    );
    const target = fields.get('target') ?? fields.get('dst') ?? fields.get('destination');
    const type = fields.get('type') ?? 'bind';
    if (name === 'mount' && type === 'tmpfs' && target) createArgs.push(`--tmpfs=${target}`);
    else if (name === 'mount' && type === 'cache' && target) {
      createArgs.push(`--volume=${target}`);
      notes.push(`the cache mount ${target} is empty here`);
    } else if (name === 'mount' && type === 'bind' && target && !fields.has('from')) {
      const source = insideOf(context, fields.get('source') ?? fields.get('src') ?? '.');
      if (source === undefined || /[:,]/.test(target)) {
        notes.push(`--mount=${value} leads out of the build context and is left out`);
        continue;
      }
      createArgs.push(`--volume=${source}:${posix.resolve(workdir, target)}:ro`);
      if (fields.has('rw') || fields.has('readwrite'))
        notes.push(`the bind mount ${target} is read-only here`);
    } else if (name === 'mount') notes.push(`--mount=${value} is not there in the traced step`);
    else if (name === 'security')
      notes.push(`--security=${value} is not followed: use --cap-add or --on unconfined`);
    // As BuildKit, which asks for an entitlement: a Dockerfile alone does not open the network of this machine.
    else if (name === 'network' && value === 'host')
      notes.push('--network=host is not followed: the step has an ordinary network');
  }
  return { createArgs, notes };
}
