import { resolve } from 'node:path';
import { type Failure, fail, type Result } from '../../../core/failure.ts';
import type { Minimized } from '../../../shell/minimize.ts';
import type { RunnerOptions } from '../../../shell/minimizeRunner.ts';
import type { MinimizeProgress, MinimizeWishes } from '../../../shell/minimizeSession.ts';
import type { CommandModule, Done } from '../commands.ts';
import { addEngineOptions, type Place, placeOf } from '../engineOptions.ts';
import { addExamples } from '../examples.ts';
import { EXIT } from '../exit.ts';
import type { Io } from '../io.ts';
import { addMinimizeOptions, DEFAULT_PATIENCE_SECONDS, type MinimizeFlags } from '../minimizeOptions.ts';

const STATUS = `
Exit status: 0 nothing has to be changed, 1 a change is needed (and was found),
2 wrong use, 3 not decided: it fails without a filter too, or no change helps.`;

export const define: CommandModule['define'] = (command, { io, action }) => {
  addExamples(command, [
    [
      'trace-build minimize --on docker@20.10.5 -- tar xf src.tar',
      'the smallest change that makes it pass there',
    ],
    [
      "trace-build minimize --on docker@18.03 --cold .zig-cache --test './zig-out/bin/app --version' -- zig build",
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
    const { mergeTraces } = await import('../minimizeMerge.ts');
    return mergeTraces(flags.merge, flags, io);
  }
  const [program, ...rest] = words;
  if (program === undefined) return { kind: 'usage', what: 'no command given: write it after --' };
  const command = withTest([program, ...rest], flags.test);
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
  const say = (text: string): void => {
    if (!flags.quiet) io.err(`trace-build: ${text}\n`);
  };
  for (const line of place.taken) say(line);
  const stop = new AbortController();
  // It stays in place while it is called: with no listener but its own, execa would end us by the same signal.
  const onSignal = (): void => {
    if (stop.signal.aborted) process.exit(130);
    say('stopping; the best so far follows (once more to end at once)');
    stop.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  const runner = await runnerOf(command, place, flags, stop.signal, io);
  if (!runner.ok) return runner.failure;
  const { snapshots } = runner.value;
  if (snapshots) {
    const size = `${snapshots.entries} entries, ${(snapshots.bytes / 1e6).toFixed(1)} MB`;
    say(`each run gets a fresh copy of the working tree (${size}, by ${snapshots.kind})`);
  }
  const progress = progressOf(flags, io);
  try {
    const wishes = await wishesOf(command, place, runner.value, flags, stop.signal, progress, io);
    const minimized = flags.complete
      ? await (await import('../minimizeComplete.ts')).completeOf(wishes, place)
      : await (await import('../../../shell/minimize.ts')).minimize(wishes);
    progress.end();
    if (!minimized.ok) return minimized.failure;
    return await tell(words, place, minimized.value, flags, io);
  } finally {
    progress.end();
    await snapshots?.close();
    for (const mount of runner.value.mounts ?? []) await mount.snapshots.close();
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

/** `--context a,b`: the first one is asked what it is. */
function firstContext({ context }: MinimizeFlags): { context?: string } {
  const [first] = context?.split(',') ?? [];
  return first === undefined ? {} : { context: first };
}

function withTest(
  command: readonly [string, ...string[]],
  test: string | undefined,
): readonly [string, ...string[]] {
  if (test === undefined) return command;
  return ['/bin/sh', '-c', `"$@"\n${test}`, 'trace-build', ...command];
}

async function runnerOf(
  command: readonly [string, ...string[]],
  place: Place,
  flags: MinimizeFlags,
  signal: AbortSignal,
  io: Io,
): Promise<Result<RunnerOptions>> {
  const [{ openSnapshots }, { probeStrace }, { answers, parseReady, readinessOf }] = await Promise.all([
    import('../../../shell/snapshot.ts'),
    import('../../../shell/strace.ts'),
    import('../../../shell/ready.ts'),
  ]);
  const strace = await probeStrace();
  if (!strace.ok) return strace;
  const when = flags.ready === undefined ? undefined : parseReady(flags.ready);
  if (when?.kind === 'port' && (await answers(when.port))) {
    return fail(
      'usage',
      `something answers on port ${when.port} already, so it can't tell that the command is ready`,
    );
  }
  const inContainer = place.engine.name !== 'bubblewrap';
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
      ...(when === undefined ? {} : { readiness: readinessOf(when) }),
      repeat: flags.repeat ?? 1,
      retries: flags.retries,
      signal,
    },
  };
}

/** Folders of this machine that a container may write to are copied for each run; the rest is mounted as it is. */
async function mountsOf(flags: MinimizeFlags, io: Io) {
  const [{ openSnapshots }, { isFolder }] = await Promise.all([
    import('../../../shell/snapshot.ts'),
    import('../../../shell/files.ts'),
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
  const { engineNamed } = await import('../../../shell/engines/choose.ts');
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

/** Everything that the question consists of, with the fingerprint that a resumed session must share. */
async function wishesOf(
  command: readonly string[],
  place: Place,
  runner: RunnerOptions,
  flags: MinimizeFlags,
  signal: AbortSignal,
  progress: Progress,
  io: Io,
): Promise<MinimizeWishes> {
  const [{ fingerprint }, { treeFingerprint }] = await Promise.all([
    import('../../../shell/outcomeCache.ts'),
    import('../../../shell/treeFingerprint.ts'),
  ]);
  const { budget } = flags;
  const tree = runner.snapshots ? await treeFingerprint(io.cwd) : '';
  const settings = [
    flags.cold,
    flags.expectOutput?.source,
    flags.rejectOutput?.source,
    flags.ready,
    place.job.network,
    flags.complete,
  ];
  return {
    runner,
    host: place.host,
    search: {
      budget: budget.runs,
      confirm: flags.confirm,
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
      tree,
    ]),
    resume: flags.resume === true,
    signal,
    onProgress: progress.update,
  };
}

/** What a container engine understands by the image's name now; empty where there is none (yet). */
async function imageIdOf({ engine, job: { container, image } }: Place): Promise<string> {
  if (image === undefined || (engine.name !== 'docker' && engine.name !== 'podman')) return '';
  const { ContainerCli } = await import('../../../shell/engines/containerCli.ts');
  const cli = new ContainerCli(engine.name, container);
  const said = await cli.capture(['image', 'inspect', '--format', '{{.Id}}', image], { timeoutSeconds: 30 });
  return said.stdout.trim();
}

type Progress = ReturnType<typeof progressOf>;

function progressOf(flags: MinimizeFlags, io: Io) {
  let drawn = false;
  const clear = (): void => {
    if (drawn) io.err('\r\u001b[K');
    drawn = false;
  };
  return {
    update({ phase, done, remaining, best, last }: MinimizeProgress): void {
      if (flags.quiet) return;
      const so = best === undefined ? '' : `; best so far: ${best === '' ? 'nothing' : best}`;
      if (io.errIsTerminal) {
        clear();
        io.err(`${phase}: ${done} runs done, about ${remaining} to go${so}`.slice(0, io.columns - 1));
        drawn = true;
      } else if (last) {
        io.err(
          `trace-build: ${phase}: ${last.key || 'as it is'}: ${last.outcome}${last.why ? ` (${last.why})` : ''} (${last.seconds.toFixed(2)} s)${so}\n`,
        );
      }
    },
    end: clear,
  };
}

async function tell(
  words: readonly string[],
  place: Place,
  minimized: Minimized,
  flags: MinimizeFlags,
  io: Io,
): Promise<Done> {
  const [{ documentOf }, { writeText }] = await Promise.all([
    import('../minimizeDocument.ts'),
    import('../../../shell/files.ts'),
  ]);
  const shown = flags.output ?? 'trace-build-seccomp.json';
  const document = await documentOf(words, place, minimized, resolve(io.cwd, shown));
  let written: string | undefined;
  if (document.profile !== null && (!flags.json || flags.output !== undefined)) {
    try {
      writeText(resolve(io.cwd, shown), `${JSON.stringify(document.profile, null, 2)}\n`);
      written = shown;
    } catch (error) {
      return {
        kind: 'missing',
        what: `the profile can't be written (${(error as NodeJS.ErrnoException).code})`,
        where: { file: shown },
      } satisfies Failure;
    }
  }
  if (flags.json) io.out(`${JSON.stringify(document, null, 2)}\n`);
  else {
    const { renderMinimize } = await import('../../text/minimize.ts');
    io.out(renderMinimize(document, written, io.columns));
  }
  if (document.outcome === 'nothing-to-fix') return EXIT.none;
  return document.outcome === 'fixed' ? EXIT.findings : EXIT.undecided;
}
