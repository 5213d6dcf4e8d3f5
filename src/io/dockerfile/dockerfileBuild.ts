import { randomBytes } from 'node:crypto';
import { chmod, copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Failure, fail, ok, type Result } from '../../core/failure.ts';
import { BuildLog, madeBy, removeMade, removeSteps } from '../engines/container/containerBuild.ts';
import type { ContainerCli } from '../engines/container/containerCli.ts';
import { OWNER_LABEL } from '../engines/container/containerOwner.ts';
import type { ContainerFile } from '../engines/engine.ts';
import { exists } from '../files/files.ts';
import { inTemporaryFolder } from '../files/temporary.ts';
import { ownerValue } from '../process/owner.ts';
import { type BuilderFailure, builderFailure } from './builderFailure.ts';
import {
  commandOf,
  cutDockerfile,
  type Dockerfile,
  type RunStep,
  SCRIPT_FOLDER,
  scriptOf,
} from './dockerfile.ts';
import { copiesFor, mountsFor } from './dockerfileMounts.ts';
import type { BuildSecrets } from './dockerfileSecrets.ts';
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
  /** Arguments of the builder that are passed on as they are: --secret, --ssh. */
  readonly passedOn: readonly string[];
  /** What those give to a step. */
  readonly secrets: BuildSecrets;
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
  /** Secrets that it mounts, and directories for its caches. */
  readonly files: readonly ContainerFile[];
  /** What cannot be the same, in sentences. */
  readonly notes: readonly string[];
}

const ARG_LABEL = 'trace-build.arg.';

/** A step that fails when the builder executes it. */
export interface FailingStep {
  readonly step: RunStep;
  /** What its output says of a missing network. */
  readonly network: string | undefined;
  readonly error: string;
}

/**
 * The first of the steps that fails, found by building up to each; the layers are cached, so each step is executed
 * once. Undefined when all pass.
 */
export async function failingStep(
  wishes: BuildWishes,
  steps: readonly RunStep[],
): Promise<Result<FailingStep | undefined>> {
  const where = { where: { file: wishes.file } };
  for (const [at, step] of steps.entries()) {
    wishes.onBuild?.(step);
    const name = imageName();
    const built = await build(wishes, cutDockerfile(wishes.dockerfile, step.endLine, []), name);
    if (built === undefined) continue;
    const { kind, what, hint } = built.failure;
    if (kind !== 'undecided') return fail(kind, what, { ...where, ...(hint === undefined ? {} : { hint }) });
    // A RUN or what is between it and the one before?
    const before = await build(wishes, cutDockerfile(wishes.dockerfile, step.line - 1, []), name);
    if (before === undefined) {
      if (built.exited) return ok({ step, network: built.network, error: what });
      return fail('undecided', `the builder can't execute the RUN on line ${step.line}: ${what}`, where);
    }
    const from = steps[at - 1]?.endLine ?? 0;
    // The classic builder executes stages, too, that the target does not need.
    const between = wishes.dockerfile.steps.filter(({ line }) => line > from && line < step.line);
    const unneeded = between.length > 0 ? await failingStep(wishes, between) : undefined;
    if (unneeded?.ok && unneeded.value) return unneeded;
    const [first, last] = [from + 1, step.line - 1];
    const place = first === last ? `on line ${first}` : `between line ${first} and ${last}`;
    return fail('undecided', `the build fails at no RUN, but ${place}: ${what}`, where);
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
  const text = cutDockerfile(wishes.dockerfile, step.line - 1, [...copiesFor(step), ...more]);
  const built = await build(wishes, text, name);
  if (built) {
    const { failure } = built;
    return {
      ok: false,
      failure: { ...failure, what: `what comes before the step can't be built: ${failure.what}` },
    };
  }
  const config = await imageConfig(cli, name);
  if (!config) {
    return fail('undecided', 'the builder keeps what it built to itself', {
      hint: 'name one that puts images into docker: docker buildx use default',
    });
  }
  const args = Object.entries(config.Labels ?? {}).flatMap(([label, value]): [string, string][] =>
    label.startsWith(ARG_LABEL) && value.startsWith('=')
      ? [[label.slice(ARG_LABEL.length), value.slice(1)]]
      : [],
  );
  const env = { ...proxies(wishes.buildArgs), ...Object.fromEntries(args) };
  const mounts = mountsFor(step, {
    context: wishes.context,
    workdir: config.WorkingDir || '/',
    variables: { ...env, ...Object.fromEntries((config.Env ?? []).map(pair)) },
    secrets: wishes.secrets,
    program: cli.program,
  });
  const image = await withScript(wishes, name, step);
  if (!image.ok) return image;
  return ok({
    image: image.value,
    command: commandOf(step, config.Shell ?? []),
    env: { ...env, ...mounts.env },
    network: !step.flags.some(({ name: flag, value }) => flag === 'network' && value === 'none'),
    createArgs: mounts.createArgs,
    files: mounts.files,
    notes: mounts.notes,
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
    const built = await build(
      { ...wishes, context, ignoreFile: '', buildArgs: [], passedOn: [] },
      text,
      name,
    );
    return built ? { ok: false, failure: built.failure } : ok(name);
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

/** Undefined when it was built. */
async function build(wishes: BuildWishes, text: string, name: string): Promise<BuilderFailure | undefined> {
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
        ...wishes.passedOn,
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
      return undefined;
    }
    const printed = log.text().slice(before) || said.stdout;
    failed.unshift(...madeBy(printed));
    if (wishes.signal?.aborted) {
      wishes.built.stopped = printed;
      // The daemon may have been quicker.
      names.push(name);
      return unlike({ kind: 'interrupted', what: 'stopped while building' });
    }
    if (said.missing !== undefined) return unlike({ kind: 'missing', what: said.missing });
    return builderFailure(said.stderr, printed);
  });
}

/** A failure that the builder has no part in. */
const unlike = (failure: Failure): BuilderFailure => ({ failure, exited: false, network: undefined });

/** `NAME=value` of an image's environment. */
function pair(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  return [text.slice(0, at), text.slice(at + 1)];
}

interface Config {
  readonly Env?: readonly string[] | null;
  readonly Shell?: readonly string[] | null;
  readonly WorkingDir?: string;
  readonly Labels?: Readonly<Record<string, string>> | null;
}

async function imageConfig(cli: ContainerCli, name: string): Promise<Config | undefined> {
  const said = await cli.capture(['image', 'inspect', '--format', '{{json .Config}}', name], {
    timeoutSeconds: 30,
  });
  try {
    return said.status === 0 ? ((JSON.parse(said.stdout) ?? {}) as Config) : undefined;
  } catch {
    return undefined;
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
