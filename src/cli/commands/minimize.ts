import { resolve } from 'node:path';
import type { MinimizeFlags } from '../../commands/minimizeFlags.ts';
import { wishesOf } from '../../commands/minimizeOptions.ts';
import { runnerOf } from '../../commands/minimizeRuns.ts';
import type { Place } from '../../commands/place.ts';
import type { Io } from '../../commands/ports.ts';
import type { CommandModule, Done } from '../binding.ts';
import { addExamples } from '../examples.ts';
import { progressOf } from '../minimizeProgress.ts';
import { addEngineOptions, placeOf } from '../options/engineOptions.ts';
import { addMinimizeOptions, profilePath, writesProfile } from '../options/minimizeOptions.ts';

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
    const { mergeTraces } = await import('../../commands/minimizeMerge.ts');
    return mergeTraces([...flags.merge, ...words], flags, io);
  }
  const [program, ...rest] = words;
  if (program === undefined) return { kind: 'usage', what: 'no command given: write it after --' };
  const command = withTest([program, ...rest], flags);
  const place = await placeOf({ ...flags, ...firstContext(flags) }, io);
  return place.ok ? minimizeAt(words, command, place.value, flags, io) : place.failure;
}

/** Looks for the change at a place that is prepared; `words` is the command as the user wrote it. */
export async function minimizeAt(
  words: readonly string[],
  command: readonly [string, ...string[]],
  place: Place,
  flags: MinimizeFlags,
  io: Io,
): Promise<Done> {
  if (place.engine.name === 'host') {
    return {
      kind: 'missing',
      what: 'the host engine loads no filter, so nothing can be proven with it',
      hint: 'install bubblewrap, or use --engine docker; trace-build replay predicts without running',
    };
  }
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
  const say = (text: string): void => {
    if (!flags.quiet) io.err(`trace-build: ${text}\n`);
  };
  for (const line of place.taken) say(line);
  const stop = new AbortController();
  // It stays in place while it is called: with no listener but exec.ts’s own, it would end us by the same signal.
  const onSignal = (): void => {
    if (stop.signal.aborted) process.exit(130);
    say('stopping; the best so far follows (once more to end at once)');
    stop.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  const found = await runnerOf(command, place, flags, stop.signal, io);
  if (!found.ok) return found.failure;
  let lost = false;
  const onLost = (what: string): void => {
    lost = true;
    say(what);
  };
  const runner = { ...found.value, onLost };
  const { snapshots } = runner;
  if (snapshots) say(`each run gets a fresh copy of the working tree (${snapshots.size})`);
  for (const { source, snapshots: copies } of runner.mounts ?? []) {
    say(`each run gets a fresh copy of ${source} (${copies.size})`);
  }
  const progress = progressOf(flags, io);
  try {
    const wishes = await wishesOf(command, place, runner, flags, stop.signal, progress.update, io);
    const minimized = flags.allowlist
      ? await (await import('../../commands/minimizeComplete.ts')).completeOf(wishes, place, flags)
      : await (await import('../../io/experiments/minimize.ts')).minimize(wishes);
    progress.end();
    if (!minimized.ok) return minimized.failure;
    const { tellMinimized } = await import('../minimizeLog.ts');
    return await tellMinimized(words, place, minimized.value, flags, io);
  } finally {
    progress.end();
    await snapshots?.close();
    for (const mount of runner.mounts ?? []) await mount.snapshots.close();
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
    // A daemon that hangs holds the clients that ask it; the next start removes what it makes after all.
    if (lost) setTimeout(() => process.exit(), 1000).unref();
  }
}

/** `--context a,b`: the first one is asked what it is. */
function firstContext({ context }: MinimizeFlags): { context?: string } {
  const [first] = context?.split(',') ?? [];
  return first === undefined ? {} : { context: first };
}

/** A server is tested while it is up (see `Readiness`), anything else afterwards. */
function withTest(
  command: readonly [string, ...string[]],
  { test, ready }: MinimizeFlags,
): readonly [string, ...string[]] {
  if (test === undefined || ready !== undefined) return command;
  return ['/bin/sh', '-c', `"$@"\n${test}`, 'trace-build', ...command];
}
