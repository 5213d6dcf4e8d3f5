import { placeOf } from '../../commands/openPlace.ts';
import type { Io } from '../../commands/ports.ts';
import { inCopies } from '../../commands/runCopies.ts';
import type { RunFlags } from '../../commands/runFlags.ts';
import type { Lift } from '../../core/documents/layers.ts';
import { liftPhrase } from '../../render/phrases/layers.ts';
import type { CommandModule, Done } from '../binding.ts';
import { addExamples } from '../examples.ts';
import { addEngineOptions } from '../options/engineOptions.ts';
import { FORCE } from '../options/force.ts';
import { VERBOSE } from '../options/verbose.ts';
import { runAndTell } from '../tellRun.ts';

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
    .option('--confirm', "ask the kernel's tracepoints who refused each call (root or CAP_PERFMON)")
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
  const log = (text: string): void => {
    if (!flags.quiet) io.err(`trace-build: ${text}\n`);
  };
  const onLift = (lift: Lift): void => log(`running it again without ${liftPhrase(lift)}`);
  const done = await inCopies(place.value, flags, { env: io.env, cwd: io.cwd, log }, (there, again) =>
    runAndTell(command, there, flags, io, { onLift, ...(again ? { again } : {}) }),
  );
  return done.ok ? done.value : done.failure;
}
