import { basename, dirname, join, resolve } from 'node:path';
import type { Done } from '../cli/binding.ts';
import { inGithubActions } from '../cli/github.ts';
import type { Denial } from '../core/documents/denial.ts';
import type { RunDocument } from '../core/documents/run.ts';
import { ok, type Result } from '../core/failure.ts';
import type { RecordWishes } from '../io/recording/record.ts';
import type { Again, LayerRuns } from './layerRuns.ts';
import type { Place } from './place.ts';
import type { Io } from './ports.ts';
import type { RunFlags } from './runFlags.ts';
import { onThisMachine, type Plan, planOf, straceOf } from './runPlan.ts';

/** What not every caller wants. */
export interface RunMore {
  /** Makes another command's JSON document of the one that `run` would print. */
  readonly document?: (run: RunDocument) => object;
  /** For runs with layers lifted: a job that starts from the same state; the place's own where that is fresh each time. */
  readonly again?: LayerRuns['again'];
  /** Called before each of them. */
  readonly onLift?: LayerRuns['onRun'];
}

/** Runs a command at a place that is prepared, and tells what was refused. */
export async function runAt(
  command: readonly [string, ...string[]],
  place: Place,
  flags: RunFlags,
  io: Io,
  { document = (plain) => plain, again = () => afresh(place), onLift = () => {} }: RunMore = {},
): Promise<Done> {
  const [{ record, defaultOutput, outputPath }, { exists, isRunnable }] = await Promise.all([
    import('../io/recording/record.ts'),
    import('../io/files/files.ts'),
  ]);
  const say = (text: string): void => {
    if (!flags.quiet) io.err(`trace-build: ${text}\n`);
  };
  const reports = flags.report ?? [];
  if (reports.length > 0) {
    const { checkReports } = await import('./runReport.ts');
    const refused = await checkReports(reports, flags.force, io);
    if (refused) return refused;
  }
  const named = defaultOutput(command, new Date());
  const output = outputPath(flags.output ?? named, named);
  if (!output.ok) return output.failure;
  const { engine, host, job } = place;
  const planned = await planOf(place, flags);
  if (!planned.ok) return planned.failure;
  let plan = planned.value;
  if (onThisMachine(place) && job.rootfs === undefined && !isRunnable(command[0], io.cwd, io.env.PATH)) {
    const there = command[0].includes('/') && exists(resolve(io.cwd, command[0]));
    return {
      kind: 'usage',
      what: there
        ? `not a program: ${command[0]} is a folder, or may not be executed`
        : `command not found: ${command[0]}`,
    };
  }
  for (const line of place.taken) say(line);

  const progress = await progressFor(flags, io);
  const { confirming } = await import('./confirmRun.ts');
  const asking = plan.mode === 'full' ? await confirming(flags.confirm) : undefined;
  const wishes = (plan: Plan): RecordWishes => ({
    engine,
    engineVersion: place.engineVersion,
    recorder: plan.recorder,
    mode: plan.mode,
    ...(plan.mode === 'fast' ? { answers: [host.identity.expression] } : {}),
    host: plan.evaluated ? 'unconfined' : host.identity.expression,
    job: {
      ...plan.job,
      command,
      stdio: flags.json ? 'stderr' : 'inherit',
      ...(asking ? { onHeld: asking.onHeld } : {}),
    },
    output: resolve(io.cwd, output.value),
    // A name that the user did not choose may have a number, too.
    taken:
      flags.output === undefined || flags.output.endsWith('/') ? 'next' : flags.force ? 'force' : 'refuse',
    onStart: () => void loadTelling(),
    onLeftBehind: (names) => {
      const shown = names.length > 3 ? [...names.slice(0, 2), `${names.length - 2} more`] : names;
      say(
        `the command has ended; ${shown.join(', ')} of it ${names.length === 1 ? 'goes' : 'go'} on, and a fast recording waits for that; Ctrl-C ends it`,
      );
    },
    ...(progress ? { onProgress: progress.update } : {}),
  });
  let recorded = await record(wishes(plan));
  // The command did not run: what is around us shows only when the kernel is asked.
  if (plan.recorder.method === 'notification' && !recorded.ok && recorded.failure.kind === 'missing') {
    const traced = await straceOf(place, flags);
    if (!traced.ok) return traced.failure;
    plan = traced.value;
    say(`refusals can't be notified here (${recorded.failure.what}): strace records`);
    recorded = await record(wishes(plan));
  }
  progress?.clear();
  const confirmation = await asking?.finish();
  if (!recorded.ok) return recorded.failure;
  const { tell } = await loadTelling();
  const shown = join(dirname(output.value), basename(recorded.value.tracePath));
  const findLayers = async (denials: readonly Denial[]) => {
    const { findLayers: find } = await import('./layerRuns.ts');
    // Without the filter there is nothing to be notified of.
    const traced = plan.recorder.method === 'strace' ? ok(plan) : await straceOf(place, flags);
    if (!traced.ok) return traced;
    const { recorder } = traced.value;
    const { exit } = recorded.value.result;
    return find(denials, { place, command, recorder, exit, again, onRun: onLift });
  };
  const done = await tell(
    {
      recording: recorded.value,
      confirmation,
      place,
      plan,
      shownPath: shown,
      ...(flags.why ? { findLayers } : {}),
    },
    flags,
    io,
    document,
  );
  if (reports.length === 0 && !inGithubActions(io)) return done;
  const { writeReports } = await import('./runReport.ts');
  return (await writeReports(reports, shown, flags, io)) ?? done;
}

/** Where each run begins with the same files. */
async function afresh({ job }: Place): Promise<Result<Again>> {
  return ok({ job, remove: async () => {} });
}

/** What tells the result is loaded while the command runs. */
const loadTelling = () => import('./runResult.ts');

async function progressFor(flags: RunFlags, io: Io) {
  if (flags.quiet || !io.errIsTerminal) return undefined;
  const { progressLine } = await import('../cli/progress.ts');
  return progressLine(io.err, () => io.columns);
}
