import type { CommandModule, Done } from '../commands.ts';
import { addEngineOptions, type Place, placeOf } from '../engineOptions.ts';
import { addExamples } from '../examples.ts';
import type { Io } from '../io.ts';
import { type RunFlags, runAt } from '../runAt.ts';

const STATUS = `
Exit status: 0 nothing that matters was refused, 1 something was, 2 wrong use,
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
    .option('--fast', 'trace without a filter, only what the host may refuse, then judge')
    .option('--snapshot', 'run in a copy of the working tree, and leave the tree as it is (bubblewrap)')
    .option(
      '--cold <path>',
      'empty this folder of the copy first, since a warm cache hides calls; repeatable, implies --snapshot',
      (path: string, before: readonly string[] | undefined) => [...(before ?? []), path],
    )
    .option('--full', 'run under the filter and trace everything (default)')
    .option(
      '--report <file>',
      'write a redacted report too, can be repeated: .md .html .json .sarif .xml .txt',
      (file: string, before: readonly string[] | undefined) => [...(before ?? []), file],
    )
    .option('--propagate', 'exit as the command did')
    .option('--json', 'print one JSON document')
    .option('-q, --quiet', 'no progress and no remarks on standard error')
    .passThroughOptions()
    .addHelpText('after', STATUS)
    .action(
      action(async (words: readonly [string, ...string[]], flags: RunFlags) =>
        run(words, { ...flags, version: command.parent?.version() ?? '' }, io),
      ),
    );
};

async function run(command: readonly [string, ...string[]], flags: RunFlags, io: Io): Promise<Done> {
  const { probeStrace } = await import('../../../shell/strace.ts');
  // Asked for at the same time; the answer about strace is kept.
  const [place] = await Promise.all([placeOf(flags, io), probeStrace()]);
  if (!place.ok) return place.failure;
  if (!flags.snapshot && flags.cold === undefined) return runAt(command, place.value, flags, io);
  return runInCopy(command, place.value, flags, io);
}

/** The same in a fresh copy of the working tree, which the command sees at the tree's own place. */
async function runInCopy(
  command: readonly [string, ...string[]],
  place: Place,
  flags: RunFlags,
  io: Io,
): Promise<Done> {
  if (place.engine.name !== 'bubblewrap') {
    return {
      kind: 'usage',
      what: `--snapshot and --cold are for bubblewrap, and the engine is ${place.engine.name}`,
      hint: 'a container has a file system of its own; what is mounted with -v is the folder itself',
    };
  }
  const { openSnapshots } = await import('../../../shell/snapshot.ts');
  const snapshots = await openSnapshots(place.job.cwd, { cold: flags.cold ?? [] });
  if (!snapshots.ok) return snapshots.failure;
  try {
    const copy = await snapshots.value.take();
    if (!copy.ok) return copy.failure;
    return await runAt(command, { ...place, job: { ...place.job, tree: copy.value.path } }, flags, io);
  } finally {
    await snapshots.value.close();
  }
}
