import { resolve } from 'node:path';
import type { HostModel } from '../../../core/hosts/host.ts';
import type { Denial, ExitInfo, Report } from '../../../core/report.ts';
import type { Recording } from '../../../shell/record.ts';
import type { RunDocument } from '../../schemas/run.ts';
import type { CommandModule, Done } from '../commands.ts';
import { addEngineOptions, type EngineFlags, type Place, placeOf } from '../engineOptions.ts';
import { addExamples } from '../examples.ts';
import { EXIT } from '../exit.ts';
import type { Io } from '../io.ts';

export interface RunFlags extends EngineFlags {
  /** The command that finds the fix, where it is not `minimize` with the same words; empty: none. */
  readonly cure?: readonly string[];
  readonly output?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly propagate?: boolean;
  readonly fast?: boolean;
  /** Run in a copy of the working tree, which is removed afterwards. */
  readonly snapshot?: boolean;
  /** Folders of the copy that are emptied first; asks for a copy. */
  readonly cold?: readonly string[];
  readonly report?: readonly string[];
  /** Of trace-build, for the report. */
  readonly version?: string;
}

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

/**
 * Runs a command at a place that is prepared, and tells what was refused. `document` makes another command's JSON
 * document of the one that `run` would print.
 */
export async function runAt(
  command: readonly [string, ...string[]],
  place: Place,
  flags: RunFlags,
  io: Io,
  document: (run: RunDocument) => object = (plain) => plain,
): Promise<Done> {
  const [{ record, defaultOutput, outputPath }, { probeStrace }, { isRunnable }] = await Promise.all([
    import('../../../shell/record.ts'),
    import('../../../shell/strace.ts'),
    import('../../../shell/files.ts'),
  ]);
  const say = (text: string): void => {
    if (!flags.quiet) io.err(`trace-build: ${text}\n`);
  };
  const { checkReports, writeReports } = await import('../runReport.ts');
  const refused = checkReports(flags.report ?? []);
  if (refused) return refused;
  const output = outputPath(flags.output ?? defaultOutput(command, new Date(), io.cwd));
  if (!output.ok) return output.failure;
  const { engine, host, job } = place;
  const onThisMachine = engine.name === 'bubblewrap' || engine.name === 'host';
  const here = await probeStrace();
  // A tracer image brings its own; nothing is asked of it that strace 5 could not do.
  const strace =
    here.ok || onThisMachine
      ? here
      : {
          ok: true as const,
          value: { path: 'strace', version: 'of the tracer', numbers: false, seccompBpf: false },
        };
  if (!strace.ok) return strace.failure;
  if (onThisMachine && job.rootfs === undefined && !isRunnable(command[0], io.cwd, io.env.PATH)) {
    return { kind: 'usage', what: `command not found: ${command[0]}` };
  }
  for (const line of place.taken) say(line);

  const plan = await planOf(place, flags, strace.value.seccompBpf);
  const progress = await progressFor(flags, io);
  const recorded = await record({
    engine,
    engineVersion: place.engineVersion,
    strace: strace.value,
    straceWishes: plan.straceWishes,
    mode: plan.mode,
    ...(plan.mode === 'fast' ? { answers: [host.identity.expression] } : {}),
    host: plan.mode === 'fast' ? 'unconfined' : host.identity.expression,
    job: { ...plan.job, command, stdio: flags.json ? 'stderr' : 'inherit' },
    output: resolve(io.cwd, output.value),
    ...(progress ? { onProgress: progress.update } : {}),
  });
  progress?.clear();
  if (!recorded.ok) return recorded.failure;
  const done = await tell(recorded.value, place, plan.mode, output.value, flags, io, document);
  const trouble = await writeReports(flags.report ?? [], output.value, flags.version ?? '', io);
  return trouble ?? done;
}

async function planOf(place: Place, flags: RunFlags, seccompBpf: boolean) {
  const [{ deniedSomewhere, testedArguments }, { runningMachine }] = await Promise.all([
    import('../../../core/fast.ts'),
    import('../../../shell/machine.ts'),
  ]);
  const machine = runningMachine();
  const abi = machine.ok ? machine.value.arch : place.host.identity.arch;
  const raw = testedArguments([place.host], abi);
  const { host: _filter, ...unfiltered } = place.job;
  // An engine without a filter can only be judged afterwards.
  if (flags.fast || place.engine.name === 'host') {
    const only = seccompBpf ? { only: deniedSomewhere([place.host], abi) } : {};
    return { mode: 'fast' as const, job: unfiltered, straceWishes: { raw, ...only } };
  }
  return { mode: 'full' as const, job: place.job, straceWishes: { raw } };
}

async function progressFor(flags: RunFlags, io: Io) {
  if (flags.quiet || !io.errIsTerminal) return undefined;
  const { progressLine } = await import('../progress.ts');
  return progressLine(io.err, () => io.columns);
}

async function tell(
  recording: Recording,
  place: Place,
  mode: 'full' | 'fast',
  shownPath: string,
  flags: RunFlags,
  io: Io,
  wrap: (run: RunDocument) => object,
): Promise<Done> {
  const { result, summary, manifest } = recording;
  const { blockedOn, denialsOf } = await import('../../../core/judge.ts');
  const { identity } = place.host;
  const denials =
    mode === 'fast'
      ? blockedOn([summary], place.host)
      : denialsOf(summary, await ranOn(place), { exit: result.exit });
  const { calls: _calls, ...trace } = summary;
  const engine = { name: place.engine.name, version: place.engineVersion };
  const { checkFilter } = await import('../../../shell/engines/filterCheck.ts');
  const checked = await checkFilter(result, place.host, place.job.host !== undefined);
  const notes = [...identity.notes, ...(result.notes ?? []), ...checked];
  if (flags.json) {
    const document: RunDocument = {
      schema: 'trace-build/run@1',
      command: manifest.command,
      host: { ...identity, assumed: [...identity.assumed], notes: [...identity.notes] },
      engine: { ...engine, why: place.engineWhy },
      mode,
      ended: result.ended,
      exit: exitDocument(result.exit),
      seconds: Math.round(result.seconds * 1000) / 1000,
      trace: {
        ...trace,
        unparsedSamples: [...trace.unparsedSamples],
        abis: [...trace.abis],
        path: shownPath,
        manifest: (await import('../../../core/manifest.ts')).manifestPath(shownPath),
        ...(manifest.trouble === undefined ? {} : { trouble: manifest.trouble }),
      },
      denials: denials.map(denialDocument),
      notes,
    };
    io.out(`${JSON.stringify(wrap(document), undefined, 2)}\n`);
  } else {
    const { renderRun } = await import('../../text/run.ts');
    const report: Report = {
      command: manifest.command,
      ...(mode === 'fast' ? {} : { host: identity }),
      engine,
      exit: result.exit,
      traces: [trace],
      syscalls: [],
      denials: mode === 'fast' ? [] : denials,
      hosts: mode === 'fast' ? [{ host: identity, blocked: denials }] : [],
      environment: [],
      excerpts: [],
      notes,
    };
    const text = renderRun(
      {
        report,
        trace: {
          path: shownPath,
          events: trace.events,
          ...(manifest.trouble === undefined ? {} : { trouble: manifest.trouble }),
        },
        fast: mode === 'fast',
        next: nextSteps(denials, place.host.identity.expression, manifest.command, flags),
      },
      io.columns,
      io.colour,
    );
    io.out(text);
  }
  return statusOf(recording, denials, flags);
}

/** The host by which what happened is explained: where a filter was emulated, as this machine emulates it. */
async function ranOn({ host, job }: Place): Promise<HostModel> {
  if (job.host === undefined) return host;
  const [{ asEmulated }, { runningMachine }] = await Promise.all([
    import('../../../core/emulated.ts'),
    import('../../../shell/machine.ts'),
  ]);
  const machine = runningMachine();
  return machine.ok ? asEmulated(host, machine.value.arch) : host;
}

const breaking = ({ matters, cause }: Denial): boolean =>
  matters && cause !== 'genuine' && cause !== 'unknown';

function statusOf({ result }: Recording, denials: readonly Denial[], flags: RunFlags): Done {
  const { exit, ended } = result;
  if (ended === 'engine-failed' || ended === 'tracer-died') {
    return { kind: 'undecided', what: result.trouble ?? 'the command was not observed to its end' };
  }
  const stopped = result.received?.find((signal) => signal === 'SIGINT' || signal === 'SIGTERM');
  if (flags.propagate || (stopped !== undefined && exit.signal === stopped)) {
    if (exit.signal !== undefined) return { exitSignal: exit.signal };
    if (exit.status !== undefined && ended === 'exited') return exit.status;
  }
  if (denials.some(breaking)) return EXIT.findings;
  if (ended !== 'exited') {
    return { kind: 'undecided', what: result.trouble ?? 'the command did not end by itself' };
  }
  return EXIT.none;
}

function nextSteps(
  denials: readonly Denial[],
  host: string,
  command: readonly string[],
  flags: RunFlags,
): readonly { readonly command: string; readonly does: string }[] {
  const first = denials.find(breaking);
  if (!first) return [];
  const given = (name: string, value: string | undefined): readonly string[] =>
    value === undefined ? [] : [name, value];
  const where = [
    // A container engine that was taken as it is stays so.
    ...(flags.on === undefined && flags.engine !== 'auto' ? [] : ['--on', host]),
    ...given('--engine', flags.engine === 'auto' ? undefined : flags.engine),
    ...given('--image', flags.image),
    ...given('--rootfs', flags.rootfs),
    ...(flags.network ? [] : ['--no-network']),
    // A build that hangs here hangs there.
    ...given('--timeout', flags.timeout === undefined ? undefined : `${flags.timeout}s`),
  ];
  // No profile gives a kernel what it lacks.
  const curable = denials.some((denial) => breaking(denial) && denial.cause !== 'kernel');
  const cure = !curable ? [] : (flags.cure ?? ['trace-build', 'minimize', ...where, '--', ...command]);
  return [
    ...(cure.length === 0
      ? []
      : [
          {
            command: typed(cure),
            does: 'finds the smallest change to the profile and proves it by running again',
          },
        ]),
    {
      command: typed(['trace-build', 'explain', first.syscall, '--on', host]),
      does: 'tells what the call is for and who falls back when',
    },
  ];
}

/** Words as one would type them to a shell. */
function typed(words: readonly string[]): string {
  return words
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ');
}

function exitDocument({ status, signal, timedOut }: ExitInfo): RunDocument['exit'] {
  return {
    ...(status === undefined ? {} : { status }),
    ...(signal === undefined ? {} : { signal }),
    ...(timedOut === undefined ? {} : { timedOut }),
  };
}

function denialDocument(denial: Denial): RunDocument['denials'][number] {
  const { first } = denial;
  return {
    ...denial,
    first: {
      ...(first.file === undefined ? {} : { file: first.file }),
      line: first.line,
      ...(first.pid === undefined ? {} : { pid: first.pid }),
      ...(first.command === undefined ? {} : { command: first.command }),
    },
    fallback: denial.fallback ?? null,
  } as RunDocument['denials'][number];
}
