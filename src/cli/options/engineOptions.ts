import { type Command, InvalidArgumentError, Option } from 'commander';

/** A time as of `--timeout`, in seconds. */
export function seconds(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(s|m|h)?$/.exec(text);
  if (!match) throw new InvalidArgumentError('a time is written 90, 90s, 15m or 2h.');
  return Number(match[1]) * { s: 1, m: 60, h: 3600 }[(match[2] ?? 's') as 's' | 'm' | 'h'];
}

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

/** Adds the options that choose a host and an engine, in the same words for every command. */
export function addEngineOptions(command: Command): Command {
  return command
    .option(
      '--on <host>',
      'host to be, such as docker@20.10.5 (default: the installed Docker, else the newest)',
    )
    .addOption(
      new Option('--engine <name>', 'what runs the command')
        .choices(['auto', 'bubblewrap', 'docker', 'podman', 'host'])
        .default('auto'),
    )
    .option(
      '--image <image>',
      'container image (docker, podman), or an OCI layout or `docker save` file on disk',
    )
    .option('--rootfs <folder>', 'root file system instead of this machine’s (bubblewrap)')
    .option('--no-network', 'run without network')
    .option('--timeout <time>', 'give up after 90, 90s, 15m, 2h', seconds)
    .option('-v, --volume <spec>', 'as of docker run; repeatable (docker, podman)', collect, [])
    .option('-w, --workdir <folder>', 'as of docker run (docker, podman)')
    .option('-e, --env <name[=value]>', 'as of docker run; repeatable (docker, podman)', collect, [])
    .option('--user <user>', 'as of docker run (docker, podman)')
    .option('--cap-add <capability>', 'as of docker run; repeatable (docker, podman)', collect, [])
    .option('--cap-drop <capability>', 'as of docker run; repeatable (docker, podman)', collect, [])
    .option('--platform <platform>', 'as of docker run (docker, podman)')
    .option('--context <name>', 'Docker context or Podman connection to use, or its address')
    .option('--tracer-image <image>', 'image with strace (default: built from Dockerfile.tracer)')
    .option('--engine-arg <argument>', 'put before the engine’s subcommand; repeatable', collect, []);
}
