import { fail, type Result } from '../core/failure.ts';
import type { RunnerOptions } from '../io/experiments/minimizeRunner.ts';
import type { MinimizeFlags } from './minimizeFlags.ts';
import type { Place } from './place.ts';
import type { Ports } from './ports.ts';

/** How and where the runs are made. */
export async function runnerOf(
  command: readonly [string, ...string[]],
  place: Place,
  flags: MinimizeFlags,
  signal: AbortSignal,
  { cwd }: Ports,
): Promise<Result<RunnerOptions>> {
  const [{ openMounts }, { openSnapshots }, { straceFor }, { answers, parseReady, readinessOf }] =
    await Promise.all([
      import('../io/images/mounts.ts'),
      import('../io/images/snapshot.ts'),
      import('../io/recording/strace.ts'),
      import('../io/recording/ready.ts'),
    ]);
  const inContainer = place.engine.name !== 'bubblewrap';
  const strace = await straceFor(inContainer);
  if (!strace.ok) return strace;
  const when = flags.ready === undefined ? undefined : parseReady(flags.ready);
  if (when?.kind === 'port' && !inContainer && (await answers(when.port))) {
    return fail(
      'usage',
      `something answers on port ${when.port} already, so it can't tell that the command is ready`,
    );
  }
  const { host: _host, timeoutSeconds: _limit, ...job } = place.job;
  const { container } = job;
  // Folders that a container may write to are copied for each run; the rest is mounted as it is.
  const mounted =
    container && flags.snapshot ? await openMounts(container.volumes, flags.clear, cwd) : undefined;
  if (mounted && !mounted.ok) return mounted;
  const fixed = mounted && container ? { container: { ...container, volumes: mounted.value.fixed } } : {};
  const sites = await sitesOf(command, place, { ...job, ...fixed }, flags);
  // A container's own file system is fresh each time.
  const copy = flags.snapshot && !inContainer;
  const snapshots = copy ? await openSnapshots(job.cwd, { clear: flags.clear }) : undefined;
  if (snapshots && !snapshots.ok) return snapshots;
  return {
    ok: true,
    value: {
      host: place.host,
      sites,
      snapshots: snapshots?.value,
      ...(mounted ? { mounts: mounted.value.copied } : {}),
      strace: strace.value,
      expectations: {
        ...(flags.expectOutput ? { expectOutput: flags.expectOutput } : {}),
        ...(flags.rejectOutput ? { rejectOutput: flags.rejectOutput } : {}),
      },
      ...(when === undefined ? {} : { readiness: readinessOf(when, flags.test) }),
      repeat: flags.repeat ?? 1,
      retries: flags.retries,
      signal,
    },
  };
}

async function sitesOf(
  command: readonly [string, ...string[]],
  place: Place,
  job: Omit<Place['job'], 'host' | 'timeoutSeconds'>,
  flags: MinimizeFlags,
): Promise<RunnerOptions['sites']> {
  const base = { engine: place.engine, engineVersion: place.engineVersion };
  const contexts = flags.context?.split(',') ?? [];
  if (place.engine.name === 'bubblewrap') return [{ ...base, job: { ...job, command } }];
  const { engineNamed } = await import('../io/engines/choose.ts');
  const own = { ...job, command };
  if (contexts.length < 2) return [{ ...base, job: own }];
  return contexts.map((context) => {
    const container = { ...(job.container ?? { volumes: [], capAdd: [], capDrop: [] }), context };
    return {
      engine: engineNamed(place.engine.name, container),
      engineVersion: place.engineVersion,
      job: { ...own, container },
    };
  });
}
