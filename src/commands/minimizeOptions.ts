import type { RunnerOptions } from '../io/experiments/minimizeRunner.ts';
import type { MinimizeWishes } from '../io/experiments/minimizeSession.ts';
import { DEFAULT_PATIENCE_SECONDS } from './minimizeDefaults.ts';
import type { MinimizeFlags } from './minimizeFlags.ts';
import type { Place } from './place.ts';
import type { Ports } from './ports.ts';

/** Everything that the question consists of, with the fingerprint that a resumed session must share. */
export async function wishesOf(
  command: readonly string[],
  place: Place,
  runner: RunnerOptions,
  flags: MinimizeFlags,
  signal: AbortSignal,
  onProgress: MinimizeWishes['onProgress'],
  { cwd }: Ports,
): Promise<MinimizeWishes> {
  const [{ fingerprint }, { treeFingerprint }] = await Promise.all([
    import('../io/experiments/outcomeCache.ts'),
    import('../io/files/treeFingerprint.ts'),
  ]);
  const { budget } = flags;
  const folders = [...(runner.snapshots ? [cwd] : []), ...(runner.mounts ?? []).map(({ source }) => source)];
  const trees = await Promise.all(folders.map(treeFingerprint));
  const settings = [
    flags.clear,
    flags.expectOutput?.source,
    flags.rejectOutput?.source,
    flags.ready,
    flags.test,
    place.job.network,
    flags.allowlist,
  ];
  return {
    runner,
    host: place.host,
    search: {
      budget: budget.runs,
      ...(flags.confirm === undefined ? {} : { confirm: flags.confirm }),
      aim: flags.aim,
      inferProof: flags.quickProof === true,
      ...(budget.usual ? { patience: DEFAULT_PATIENCE_SECONDS } : {}),
    },
    ...(budget.seconds === undefined ? {} : { deadline: Date.now() + budget.seconds * 1000 }),
    ...(flags.timeout === undefined ? {} : { timeoutSeconds: flags.timeout }),
    // What may be refused is learnt from the baseline and the first run; these are traced in any case.
    ...(flags.trace ? {} : { traced: [] }),
    jobs: Math.max(flags.jobs, runner.sites.length),
    repeatChosen: flags.repeat !== undefined,
    fingerprint: fingerprint([
      command.join('\0'),
      place.engine.name,
      place.engineVersion,
      JSON.stringify(place.job.container ?? {}),
      place.job.image ?? '',
      await imageIdOf(place),
      place.job.rootfs ?? '',
      JSON.stringify(settings),
      JSON.stringify(place.host.identity),
      place.job.cwd,
      JSON.stringify(lasting(place.job.env)),
      ...trees,
    ]),
    resume: flags.resume === true,
    signal,
    onProgress,
  };
}

/** An environment without what changes from terminal to terminal: a resumed session is the same question there. */
function lasting(env: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  const passing = /^(?:_|SHLVL|PWD|OLDPWD|COLUMNS|LINES|WINDOWID|STY)$|^TMUX|^SSH_|SESSION|TTY$/;
  return Object.entries(env)
    .filter(([name]) => !passing.test(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** What a container engine understands by the image's name now; empty where there is none (yet). */
async function imageIdOf({ engine, job: { container, image } }: Place): Promise<string> {
  if (image === undefined || (engine.name !== 'docker' && engine.name !== 'podman')) return '';
  const { ContainerCli } = await import('../io/engines/container/containerCli.ts');
  const cli = new ContainerCli(engine.name, container);
  const said = await cli.capture(['image', 'inspect', '--format', '{{.Id}}', image], { timeoutSeconds: 30 });
  return said.stdout.trim();
}
