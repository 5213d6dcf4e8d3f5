import { resolve } from 'node:path';
import { fail, type Result } from '../../core/failure.ts';
import type { RunnerOptions } from '../../shell/minimizeRunner.ts';
import type { Place } from './engineOptions.ts';
import type { Io } from './io.ts';
import type { MinimizeFlags } from './minimizeOptions.ts';

/** How and where the runs are made. */
export async function runnerOf(
  command: readonly [string, ...string[]],
  place: Place,
  flags: MinimizeFlags,
  signal: AbortSignal,
  io: Io,
): Promise<Result<RunnerOptions>> {
  const [{ openSnapshots }, { straceFor }, { answers, parseReady, readinessOf }] = await Promise.all([
    import('../../shell/snapshot.ts'),
    import('../../shell/strace.ts'),
    import('../../shell/ready.ts'),
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
  const mounted =
    inContainer && flags.snapshot ? await mountsOf(flags, io) : { ok: true as const, value: undefined };
  if (!mounted.ok) return mounted;
  const { container } = job;
  const fixed =
    mounted.value && container ? { container: { ...container, volumes: mounted.value.fixed } } : {};
  const sites = await sitesOf(command, place, { ...job, ...fixed }, flags);
  // A container's own file system is fresh each time.
  const copy = flags.snapshot && !inContainer;
  const snapshots = copy ? await openSnapshots(job.cwd, { cold: flags.cold }) : undefined;
  if (snapshots && !snapshots.ok) return snapshots;
  return {
    ok: true,
    value: {
      sites,
      snapshots: snapshots?.value,
      ...(mounted.value ? { mounts: mounted.value.mounts } : {}),
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

/** Folders of this machine that a container may write to are copied for each run; the rest is mounted as it is. */
async function mountsOf(flags: MinimizeFlags, io: Io) {
  const [{ openSnapshots }, { isFolder }] = await Promise.all([
    import('../../shell/snapshot.ts'),
    import('../../shell/files.ts'),
  ]);
  const fixed: string[] = [];
  const mounts: NonNullable<RunnerOptions['mounts']>[number][] = [];
  for (const volume of flags.volume) {
    const [source = '', target = '', options = ''] = volume.split(':');
    const path = resolve(io.cwd, source);
    const writable = /^[./]/.test(source) && isFolder(path);
    if (!writable || options.split(',').includes('ro')) {
      fixed.push(volume);
      continue;
    }
    const snapshots = await openSnapshots(path, { cold: [] });
    if (!snapshots.ok) return snapshots;
    mounts.push({ snapshots: snapshots.value, target: options === '' ? target : `${target}:${options}` });
  }
  return { ok: true as const, value: { fixed, mounts } };
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
  const { engineNamed } = await import('../../shell/engines/choose.ts');
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
