import { blockedOn } from '../core/diagnosis/blocked.ts';
import { denialsOf } from '../core/diagnosis/denials.ts';
import { withLayers } from '../core/diagnosis/layers/questions.ts';
import type { Denial } from '../core/documents/denial.ts';
import type { LayerFindings } from '../core/documents/layers.ts';
import { manifestPath } from '../core/documents/manifestPath.ts';
import type { RunDocument } from '../core/documents/run.ts';
import { ok, type Result } from '../core/failure.ts';
import type { HostModel } from '../core/hosts/host.ts';
import { checkFilter } from '../io/engines/container/filterCheck.ts';
import type { Recording } from '../io/recording/record.ts';
import { type Confirmation, kernelSaid } from './confirmRun.ts';
import { notesWithoutFilter } from './openHosts.ts';
import type { Place } from './place.ts';
import type { RunFlags } from './runFlags.ts';
import type { Plan } from './runPlan.ts';

/** A run that has ended. */
export interface RanCommand {
  readonly recording: Recording;
  /** What the kernel's tracepoints said of it; absent where they were not asked. */
  readonly confirmation: Confirmation | undefined;
  readonly place: Place;
  readonly plan: Plan;
  readonly shownPath: string;
  /** Finds out which layer refused what is not known, by running the command again. */
  readonly findLayers?: (denials: readonly Denial[]) => Promise<Result<LayerFindings>>;
}

export interface RunResult {
  readonly document: RunDocument;
  readonly recording: Recording;
  /** Nothing was refused in reality: what the host would refuse was found in the trace. */
  readonly evaluated: boolean;
  /** What was special about this run, in sentences; the document's notes hold them too. */
  readonly remarks: readonly string[];
}

/** What was refused in a run, and why. */
export async function resultOf(
  { recording, confirmation, place, plan, shownPath, findLayers }: RanCommand,
  flags: RunFlags,
): Promise<Result<RunResult>> {
  const { mode, evaluated } = plan;
  const { method } = plan.recorder;
  const { result, summary, manifest } = recording;
  const { identity } = place.host;
  const observed = evaluated
    ? blockedOn([summary], place.host)
    : denialsOf(summary, await ranOn(place, plan, result), {
        exit: result.exit,
        ...(confirmation?.witness ? { witness: confirmation.witness } : {}),
      });
  const layers = await findLayers?.(observed);
  if (layers && !layers.ok) return layers;
  const denials = layers ? withLayers(observed, layers.value.searches) : observed;
  const { calls: _calls, ...trace } = summary;
  const engine = { name: place.engine.name, version: place.engineVersion };
  const checked = await checkFilter(result, place.host, place.job.host !== undefined);
  const noted = [...(result.notes ?? []), ...(flags.notesOf?.(result.exit) ?? [])];
  const remarks = [
    ...notesWithoutFilter(place.host),
    ...noted,
    ...checked.filter(({ agrees }) => !agrees).map(({ text }) => text),
  ];
  const notes = [...identity.notes, ...noted, ...checked.map(({ text }) => text)];
  const kernel = confirmation && kernelSaid(confirmation);
  const document: RunDocument = {
    schema: 'trace-build/run@1',
    command: manifest.command,
    host: identity,
    engine: { ...engine, why: place.engineWhy },
    mode,
    method,
    ended: result.ended,
    exit: result.exit,
    seconds: Math.round(result.seconds * 1000) / 1000,
    trace: {
      ...trace,
      path: shownPath,
      manifest: manifestPath(shownPath),
      ...(manifest.trouble === undefined ? {} : { trouble: manifest.trouble }),
    },
    denials,
    ...(kernel ? { kernel } : {}),
    ...(layers ? { layers: layers.value } : {}),
    notes,
  };
  return ok({ document, recording, evaluated, remarks });
}

/**
 * The host by which what happened is explained: where a filter was emulated, as this machine emulates it; where an engine
 * loaded its own, by that filter.
 */
async function ranOn(
  { host, job }: Place,
  { recorder }: Plan,
  { filters }: RanCommand['recording']['result'],
): Promise<HostModel> {
  if (job.host === undefined && recorder.method === 'strace') {
    if (filters === undefined || filters.length === 0) return host;
    const inForce = (await import('../core/hosts/inForce.ts')).asInForce(host, filters);
    return inForce.ok ? inForce.value : host;
  }
  const [{ asEmulated }, { runningMachine }] = await Promise.all([
    import('../core/hosts/emulation/emulated.ts'),
    import('../io/machine/machine.ts'),
  ]);
  const machine = runningMachine();
  return machine.ok ? asEmulated(host, machine.value.arch) : host;
}
