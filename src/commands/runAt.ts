import { basename, dirname, join, resolve } from 'node:path';
import type { Denial } from '../core/documents/denial.ts';
import { fail, ok, type Result } from '../core/failure.ts';
import type { RecordWishes } from '../io/recording/record.ts';
import type { Again, LayerRuns } from './layerRuns.ts';
import type { Place } from './place.ts';
import type { LogPorts } from './ports.ts';
import type { RunFlags } from './runFlags.ts';
import { onThisMachine, type Plan, planOf, straceOf } from './runPlan.ts';
import type { RunResult } from './runResult.ts';

export interface RunPorts extends LogPorts {
  /** Called when the command has been started: the time to load what shows the result. */
  onStart?(): void;
  readonly onProgress?: RecordWishes['onProgress'];
  /** Standard output of the command; `inherit` where it is not given. */
  readonly stdio?: 'inherit' | 'stderr';
}

/** For runs with layers lifted; see `RunOptions.why`. */
export interface RunAgain {
  /** A job that starts from the same state; the place's own where that is fresh each time. */
  readonly again?: LayerRuns['again'];
  /** Called before each of them. */
  readonly onLift?: LayerRuns['onRun'];
}

/** Runs a command at a place that is prepared, and finds out what was refused. */
export async function runAt(
  command: readonly [string, ...string[]],
  place: Place,
  flags: RunFlags,
  ports: RunPorts,
  { again = () => afresh(place), onLift = () => {} }: RunAgain = {},
): Promise<Result<RunResult>> {
  const [{ record, defaultOutput, outputPath }, { exists, isRunnable }] = await Promise.all([
    import('../io/recording/record.ts'),
    import('../io/files/files.ts'),
  ]);
  const { log = () => {}, cwd, env } = ports;
  const named = defaultOutput(command, new Date());
  const output = outputPath(flags.output ?? named, named);
  if (!output.ok) return output;
  const { engine, host, job } = place;
  const planned = await planOf(place, flags);
  if (!planned.ok) return planned;
  let plan = planned.value;
  if (onThisMachine(place) && job.rootfs === undefined && !isRunnable(command[0], cwd, env.PATH)) {
    const there = command[0].includes('/') && exists(resolve(cwd, command[0]));
    return fail(
      'usage',
      there
        ? `not a program: ${command[0]} is a folder, or may not be executed`
        : `command not found: ${command[0]}`,
    );
  }
  for (const line of place.taken) log(line);

  const { confirming } = await import('./confirmRun.ts');
  const asking =
    plan.mode === 'full' ? await confirming(flags.confirm ?? (flags.why ? undefined : false)) : undefined;
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
      stdio: ports.stdio ?? 'inherit',
      ...(asking ? { onHeld: asking.onHeld } : {}),
    },
    output: resolve(cwd, output.value),
    // A name that the user did not choose may have a number, too.
    taken:
      flags.output === undefined || flags.output.endsWith('/') ? 'next' : flags.force ? 'force' : 'refuse',
    onStart: () => {
      void loadResult();
      ports.onStart?.();
    },
    onLeftBehind: (names) => {
      const shown = names.length > 3 ? [...names.slice(0, 2), `${names.length - 2} more`] : names;
      log(
        `the command has ended; ${shown.join(', ')} of it ${names.length === 1 ? 'goes' : 'go'} on, and a fast recording waits for that; Ctrl-C ends it`,
      );
    },
    ...(ports.onProgress ? { onProgress: ports.onProgress } : {}),
  });
  let recorded = await record(wishes(plan));
  // The command did not run: what is around us shows only when the kernel is asked.
  if (plan.recorder.method === 'notification' && !recorded.ok && recorded.failure.kind === 'missing') {
    const traced = await straceOf(place, flags);
    if (!traced.ok) return traced;
    plan = traced.value;
    log(`refusals can't be notified here (${recorded.failure.what}): strace records`);
    recorded = await record(wishes(plan));
  }
  const confirmation = await asking?.finish();
  if (!recorded.ok) return recorded;
  const { resultOf } = await loadResult();
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
  return resultOf(
    {
      recording: recorded.value,
      confirmation,
      place,
      plan,
      shownPath: shown,
      ...(flags.why ? { findLayers } : {}),
    },
    flags,
  );
}

/** Where each run begins with the same files. */
async function afresh({ job }: Place): Promise<Result<Again>> {
  return ok({ job, remove: async () => {} });
}

/** Loaded while the command runs. */
const loadResult = () => import('./runResult.ts');
