import { resolve } from 'node:path';
import { fail, ok, type Result } from '../core/failure.ts';
import type { ContainerEngine } from '../io/engines/container/container.ts';
import type { ContainerOptions, Engine, EngineName } from '../io/engines/engine.ts';
import type { EngineFlags, Place } from './place.ts';
import type { Ports } from './ports.ts';

/** A value that docker would read as an option of its own; images stand bare among the arguments. */
function asOption(flags: EngineFlags): Result<never> | undefined {
  const given = { '--image': flags.image, '--tracer-image': flags.tracerImage };
  for (const [option, value] of Object.entries(given)) {
    if (value?.startsWith('-')) return fail('usage', `${option} ${value}: no image has such a name`);
  }
  return undefined;
}

/** Opens the host, chooses the engine and prepares everything but the command. */
export async function placeOf(flags: EngineFlags, ports: Ports): Promise<Result<Place>> {
  const [{ chooseEngine }, { openHost }, { installedHost }] = await Promise.all([
    import('../io/engines/choose.ts'),
    import('../io/machine/hosts.ts'),
    import('../io/machine/installedHost.ts'),
  ]);
  const refused = asOption(flags);
  if (refused) return refused;
  const container = containerOptions(flags, ports);
  // Opened while the engine is tried.
  const named = flags.on === undefined ? undefined : openHost(flags.on);
  const chosen = await chooseEngine(flags.engine, {
    container,
    ...(flags.image === undefined ? {} : { image: flags.image }),
    ...(flags.rootfs === undefined ? {} : { rootfs: flags.rootfs }),
  });
  if (!chosen.ok) return chosen;
  const { engine, version, why, passedOver } = chosen.value;
  const inContainer = engine.name === 'docker' || engine.name === 'podman';
  const idle = inContainer ? undefined : containerOnly(flags);
  if (idle !== undefined) {
    return fail('usage', `${idle} is for containers; ${engine.name} would not heed it`, {
      hint: 'name an image with --image, or leave it out',
    });
  }
  if (inContainer && flags.rootfs !== undefined) {
    return fail('usage', `--rootfs is for bubblewrap; ${engine.name} runs an image`);
  }
  const root = await rootOf(flags, engine.name, ports);
  if (!root.ok) return root;

  const taken: string[] = [];
  if (flags.engine === 'auto' && engine.name !== 'bubblewrap') taken.push(`engine ${engine.name}: ${why}`);
  const openInstalled = async () => {
    const installed =
      (await hostOfServer(engine, container)) ?? (await installedHost(engine.name, flags.context));
    taken.push(`host ${installed.expression} (${installed.why}); choose another with --on`);
    return openHost(installed.expression);
  };
  const host = await (named ?? openInstalled());
  if (!host.ok) return host;
  // Without --on a container engine is taken as it is: the real runtime with its real profile.
  const emulated = engine.name === 'host' || (inContainer && flags.on === undefined) ? undefined : host.value;
  return ok({
    engine,
    engineVersion: version,
    engineWhy: why,
    passedOver,
    host: host.value,
    taken,
    job: {
      // An image has its own environment and working folder, as with docker run.
      cwd: inContainer ? (flags.workdir ?? '') : ports.cwd,
      env: inContainer ? containerEnvironment(flags, ports) : { ...environment(ports), ...root.value.env },
      ...(emulated === undefined ? {} : { host: emulated }),
      ...(flags.timeout === undefined ? {} : { timeoutSeconds: flags.timeout }),
      network: flags.network,
      ...(inContainer && flags.image !== undefined ? { image: flags.image } : {}),
      ...(root.value.rootfs === undefined ? {} : { rootfs: root.value.rootfs }),
      ...(inContainer ? { container } : {}),
    },
  });
}

/** The first option given that only a container heeds. */
function containerOnly(flags: EngineFlags): string | undefined {
  const given: readonly (readonly [string, boolean])[] = [
    ['-v', flags.volume.length > 0],
    ['-w', flags.workdir !== undefined],
    ['-e', flags.env.length > 0],
    ['--user', flags.user !== undefined],
    ['--cap-add', flags.capAdd.length > 0],
    ['--cap-drop', flags.capDrop.length > 0],
    ['--platform', flags.platform !== undefined],
  ];
  return given.find(([, is]) => is)?.[0];
}

/** The daemon or runtime that will run the containers, as a HOST expression in all its parts. */
async function hostOfServer(engine: Engine, container: ContainerOptions) {
  if (!('server' in engine)) return undefined;
  const server = await (engine as ContainerEngine).server();
  if (!server.ok) return undefined;
  const { serverHost } = await import('../io/engines/container/serverHost.ts');
  const name = engine.name === 'podman' ? 'Podman' : 'Docker';
  return { expression: await serverHost(server.value, container), why: `the ${name} that answers` };
}

interface Root {
  readonly rootfs?: string;
  readonly env: Readonly<Record<string, string>>;
}

/** The root file system that bubblewrap shows, with its environment: a folder, or an image unpacked from disk. */
async function rootOf(flags: EngineFlags, engine: EngineName, ports: Ports): Promise<Result<Root>> {
  if (engine !== 'bubblewrap') return ok({ env: {} });
  if (flags.image !== undefined) {
    const { unpackImage } = await import('../io/images/image.ts');
    const image = await unpackImage(resolve(ports.cwd, flags.image));
    return image.ok ? ok({ rootfs: image.value.rootfs, env: image.value.env }) : image;
  }
  if (flags.rootfs === undefined) return ok({ env: {} });
  const { isFolder } = await import('../io/files/files.ts');
  const rootfs = resolve(ports.cwd, flags.rootfs);
  if (isFolder(rootfs)) return ok({ rootfs, env: {} });
  return fail('input', 'there is no such folder', { where: { file: flags.rootfs } });
}

function environment({ env }: Ports): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function containerOptions(flags: EngineFlags, ports: Ports): ContainerOptions {
  return {
    // As Docker itself does since 23: a source that begins with a dot is a folder from here.
    volumes: flags.volume.map((volume) => volume.replace(/^\.[^:]*/, (source) => resolve(ports.cwd, source))),
    capAdd: flags.capAdd,
    capDrop: flags.capDrop,
    ...(flags.user === undefined ? {} : { user: flags.user }),
    ...(flags.platform === undefined ? {} : { platform: flags.platform }),
    ...(flags.context === undefined ? {} : { context: flags.context }),
    ...(flags.tracerImage === undefined ? {} : { tracerImage: flags.tracerImage }),
    ...(flags.engineArg.length === 0 ? {} : { engineArgs: flags.engineArg }),
  };
}

/** `-e NAME=value`, or `-e NAME` for the value that we have ourselves. */
function containerEnvironment(flags: EngineFlags, ports: Ports): Record<string, string> {
  const pairs = flags.env.flatMap((word): [string, string][] => {
    const at = word.indexOf('=');
    if (at !== -1) return [[word.slice(0, at), word.slice(at + 1)]];
    const ours = ports.env[word];
    return ours === undefined ? [] : [[word, ours]];
  });
  return Object.fromEntries(pairs);
}
