import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { type DockerfileFlags, dockerfileCure, passedOn } from '../../commands/nextSteps.ts';
import { placeOf } from '../../commands/openPlace.ts';
import type { Place } from '../../commands/place.ts';
import type { Io } from '../../commands/ports.ts';
import type { DockerfileDocument } from '../../core/documents/dockerfile.ts';
import type { ExitInfo } from '../../core/documents/trace.ts';
import { type Failure, fail, ok, type Result } from '../../core/failure.ts';
import type { Dockerfile, RunStep } from '../../io/dockerfile/dockerfile.ts';
import type { BuildWishes, FailingStep, PreparedStep } from '../../io/dockerfile/dockerfileBuild.ts';
import type { BuildSecrets } from '../../io/dockerfile/dockerfileSecrets.ts';
import { openSource, type Source } from '../../io/dockerfile/dockerfileSource.ts';
import type { CommandModule, Done } from '../binding.ts';
import { addExamples } from '../examples.ts';
import { EXIT } from '../exit.ts';
import { addEngineOptions } from '../options/engineOptions.ts';
import { FORCE } from '../options/force.ts';
import { VERBOSE } from '../options/verbose.ts';
import { runAndTell } from '../tellRun.ts';

interface Flags extends DockerfileFlags {
  readonly failing?: boolean;
}

const STEP_IMAGE = 'trace-build-step';

const REMARKS = `
Everything before the step is built by the engine itself; the step is then
traced in that image with its user, folder, environment, shell and build
arguments. With --on, where no step fails here, the first one that fails under
that host is taken. Exit status: as of run (as of minimize with --profile, whose
document --json prints then); 0 also when no step fails.`;

function count(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('write a number from 1.');
  return Number(text);
}

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

export const define: CommandModule['define'] = (command: Command, { io, action }) => {
  addEngineOptions(command)
    .argument('[path]', 'the build context, or the Dockerfile itself', '.')
    .option('-f, --file <file>', 'the Dockerfile (default: PATH/Dockerfile, else PATH/Containerfile)')
    .option('--target <stage>', 'the stage to build (default: the last)')
    .option('--step <number>', 'trace the RUN of that number, from 1', count)
    .option('--failing', 'trace the RUN that fails (default)')
    .option('--build-arg <name[=value]>', 'as of docker build; repeatable', collect, [])
    .option('--secret <id=…>', 'as of docker build; repeatable', collect, [])
    .option('--ssh <default|id[=…]>', 'as of docker build; repeatable', collect, [])
    .option('-o, --output <file>', 'where the trace goes (default: traces/…)')
    .option(
      '--profile <file>',
      'then find the smallest change that makes the step pass, and write the profile here',
    )
    .option('--force', FORCE)
    .option('--propagate', 'exit as the step did')
    .option('--json', 'print one JSON document')
    .option('-q, --quiet', 'no progress and no remarks on standard error')
    .option('--verbose', VERBOSE)
    .addHelpText('after', REMARKS)
    .action(action(async (path: string, flags: Flags) => dockerfile(path, flags, io)));
  addExamples(command, [
    ['trace-build dockerfile', 'the RUN that fails in ./Dockerfile'],
    ['trace-build dockerfile app --target builder --build-arg VERSION=3', 'as docker build would be called'],
    ['trace-build dockerfile --step 2 --json', 'the second RUN, as a document'],
    [
      'trace-build dockerfile --on docker@20.10.5 --profile seccomp.json',
      'the RUN that fails with that Docker, and the profile that cures it',
    ],
  ]);
};

async function dockerfile(path: string, flags: Flags, io: Io): Promise<Done> {
  const { engine } = flags;
  if (engine === 'bubblewrap' || engine === 'host') {
    return usage(`a Dockerfile's steps run in containers, not with --engine ${engine}`);
  }
  if (flags.image !== undefined) return usage('the image is the one that the Dockerfile makes');
  if (flags.step !== undefined && flags.failing) return usage('--step and --failing exclude each other');
  const { parseDockerfile, stepsFor } = await import('../../io/dockerfile/dockerfile.ts');
  const source = await openSource(path, flags.file, io.cwd);
  if (!source.ok) return source.failure;
  const parsed = parseDockerfile(source.value.text, source.value.shown, flags.buildArg);
  if (!parsed.ok) return parsed.failure;
  const steps = stepsFor(parsed.value, flags.target, source.value.shown);
  if (!steps.ok) return steps.failure;
  const { readSecrets } = await import('../../io/dockerfile/dockerfileSecrets.ts');
  const secrets = await readSecrets(flags.secret, flags.ssh, io);
  if (!secrets.ok) return secrets.failure;
  // The image is made later: any name stands for a container engine here.
  const found = await placeOf({ ...flags, image: STEP_IMAGE }, io);
  if (!found.ok) return found.failure;
  const place = {
    ...found,
    value: { ...found.value, taken: found.value.taken.filter((line) => !line.includes(STEP_IMAGE)) },
  };
  const { passedOver } = found.value;
  // Said before it builds.
  if (!flags.quiet && passedOver.length > 0) {
    io.err(`trace-build: engine ${found.value.engine.name}: ${passedOver.join('; ')}\n`);
  }
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  const wishes = await buildWishes(
    parsed.value,
    source.value,
    secrets.value,
    flags,
    io,
    place.value,
    stop.signal,
  );
  try {
    const chosen = await chooseStep(wishes, steps.value, place.value, flags);
    if (!chosen.ok) return chosen.failure;
    if (chosen.value === undefined) {
      io.err(
        `trace-build: the build passes: no step of ${source.value.shown} fails; choose one with --step\n`,
      );
      return EXIT.none;
    }
    const { step, failed } = chosen.value;
    const { prepareStep } = await import('../../io/dockerfile/dockerfileBuild.ts');
    const prepared = await prepareStep(wishes, step);
    if (!prepared.ok) return prepared.failure;
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    const ready = placeInImage(prepared.value, place.value);
    // One document: with a profile to look for it is that of `minimize`.
    if (flags.profile === undefined || !flags.json) {
      const told = failed === undefined ? flags : { ...flags, builderError: failed.error };
      const named = { path, shown: source.value.shown };
      const traced = await trace(chosen.value, prepared.value, ready, named, told, io);
      if (flags.profile === undefined || (typeof traced === 'object' && 'kind' in traced)) return traced;
      io.out('\n');
    }
    const [{ minimizeAt }, { USUAL_MINIMIZE }] = await Promise.all([
      import('./minimize.ts'),
      import('../../commands/minimizeDefaults.ts'),
    ]);
    const { command } = prepared.value;
    return await minimizeAt(
      ['RUN', step.text],
      command,
      ready,
      { ...flags, ...USUAL_MINIMIZE, output: flags.profile },
      io,
    );
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    const { removeBuilt } = await import('../../io/dockerfile/dockerfileBuild.ts');
    await removeBuilt(wishes);
  }
}

async function buildWishes(
  parsed: Dockerfile,
  source: Source,
  secrets: BuildSecrets,
  flags: Flags,
  io: Io,
  place: Place,
  signal: AbortSignal,
): Promise<BuildWishes> {
  const [{ ContainerCli }, { newBuilt }] = await Promise.all([
    import('../../io/engines/container/containerCli.ts'),
    import('../../io/dockerfile/dockerfileBuild.ts'),
  ]);
  const cli = new ContainerCli(place.engine.name === 'podman' ? 'podman' : 'docker', place.job.container);
  return {
    cli,
    dockerfile: parsed,
    file: source.shown,
    ignoreFile: `${resolve(io.cwd, source.shown)}.dockerignore`,
    context: source.context,
    buildArgs: flags.buildArg,
    passedOn: passedOn(flags),
    secrets,
    signal,
    built: newBuilt(cli),
    ...(flags.platform === undefined ? {} : { platform: flags.platform }),
    ...(flags.quiet
      ? {}
      : { onBuild: (step) => io.err(`trace-build: building up to line ${step.line}: RUN ${brief(step)}\n`) }),
  };
}

/** The step to trace, and how it was found. */
interface ChosenStep {
  readonly step: RunStep;
  /** The builder saw it fail; `network`: with these words of a missing network. */
  readonly failed?: Pick<FailingStep, 'network' | 'error'>;
}

async function chooseStep(
  wishes: BuildWishes,
  steps: readonly RunStep[],
  place: Place,
  flags: Flags,
): Promise<Result<ChosenStep | undefined>> {
  if (flags.step !== undefined) {
    const step = wishes.dockerfile.steps[flags.step - 1];
    if (step) return ok({ step });
    const list = wishes.dockerfile.steps.map((one) => `${one.number}: line ${one.line}: RUN ${brief(one)}`);
    return fail('usage', `there is no RUN number ${flags.step}`, {
      where: { file: wishes.file },
      hint: list.join('\n  '),
    });
  }
  const { failingStep } = await import('../../io/dockerfile/dockerfileBuild.ts');
  const failing = await failingStep(wishes, steps);
  if (!failing.ok) return failing;
  if (failing.value) return ok({ step: failing.value.step, failed: failing.value });
  if (flags.on === undefined) return ok(undefined);
  // This machine's own engine passes it; the host that was asked for may not.
  const { prepareStep } = await import('../../io/dockerfile/dockerfileBuild.ts');
  for (const step of steps) {
    const prepared = await prepareStep(wishes, step);
    if (!prepared.ok) return prepared;
    const { job, engine } = placeInImage(prepared.value, place);
    const ran = await engine.run({ ...job, command: prepared.value.command, stdio: 'capture' });
    if (!ran.ok) return ran;
    if (ran.value.ended !== 'exited' || ran.value.exit.status !== 0) return ok({ step });
  }
  return ok(undefined);
}

/** The same place with the image that the step is executed in. */
function placeInImage(prepared: PreparedStep, place: Place): Place {
  const { container } = place.job;
  return {
    ...place,
    job: {
      ...place.job,
      image: prepared.image,
      env: { ...prepared.env, ...place.job.env },
      network: place.job.network && prepared.network,
      container: {
        ...(container ?? { volumes: [], capAdd: [], capDrop: [] }),
        terminal: false,
        createArgs: [...(container?.createArgs ?? []), ...prepared.createArgs],
        files: prepared.files,
      },
    },
  };
}

async function trace(
  { step, failed }: ChosenStep,
  prepared: PreparedStep,
  place: Place,
  { path, shown }: { readonly path: string; readonly shown: string },
  flags: Flags,
  io: Io,
): Promise<Done> {
  if (!flags.quiet) io.err(`trace-build: tracing ${shown}:${step.line}: RUN ${brief(step)}\n`);
  const known = [...prepared.notes, ...networkNote(failed)];
  let passes = false;
  const notesOf = (exit: ExitInfo): readonly string[] => {
    passes = failed !== undefined && exit.status === 0;
    return [...known, ...(passes ? [PASSES_HERE] : [])];
  };
  const done = await runAndTell(
    prepared.command,
    place,
    { ...flags, cure: dockerfileCure(path, flags), notesOf },
    io,
    {
      document: (run): DockerfileDocument => ({
        ...run,
        schema: 'trace-build/dockerfile@1',
        dockerfile: shown,
        step: {
          number: step.number,
          line: step.line,
          endLine: step.endLine,
          stage: step.stage.name ?? String(step.stage.index),
          text: step.text,
        },
        found: flags.step === undefined ? 'failing' : 'chosen',
      }),
    },
  );
  return passes && done === EXIT.none ? EXIT.undecided : done;
}

function networkNote(failed: ChosenStep['failed']): readonly string[] {
  return failed?.network === undefined
    ? []
    : [`the builder's output says that the network is missing: ${failed.network}`];
}

const PASSES_HERE =
  'the step failed when the builder executed it and passes here: what it fails of is not in this trace';

function brief({ text }: RunStep): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length <= 60 ? line : `${line.slice(0, 59)}…`;
}

function usage(what: string): Failure {
  return { kind: 'usage', what };
}
