import { fail, ok, type Result } from '../core/failure.ts';
import type { Mounts } from '../io/images/mounts.ts';
import type { Snapshot } from '../io/images/snapshot.ts';
import type { Again, LayerRuns } from './layerRuns.ts';
import type { Place } from './place.ts';
import type { RunPorts } from './runAt.ts';
import type { RunFlags } from './runFlags.ts';

/**
 * Calls `use` with the place, or, where the options ask for it or the command will run more than once, with one that has
 * fresh copies of the working tree, or of the directories mounted with -v; the command sees them where they were.
 * `again` gives further copies. They are removed at the end.
 */
export async function inCopies<T>(
  place: Place,
  flags: RunFlags,
  ports: RunPorts,
  use: (place: Place, again?: LayerRuns['again']) => Promise<T>,
): Promise<Result<T>> {
  // What one run leaves behind would change the next.
  if (!flags.snapshot && !flags.why && flags.clear === undefined) return ok(await use(place));
  const { name } = place.engine;
  if (name === 'host') {
    return fail('usage', 'the host engine shows no copy in place of the working tree', {
      hint: 'use --engine bubblewrap, docker or podman',
    });
  }
  const clear = flags.clear ?? [];
  const { container } = place.job;
  const daemon = container && (container.context ?? ports.env.DOCKER_HOST);
  if (daemon !== undefined && /^(?:tcp|ssh|https?):/.test(daemon)) {
    return fail('usage', `${daemon} mounts folders of its own machine, which can't be copied from here`);
  }
  const mounts =
    name === 'bubblewrap'
      ? await treeOf(place.job.cwd, clear)
      : await (await import('../io/images/mounts.ts')).openMounts(container?.volumes ?? [], clear, ports.cwd);
  if (!mounts.ok) return mounts;
  const { fixed, copied } = mounts.value;
  const copies = async (): Promise<Result<Again>> => {
    const volumes = [...fixed];
    const made: Snapshot[] = [];
    let tree: string | undefined;
    for (const { snapshots, target } of copied) {
      const copy = await snapshots.take();
      if (!copy.ok) return copy;
      made.push(copy.value);
      if (name === 'bubblewrap') tree = copy.value.path;
      else volumes.push(`${copy.value.path}:${target}`);
    }
    return ok({
      job: {
        ...place.job,
        ...(tree === undefined ? {} : { tree }),
        ...(container ? { container: { ...container, volumes } } : {}),
      },
      remove: async () => {
        for (const copy of made) await copy.remove();
      },
    });
  };
  try {
    for (const { source, snapshots } of copied) ports.log?.(`in a copy of ${source} (${snapshots.size})`);
    const first = await copies();
    if (!first.ok) return first;
    return ok(await use({ ...place, job: first.value.job }, copies));
  } finally {
    await mounts.value.close();
  }
}

/** The working tree alone, in the form of mounts. */
async function treeOf(source: string, clear: readonly string[]): Promise<Result<Mounts>> {
  const { openSnapshots } = await import('../io/images/snapshot.ts');
  const snapshots = await openSnapshots(source, { clear });
  if (!snapshots.ok) return snapshots;
  const { value } = snapshots;
  return ok({
    fixed: [],
    copied: [{ source, snapshots: value, target: source }],
    close: () => value.close(),
  });
}
