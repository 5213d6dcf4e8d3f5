import {
  buildReport,
  denialsOfAll,
  finishReport,
  type ReportDetails,
} from '../core/diagnosis/report/build.ts';
import { ExcerptReader, MOST_EXCERPTS } from '../core/diagnosis/report/excerpts.ts';
import { ProcessCollector } from '../core/diagnosis/report/processes.ts';
import { testedArguments } from '../core/diagnosis/tested.ts';
import type { Report } from '../core/documents/report.ts';
import { fail, ok, type Result } from '../core/failure.ts';
import type { HostModel } from '../core/hosts/host.ts';
import { knownHosts } from '../core/hosts/known.ts';
import { resolveHost } from '../core/hosts/resolve/resolve.ts';
import { parseArch } from '../core/linux/arch.ts';
import { type FoundNames, NameFinder } from '../core/redaction/redactNames.ts';
import { TraceReader } from '../core/strace/fast/reader.ts';
import type { TraceEvent, TraceSummary } from '../core/strace/grammar/event.ts';
import { refusal } from '../core/strace/grammar/refusal.ts';
import { EventParser } from '../core/strace/tracees/events.ts';
import { bytesOf, type Dropped } from './files.ts';
import type { Question } from './messages.ts';
import { running, surroundingsOf } from './surroundings.ts';

type Progress = (part: number, what: string) => void;

/** Everything read of what was dropped; hosts can be changed without reading again. */
export interface Loaded {
  readonly dropped: Dropped;
  readonly traces: readonly TraceSummary[];
  /** What the reader was told to keep calls apart by, as JSON. */
  readonly relevant: string;
}

type Relevant = Readonly<Record<string, readonly number[]>>;

/** Reads the dropped traces; `progress` gets the part that is done, 0 to 1. */
export async function load(
  dropped: Dropped,
  progress: Progress,
  relevant: Relevant = {},
): Promise<Result<Loaded>> {
  const traces: TraceSummary[] = [];
  const total = dropped.traces.reduce((sum, { size }) => sum + size, 0);
  let before = 0;
  const arch = dropped.manifest && parseArch(dropped.manifest.arch);
  for (const file of dropped.traces) {
    const reader = new TraceReader({
      file: file.name,
      relevant: (name) => (Object.hasOwn(relevant, name) ? relevant[name]! : []),
      ...(arch ? { arch } : {}),
    });
    try {
      for await (const chunk of bytesOf(file, (bytes) =>
        progress(((before + bytes) / total) * 0.5, `reading ${file.name}`),
      )) {
        reader.push(chunk);
      }
    } catch (error) {
      return fail('input', `it can't be read: ${(error as Error).message}`, { where: { file: file.name } });
    }
    const summary = reader.end();
    const wrong = refusal(summary);
    if (wrong) return { ok: false, failure: wrong };
    traces.push(summary);
    before += file.size;
  }
  return ok({ dropped, traces, relevant: JSON.stringify(relevant) });
}

async function hostsFor(
  { dropped }: Loaded,
  question: Question,
): Promise<Result<{ readonly ranOn: HostModel | undefined; readonly against: readonly HostModel[] }>> {
  const surroundings = surroundingsOf(dropped.profiles);
  const { manifest } = dropped;
  let names = [...question.against];
  const foretold = manifest?.mode === 'fast' && manifest.method !== 'notification';
  if (!question.every && names.length === 0 && foretold) names = [...(manifest.answers ?? [])];
  const against: HostModel[] = [];
  for (const name of names) {
    const host = await resolveHost(name, surroundings);
    if (!host.ok) return host;
    against.push(host.value);
  }
  for (const name of question.every ? await knownHosts() : []) {
    // Not every version exists on every architecture.
    const host = await resolveHost(name, surroundings);
    if (host.ok) against.push(host.value);
  }
  const on = question.on || manifest?.host;
  if (!on) return ok({ ranOn: undefined, against });
  const arch = manifest && parseArch(manifest.arch);
  const ranOn = await resolveHost(on, {
    ...surroundings,
    running: { kernel: manifest?.kernel ?? running().kernel, arch: arch ?? running().arch },
  });
  if (!ranOn.ok) return question.on ? ranOn : ok({ ranOn: undefined, against });
  return ok({ ranOn: ranOn.value, against });
}

/** The report, not redacted yet. */
export async function reportOf(
  loaded: Loaded,
  question: Question,
  version: string,
  progress: Progress,
): Promise<Result<{ readonly report: Report; readonly names?: FoundNames }>> {
  progress(0.5, 'judging');
  const hosts = await hostsFor(loaded, question);
  if (!hosts.ok) return hosts;
  const { ranOn, against } = hosts.value;
  const profiles = [...against, ...(ranOn ? [ranOn] : [])].filter(({ identity }) =>
    identity.expression.startsWith('profile:'),
  );
  const relevant = testedArguments(profiles);
  const again =
    JSON.stringify(relevant) === loaded.relevant
      ? ok(loaded)
      : await load(loaded.dropped, progress, relevant);
  if (!again.ok) return again;
  const { dropped, traces } = again.value;
  const { manifest } = dropped;
  const bare = manifest?.host === 'unconfined' || manifest?.host?.startsWith('unconfined,') === true;
  const plain = buildReport({
    version,
    traces,
    hosts: against,
    unfiltered: new Set(bare && traces.length === 1 ? [traces[0]!.file] : []),
    ...(manifest ? { manifest } : {}),
    ...(ranOn ? { ranOn } : {}),
  });
  const [file] = dropped.traces;
  let details: ReportDetails | undefined;
  if (file && dropped.traces.length === 1) {
    const denials = denialsOfAll(traces, ranOn, manifest);
    const shown = [...denials, ...plain.hosts.flatMap(({ blocked }) => blocked)];
    const excerpts = new ExcerptReader(shown.map(({ first }) => first.line).slice(0, MOST_EXCERPTS));
    const arch = manifest && parseArch(manifest.arch);
    const events = new EventParser(arch ? { arch } : {});
    const processes = new ProcessCollector(denials);
    const names = new NameFinder();
    const take = (event: TraceEvent): void => {
      processes.add(event);
      names.add(event.args);
    };
    for await (const chunk of bytesOf(file, (bytes) =>
      progress(0.5 + (bytes / file.size) * 0.5, 'following processes'),
    )) {
      if (!excerpts.done) excerpts.push(chunk);
      for (const event of events.push(chunk)) take(event);
    }
    for (const event of events.end()) take(event);
    details = {
      names: names.found,
      timeline: processes.end(),
      excerpts: excerpts.end().map((excerpt) => ({ file: file.name, ...excerpt })),
    };
  }
  return ok({ report: finishReport(plain, details), ...(details ? { names: details.names } : {}) });
}
