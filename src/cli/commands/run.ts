import type { Again } from '../../commands/layerRuns.ts';
import { placeOf } from '../../commands/openPlace.ts';
import type { Place } from '../../commands/place.ts';
import type { Io } from '../../commands/ports.ts';
import { runAt } from '../../commands/runAt.ts';
import type { RunFlags } from '../../commands/runFlags.ts';
import type { Lift } from '../../core/documents/layers.ts';
import { ok, type Result } from '../../core/failure.ts';
import type { Mounts } from '../../io/images/mounts.ts';
import type { Snapshot } from '../../io/images/snapshot.ts';
import { liftPhrase } from '../../render/phrases/layers.ts';
import type { CommandModule, Done } from '../binding.ts';
import { addExamples } from '../examples.ts';
import { addEngineOptions } from '../options/engineOptions.ts';
import { FORCE } from '../options/force.ts';
import { VERBOSE } from '../options/verbose.ts';

const STATUS = `
Exit status: 0 nothing that matters was refused, 1 something was, 2 usage error,
3 not decided; with --propagate the command's own status. With --json the
command's standard output goes to standard error.`;

export const define: CommandModule['define'] = (command, { io, action }) => {
  addExamples(command, [
    ['trace-build -- make -j8', 'trace a build as the installed Docker, else the newest, would run it'],
    ['trace-build --on docker@20.10.5 -- tar xf src.tar', 'as that version would run it'],
    ['trace-build --on podman@4.3.1 --json -- npm ci > refused.json', 'a document for other programs'],
    ['trace-build run --engine docker --image debian:12 -- apt-get update', 'in a real container'],
    ['trace-build run --report report.html -- make', 'with a report to show'],
  ]);
  addEngineOptions(command)
    .argument('<command...>', 'the command to run and its arguments')
    .option('-o, --output <file>', 'where the trace goes (default: traces/local/…)')
    .option('--fast', 'record only what the host refuses, at the speed of the command alone')
    .option('--snapshot', 'run in a copy of the working tree, or of what -v mounts, and leave it as it is')
    .option(
      '--clear <path>',
      'empty this folder of the copy first, since a warm cache hides calls; repeatable, implies --snapshot',
      (path: string, before: readonly string[] | undefined) => [...(before ?? []), path],
    )
    .option(
      '--why',
      'where a reason is not known, run again with one layer after another lifted; implies --snapshot',
    )
    .option('--times', 'record when each call began and how long it took (report --format perfetto)')
    .option('--full', 'run under the filter and trace everything (default)')
    .option(
      '--report <file>',
      'write a redacted report too, can be repeated: .md .html .json .sarif .xml .txt',
      (file: string, before: readonly string[] | undefined) => [...(before ?? []), file],
    )
    .option('--force', FORCE)
    .option('--propagate', 'exit as the command did')
    .option(
      '--confirm',
      "ask the kernel's tracepoints who refused each call (default: with root or CAP_PERFMON)",
    )
    .option('--no-confirm', 'leave them alone')
    .option('--json', 'print one JSON document')
    .option('-q, --quiet', 'no progress and no remarks on standard error')
    .option('--verbose', VERBOSE)
    .passThroughOptions()
    .addHelpText('after', STATUS)
    .action(
      action(async (words: readonly [string, ...string[]], flags: RunFlags) =>
        run(words, { ...flags, version: command.parent?.version() ?? '' }, io),
      ),
    );
};

async function run(command: readonly [string, ...string[]], flags: RunFlags, io: Io): Promise<Done> {
  if (flags.times && flags.fast) {
    return {
      kind: 'usage',
      what: '--times needs every call, and --fast records few',
      hint: 'leave out one of them',
    };
  }
  const { probeStrace } = await import('../../io/recording/strace.ts');
  // Asked for at the same time; the answer about strace is kept.
  const [place] = await Promise.all([placeOf(flags, io), probeStrace()]);
  if (!place.ok) return place.failure;
  // What one run leaves behind would change the next.
  if (!flags.snapshot && !flags.why && flags.clear === undefined)
    return runAt(command, place.value, flags, io);
  return runInCopy(command, place.value, flags, io);
}

/** The same in fresh copies of the working tree, or of the folders mounted with -v, which the command sees at their own places. */
async function runInCopy(
  command: readonly [string, ...string[]],
  place: Place,
  flags: RunFlags,
  io: Io,
): Promise<Done> {
  const { name } = place.engine;
  if (name === 'host') {
    return {
      kind: 'usage',
      what: 'the host engine shows no copy in place of the working tree',
      hint: 'use --engine bubblewrap, docker or podman',
    };
  }
  const onLift = (lift: Lift): void => {
    if (!flags.quiet) io.err(`trace-build: running it again without ${liftPhrase(lift)}\n`);
  };
  const clear = flags.clear ?? [];
  const { container } = place.job;
  const daemon = container && (container.context ?? io.env.DOCKER_HOST);
  if (daemon !== undefined && /^(?:tcp|ssh|https?):/.test(daemon)) {
    return {
      kind: 'usage',
      what: `${daemon} mounts folders of its own machine, which can't be copied from here`,
    };
  }
  const mounts =
    name === 'bubblewrap'
      ? await treeOf(place.job.cwd, clear)
      : await (await import('../../io/images/mounts.ts')).openMounts(container?.volumes ?? [], clear, io.cwd);
  if (!mounts.ok) return mounts.failure;
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
    for (const { source, snapshots } of copied) {
      if (!flags.quiet) io.err(`trace-build: in a copy of ${source} (${snapshots.size})\n`);
    }
    const first = await copies();
    if (!first.ok) return first.failure;
    return await runAt(command, { ...place, job: first.value.job }, flags, io, { again: copies, onLift });
  } finally {
    await mounts.value.close();
  }
}

/** The working tree alone, in the form of mounts. */
async function treeOf(source: string, clear: readonly string[]): Promise<Result<Mounts>> {
  const { openSnapshots } = await import('../../io/images/snapshot.ts');
  const snapshots = await openSnapshots(source, { clear });
  if (!snapshots.ok) return snapshots;
  const { value } = snapshots;
  return ok({
    fixed: [],
    copied: [{ source, snapshots: value, target: source }],
    close: () => value.close(),
  });
}
