import { isatty } from 'node:tty';
import type { Job } from '../engine.ts';
import type { ContainerCli } from './containerCli.ts';
import { liftArguments } from './containerLayers.ts';
import { HOLD_PATH } from './containerTracer.ts';

/**
 * Arguments that create the container of the traced command: the real runtime, the real profile, nothing of strace in
 * it. The command is run as given, in place of the image's ENTRYPOINT and CMD.
 */
export function targetArguments(
  cli: ContainerCli,
  label: string,
  job: Job & { readonly image: string },
  profileFile: string | undefined,
): string[] {
  const options = job.container;
  const [program, ...rest] = job.command;
  const held = job.tracing !== undefined;
  return [
    'create',
    ...cli.createArgs,
    `--label=${label}`,
    // Our standard input is the command's, as with `docker run -i`.
    ...(job.stdio === 'capture' ? [] : ['--interactive']),
    ...(atTerminal(job) ? ['--tty'] : []),
    ...(job.network ? [] : ['--network=none']),
    ...(job.cwd === '' ? [] : [`--workdir=${job.cwd}`]),
    ...(job.tree === undefined || job.cwd === '' ? [] : [`--volume=${job.tree}:${job.cwd}`]),
    ...Object.entries(job.env).map(([name, value]) => `--env=${name}=${value}`),
    ...(options?.volumes ?? []).map((volume) => `--volume=${volume}`),
    ...(options?.user === undefined ? [] : [`--user=${options.user}`]),
    ...(options?.capAdd ?? []).map((capability) => `--cap-add=${capability}`),
    ...(options?.capDrop ?? []).map((capability) => `--cap-drop=${capability}`),
    ...(options?.platform === undefined ? [] : [`--platform=${options.platform}`]),
    ...(profileFile === undefined || job.lift?.layers.includes('filter')
      ? []
      : [`--security-opt=seccomp=${profileFile}`]),
    ...liftArguments(cli.program, job.lift),
    `--entrypoint=${held ? HOLD_PATH : program}`,
    job.image,
    ...(held ? [program, ...rest] : rest),
  ];
}

/** A container's terminal carries both outputs in one: only where all three streams are ours. */
function atTerminal({ stdio, container }: Job): boolean {
  return stdio === 'inherit' && container?.terminal !== false && [0, 1, 2].every((stream) => isatty(stream));
}
