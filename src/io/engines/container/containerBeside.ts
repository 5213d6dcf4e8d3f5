import type { Job } from '../engine.ts';
import type { ContainerCli } from './containerCli.ts';
import { joins } from './containerTracer.ts';

/**
 * Arguments that create a container which looks at a running one: the same network (its 127.0.0.1 too) and processes, no
 * filter. It ends with the other's first process. `as`: it gets that job's user, environment, folder and volumes.
 */
export function besideArguments(
  cli: ContainerCli,
  label: string,
  target: string,
  image: string,
  script: string,
  as: Job | undefined,
): string[] {
  const user = as ? as.container?.user : '0';
  return [
    'create',
    ...joins(cli, target),
    `--network=container:${target}`,
    '--security-opt=seccomp=unconfined',
    `--label=${label}`,
    ...(user === undefined ? [] : [`--user=${user}`]),
    ...(as ? [`--volumes-from=${target}`] : []),
    ...(as === undefined || as.cwd === '' ? [] : [`--workdir=${as.cwd}`]),
    ...Object.entries(as?.env ?? {}).map(([name, value]) => `--env=${name}=${value}`),
    '--entrypoint=/bin/sh',
    image,
    '-c',
    script,
  ];
}
