import type { Done } from '../cli/binding.ts';
import { EXIT } from '../cli/exit.ts';
import { blockedOn } from '../core/diagnosis/blocked.ts';
import { denialsOf } from '../core/diagnosis/denials.ts';
import { withLayers } from '../core/diagnosis/layers/questions.ts';
import type { Denial } from '../core/documents/denial.ts';
import type { LayerFindings } from '../core/documents/layers.ts';
import { manifestPath } from '../core/documents/manifestPath.ts';
import type { Report } from '../core/documents/report.ts';
import type { RunDocument } from '../core/documents/run.ts';
import { isFinding } from '../core/documents/severity.ts';
import type { Result } from '../core/failure.ts';
import type { HostModel } from '../core/hosts/host.ts';
import { decisive, remedyFor } from '../core/minimize/remedy.ts';
import { checkFilter } from '../io/engines/container/filterCheck.ts';
import type { Recording } from '../io/recording/record.ts';
import { printDocument } from '../render/json.ts';
import { renderRun } from '../render/text/run.ts';
import { type Confirmation, kernelSaid } from './confirmRun.ts';
import { nextSteps } from './nextSteps.ts';
import { notesWithoutFilter } from './openHosts.ts';
import type { Place } from './place.ts';
import type { Io } from './ports.ts';
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

/** Prints what was refused, as a document or for people, and gives the exit status. */
export async function tell(
  { recording, confirmation, place, plan, shownPath, findLayers }: RanCommand,
  flags: RunFlags,
  io: Io,
  wrap: (run: RunDocument) => object,
): Promise<Done> {
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
  if (layers && !layers.ok) return layers.failure;
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
  if (flags.json) {
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
    io.out(printDocument(wrap(document)));
  } else if (wasObserved(recording) || denials.some(isFinding)) {
    const report: Report = {
      schema: 'trace-build/report@1',
      command: manifest.command,
      ...(evaluated ? {} : { host: identity }),
      engine,
      exit: result.exit,
      traces: [trace],
      syscalls: [],
      denials: evaluated ? [] : denials,
      hosts: evaluated ? [{ host: identity, blocked: denials }] : [],
      environment: [],
      excerpts: [],
      notes,
    };
    const decides = decisive(denials);
    const text = renderRun(
      {
        report,
        remedy: decides.length > 0 ? await remedyFor(decides, place.host, [summary]) : undefined,
        trace: {
          path: shownPath,
          events: trace.events,
          ...(manifest.trouble === undefined ? {} : { trouble: manifest.trouble }),
        },
        fast: evaluated,
        ...(kernel && flags.confirm ? { kernel } : {}),
        ...(layers ? { layers: layers.value } : {}),
        next: nextSteps(
          denials,
          { host: identity.expression, engine: place.engine.name },
          manifest.command,
          flags,
        ),
        remarks,
        ...(flags.builderError === undefined ? {} : { builderError: flags.builderError }),
      },
      io.columns,
      io.colour,
      flags.verbose === true,
    );
    io.print(text);
  }
  return statusOf(recording, denials, shownPath, flags);
}

/** False where the command never started, or was lost: that nothing was refused then says nothing. */
function wasObserved({ result: { ended } }: Recording): boolean {
  return ended !== 'engine-failed' && ended !== 'tracer-died';
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

function statusOf(recording: Recording, denials: readonly Denial[], trace: string, flags: RunFlags): Done {
  const { result, summary } = recording;
  const { exit, ended } = result;
  if (recording.disturbed !== undefined) return { kind: 'undecided', what: recording.disturbed };
  if (!wasObserved(recording)) {
    return {
      kind: 'undecided',
      what: result.trouble ?? 'the command was not observed to its end',
      ...(summary.events > 0 ? { hint: `what was recorded until then: ${trace}` } : {}),
    };
  }
  const [stopped] = result.received ?? [];
  // A container's process 1 that has no handler for it: we ended it then.
  if (stopped !== undefined && ended === 'aborted') return { exitSignal: stopped };
  if (flags.propagate || (exit.signal !== undefined && result.received?.some((one) => one === exit.signal))) {
    if (exit.signal !== undefined) return { exitSignal: exit.signal };
    if (exit.status !== undefined && ended === 'exited') return exit.status;
  }
  if (denials.some(isFinding)) return EXIT.findings;
  if (ended !== 'exited') {
    return { kind: 'undecided', what: result.trouble ?? 'the command did not end by itself' };
  }
  // What it would have done is not known; a server that Ctrl-C ends well has done its work.
  if (stopped !== undefined && exit.status !== 0) {
    return { kind: 'undecided', what: `the command ended because of ${stopped}, not by itself` };
  }
  return EXIT.none;
}
