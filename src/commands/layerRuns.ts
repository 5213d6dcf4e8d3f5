import { join } from 'node:path';
import { fateIn, layerQuestions } from '../core/diagnosis/layers/questions.ts';
import { type Fates, type Question, searchLayers } from '../core/diagnosis/layers/search.ts';
import type { Denial } from '../core/documents/denial.ts';
import type { Fate, LayerFindings, Lift } from '../core/documents/layers.ts';
import type { ExitInfo } from '../core/documents/trace.ts';
import { ok, type Result } from '../core/failure.ts';
import type { Abi } from '../core/linux/abi.ts';
import { syscallNumber } from '../core/linux/numbers.ts';
import type { Job } from '../io/engines/engine.ts';
import { inTemporaryFolder } from '../io/files/temporary.ts';
import { grantable } from '../io/machine/capabilities.ts';
import { type RecordWishes, record } from '../io/recording/record.ts';
import { confirming } from './confirmRun.ts';
import type { Place } from './place.ts';

/** A job in the state from which the first run began, for one more run. */
export interface Again {
  readonly job: Place['job'];
  remove(): Promise<void>;
}

/** What the runs with layers lifted are made of. */
export interface LayerRuns {
  readonly place: Place;
  readonly command: readonly [string, ...string[]];
  readonly recorder: RecordWishes['recorder'];
  /** How the first run ended. */
  readonly exit: ExitInfo;
  again(): Promise<Result<Again>>;
  /** Called before each run. */
  onRun(lift: Lift): void;
}

/** Runs the command again with one layer after another lifted, until the layer of each refusal is known or cannot be. */
export async function findLayers(
  denials: readonly Denial[],
  runs: LayerRuns,
): Promise<Result<LayerFindings>> {
  const { engine, host, job } = runs.place;
  const questions = layerQuestions(denials);
  const here = await engine.layers?.(job);
  if (!here || questions.length === 0) return ok({ kept: here?.kept ?? [], searches: [] });
  const missing = [...grantable()].filter(
    (name) => host.target?.caps.has(name) === false && !here.unknown?.includes(name),
  );
  const useful = {
    capabilities: missing.length > 0,
    tracer: questions.some(({ syscall }) => syscall === 'ptrace'),
  };
  const can = here.can.filter((layer) => (layer !== 'capabilities' && layer !== 'tracer') || useful[layer]);
  const search = searchLayers(questions, can, missing);
  let step = search.next();
  while (!step.done) {
    runs.onRun(step.value);
    const fates = await fatesOf(questions, step.value, runs);
    if (!fates.ok) return fates;
    step = search.next(fates.value);
  }
  return ok({ kept: here.kept, searches: step.value });
}

async function fatesOf(questions: readonly Question[], lift: Lift, runs: LayerRuns): Promise<Result<Fates>> {
  const again = await runs.again();
  if (!again.ok) return again;
  const job: Omit<Job, 'tracing'> = { ...again.value.job, command: runs.command, stdio: 'capture', lift };
  try {
    if (lift.layers.includes('tracer')) return await untraced(questions, job, runs);
    return await inTemporaryFolder((folder) => traced(questions, job, folder, runs));
  } finally {
    await again.value.remove();
  }
}

async function traced(
  questions: readonly Question[],
  job: Omit<Job, 'tracing'>,
  folder: string,
  { place, recorder }: LayerRuns,
): Promise<Result<Fates>> {
  const { engine, engineVersion } = place;
  const output = join(folder, 'run.strace');
  const recorded = await record({ engine, engineVersion, job, recorder, output, mode: 'full' });
  if (!recorded.ok) return unlessStopped(recorded, questions);
  const { result, summary } = recorded.value;
  if (result.ended === 'engine-failed') return ok(questions.map(() => 'not-known'));
  return ok(questions.map((question) => fateIn(summary.calls, question)));
}

/** An engine that makes no such run leaves its question open; only the user ends the search. */
function unlessStopped(failed: Result<never>, questions: readonly Question[]): Result<Fates> {
  if (!failed.ok && failed.failure.kind === 'interrupted') return failed;
  return ok(questions.map(() => 'not-known'));
}

/** Without strace the kernel's tracepoints tell what was refused; where they can't, how the command ended. */
async function untraced(
  questions: readonly Question[],
  job: Omit<Job, 'tracing'>,
  { place, exit }: LayerRuns,
): Promise<Result<Fates>> {
  const asking = await confirming(undefined);
  const ran = await place.engine.run({ ...job, ...(asking ? { onHeld: asking.onHeld } : {}) });
  const { records } = (await asking?.finish()) ?? {};
  if (!ran.ok) return unlessStopped(ran, questions);
  const cured = exit.status !== 0 && ran.value.ended === 'exited' && ran.value.exit.status === 0;
  return ok(
    questions.map(({ syscall, abi, errno }): Fate => {
      if (syscall !== 'ptrace') return 'not-known';
      const nr = syscallNumber(syscall, abi as Abi);
      const refused = records?.records.some((one) => one.nr === nr && one.errno === errno);
      if (records && records.lost === 0) return refused ? 'refused' : 'passed';
      return cured ? 'passed' : 'not-known';
    }),
  );
}
