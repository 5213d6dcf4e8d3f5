import { resolve } from 'node:path';
import { minimizeAt as minimizeThere, openPlaceFor, withTest } from '../../commands/minimize.ts';
import { profilePath, writesProfile } from '../../commands/minimizeDefaults.ts';
import type { MinimizeFlags } from '../../commands/minimizeFlags.ts';
import type { Place } from '../../commands/place.ts';
import type { Io } from '../../commands/ports.ts';
import type { CommandModule, Done } from '../binding.ts';
import { addExamples } from '../examples.ts';
import { progressOf } from '../minimizeProgress.ts';
import { addEngineOptions } from '../options/engineOptions.ts';
import { addMinimizeOptions } from '../options/minimizeOptions.ts';

const STATUS = `
Exit status: 0 nothing has to be changed, 1 a change is needed (and was found),
2 usage error, 3 not decided: it fails without a filter too, or no change helps.`;

export const define: CommandModule['define'] = (command, { io, action }) => {
  addExamples(command, [
    [
      'trace-build minimize --on docker@20.10.5 -- tar xf src.tar',
      'the smallest change that makes it pass there',
    ],
    [
      "trace-build minimize --on docker@18.03 --clear .zig-cache --test './zig-out/bin/app --version' -- zig build",
      'from a cold cache, with a test of the result',
    ],
    [
      "trace-build minimize --engine docker --image postgres:16 --ready 'ready to accept' -- postgres",
      'a server: it passes when it says so',
    ],
    [
      'trace-build minimize --merge a.strace.gz --merge b.strace.gz -o profile.json',
      'one profile for several recorded traces',
    ],
  ]);
  addMinimizeOptions(
    addEngineOptions(command).argument('[command...]', 'the command to run and its arguments'),
  )
    .passThroughOptions()
    .addHelpText('after', STATUS)
    .action(action(async (words: readonly string[], flags: MinimizeFlags) => run(words, flags, io)));
};

async function run(words: readonly string[], flags: MinimizeFlags, io: Io): Promise<Done> {
  if (flags.merge !== undefined) {
    // `--merge a b`, and `--merge *.strace.gz`; what stands behind the first word is not read as an option.
    const option = words.find((word) => word.startsWith('-'));
    if (option !== undefined) {
      return { kind: 'usage', what: `${option} stands behind a trace to merge`, hint: 'write options first' };
    }
    const { tellMerged } = await import('../minimizeMergeLog.ts');
    return tellMerged([...flags.merge, ...words], flags, io);
  }
  const [program, ...rest] = words;
  if (program === undefined) return { kind: 'usage', what: 'no command given: write it after --' };
  const place = await openPlaceFor(flags, io);
  if (!place.ok) return place.failure;
  return minimizeAt(words, withTest([program, ...rest], flags), place.value, flags, io);
}

/** Looks for the change at a place that is prepared, prints it and writes the profile. */
export async function minimizeAt(
  words: readonly string[],
  command: readonly [string, ...string[]],
  place: Place,
  flags: MinimizeFlags,
  io: Io,
): Promise<Done> {
  if (writesProfile(flags)) {
    const [{ whyNotWritable }, { outputPlace }] = await Promise.all([
      import('../../io/files/files.ts'),
      import('../../io/files/output.ts'),
    ]);
    const shown = profilePath(flags);
    const why = whyNotWritable(resolve(io.cwd, shown));
    // Better now than after hours of runs.
    if (why !== undefined) {
      const what = `the profile can't be written there: ${why}`;
      return { kind: 'usage', what, where: { file: shown }, hint: 'name another file with -o' };
    }
    const place = await outputPlace(resolve(io.cwd, shown), flags.force);
    if (!place.ok) return { ...place.failure, where: { file: shown } };
  }
  const log = (text: string): void => {
    if (!flags.quiet) io.err(`trace-build: ${text}\n`);
  };
  const stop = new AbortController();
  // It stays in place while it is called: with no listener but exec.ts’s own, it would end us by the same signal.
  const onSignal = (): void => {
    if (stop.signal.aborted) process.exit(130);
    log('stopping; the best so far follows (once more to end at once)');
    stop.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  let lost = false;
  const progress = progressOf(flags, io);
  try {
    const done = await minimizeThere(words, command, place, flags, {
      env: io.env,
      cwd: io.cwd,
      log,
      signal: stop.signal,
      onProgress: progress.update,
      onDaemonLost: () => {
        lost = true;
      },
    });
    progress.end();
    if (!done.ok) return done.failure;
    const { tellMinimized } = await import('../minimizeLog.ts');
    return await tellMinimized(done.value, flags, io);
  } finally {
    progress.end();
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
    // A daemon that hangs holds the clients that ask it; the next start removes what it makes after all.
    if (lost) setTimeout(() => process.exit(), 1000).unref();
  }
}
