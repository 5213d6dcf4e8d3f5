import type { Place } from '../commands/place.ts';
import type { Io } from '../commands/ports.ts';
import { type RunAgain, runAt } from '../commands/runAt.ts';
import type { RunFlags } from '../commands/runFlags.ts';
import type { RunResult } from '../commands/runResult.ts';
import type { Report } from '../core/documents/report.ts';
import type { RunDocument } from '../core/documents/run.ts';
import { isFinding } from '../core/documents/severity.ts';
import type { Done } from './binding.ts';
import { EXIT } from './exit.ts';
import { inGithubActions } from './github.ts';

export interface RunTelling extends RunAgain {
  /** Makes another command's JSON document of the one that `run` would print. */
  readonly document?: (run: RunDocument) => object;
}

/** Runs a command at a place that is prepared, prints what was refused and writes the reports that were asked for. */
export async function runAndTell(
  command: readonly [string, ...string[]],
  place: Place,
  flags: RunFlags,
  io: Io,
  { document = (plain) => plain, ...again }: RunTelling = {},
): Promise<Done> {
  const reports = flags.report ?? [];
  if (reports.length > 0) {
    const { checkReports } = await import('./runReports.ts');
    const refused = await checkReports(reports, flags.force, io);
    if (refused) return refused;
  }
  const progress = await progressFor(flags, io);
  const ran = await runAt(
    command,
    place,
    flags,
    {
      env: io.env,
      cwd: io.cwd,
      log: (text) => {
        if (!flags.quiet) io.err(`trace-build: ${text}\n`);
      },
      // Our own standard output is the document's.
      stdio: flags.json ? 'stderr' : 'inherit',
      onStart: () => void (flags.json ? undefined : loadText()),
      ...(progress ? { onProgress: progress.update } : {}),
    },
    again,
  );
  progress?.clear();
  if (!ran.ok) return ran.failure;
  const result = ran.value;
  if (flags.json) {
    const { printDocument } = await import('../render/json.ts');
    io.out(printDocument(document(result.document)));
  } else if (wasObserved(result) || result.document.denials.some(isFinding)) {
    io.print(await textOf(result, place, flags, io));
  }
  const status = statusOf(result, flags);
  if (reports.length === 0 && !inGithubActions(io)) return status;
  const { writeReports } = await import('./runReports.ts');
  return (await writeReports(reports, result.document.trace.path, flags, io)) ?? status;
}

/** Loaded while the command runs. */
const loadText = () =>
  Promise.all([
    import('../commands/nextSteps.ts'),
    import('../core/minimize/remedy.ts'),
    import('../render/text/run.ts'),
  ]);

async function textOf(
  { document, recording, evaluated, remarks }: RunResult,
  place: Place,
  flags: RunFlags,
  io: Io,
): Promise<string> {
  const [{ nextSteps }, { decisive, remedyFor }, { renderRun }] = await loadText();
  const { command, host, engine, exit, denials, notes, trace, kernel, layers } = document;
  const report: Report = {
    schema: 'trace-build/report@1',
    command,
    ...(evaluated ? {} : { host: place.host.identity }),
    engine,
    exit,
    traces: [trace],
    syscalls: [],
    denials: evaluated ? [] : denials,
    hosts: evaluated ? [{ host: place.host.identity, blocked: denials }] : [],
    environment: [],
    excerpts: [],
    notes,
  };
  const decides = decisive(denials);
  return renderRun(
    {
      report,
      remedy: decides.length > 0 ? await remedyFor(decides, place.host, [recording.summary]) : undefined,
      trace: {
        path: trace.path,
        events: trace.events,
        ...(trace.trouble === undefined ? {} : { trouble: trace.trouble }),
      },
      fast: evaluated,
      ...(kernel && flags.confirm ? { kernel } : {}),
      ...(layers ? { layers } : {}),
      next: nextSteps(denials, { host: host.expression, engine: place.engine.name }, command, flags),
      remarks,
      ...(flags.builderError === undefined ? {} : { builderError: flags.builderError }),
    },
    io.columns,
    io.colour,
    flags.verbose === true,
  );
}

/** False where the command never started, or was lost: that nothing was refused then says nothing. */
function wasObserved({ document: { ended } }: RunResult): boolean {
  return ended !== 'engine-failed' && ended !== 'tracer-died';
}

function statusOf(ran: RunResult, flags: RunFlags): Done {
  const { recording } = ran;
  const { result, summary } = recording;
  const { denials, trace } = ran.document;
  const { exit, ended } = result;
  if (recording.disturbed !== undefined) return { kind: 'undecided', what: recording.disturbed };
  if (!wasObserved(ran)) {
    return {
      kind: 'undecided',
      what: result.trouble ?? 'the command was not observed to its end',
      ...(summary.events > 0 ? { hint: `what was recorded until then: ${trace.path}` } : {}),
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

async function progressFor(flags: RunFlags, io: Io) {
  if (flags.quiet || !io.errIsTerminal) return undefined;
  const { progressLine } = await import('./progress.ts');
  return progressLine(io.err, () => io.columns);
}
