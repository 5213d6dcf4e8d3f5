import { blockedCalls, untriedWays } from '../core/diagnosis/blocked.ts';
import { mergeCalls } from '../core/diagnosis/distinct.ts';
import { blockedEverywhere } from '../core/diagnosis/everywhere.ts';
import {
  type AlikeHosts,
  type ArchSummary,
  groupAlike,
  type HostVerdicts,
  isNextRelease,
  summaryOf,
} from '../core/diagnosis/matrix.ts';
import { foldForeign } from '../core/diagnosis/report/foreign.ts';
import { unexplainedIn, wouldStay } from '../core/diagnosis/unexplained.ts';
import type { Denial } from '../core/documents/denial.ts';
import type { ReplayDocument } from '../core/documents/replay.ts';
import { isFinding } from '../core/documents/severity.ts';
import { fail, ok, type Result } from '../core/failure.ts';
import type { HostIdentity, HostModel } from '../core/hosts/host.ts';
import { shellLine } from '../core/linux/shellWords.ts';
import { type PredictedFix, predictFixOf } from '../core/minimize/predict.ts';
import { decisive, remedyFor } from '../core/minimize/remedy.ts';
import type { TraceSummary } from '../core/strace/grammar/event.ts';
import { kindOf } from '../io/files/files.ts';
import {
  nativeArch,
  notesWithoutFilter,
  type OpenedHost,
  openAllHosts,
  openHosts,
  relevantFor,
} from './openHosts.ts';
import {
  archOption,
  type Expanded,
  expandFolders,
  fastModeNotes,
  type OpenedTraces,
  openTraces,
} from './openTraces.ts';
import type { LogPorts } from './ports.ts';
import { hostNotes, wayNotes } from './replayNotes.ts';

export interface ReplayOptions {
  /** HOSTs to check against, `all` for every known one; the newest Docker when empty. */
  readonly against?: readonly string[];
  /** Architecture of the machine that was traced, where the trace does not show it. */
  readonly arch?: string;
  /** Only the traces that hold a denial already. */
  readonly onlyDenied?: boolean;
  /** What each trace gets by itself, too. */
  readonly byTrace?: boolean;
}

/** How the result is shown to people. */
interface Look {
  readonly verbose: boolean;
  readonly columns: number;
  readonly colour: boolean;
}

/** What HOSTs would refuse of recorded traces (files, directories, `-` for standard input), and the predicted fix. */
export async function replay(
  paths: readonly string[],
  options: ReplayOptions = {},
  ports: Pick<LogPorts, 'log'> = {},
): Promise<Result<ReplayDocument>> {
  const done = await replayed(paths, options, ports);
  return done.ok ? ok(done.value.document) : done;
}

/** What each host refuses of one trace, in the order of the hosts. */
interface TraceVerdicts {
  readonly file: string;
  readonly blocked: readonly (readonly Denial[])[];
}

export interface Replayed {
  readonly document: ReplayDocument;
  /** For people: the verdict, and with `verbose` what it rests on. */
  text(look: Look): Promise<string>;
  /** Something that matters is refused on one of the hosts. */
  readonly matters: boolean;
}

/** The same with its text: each trace is parsed once, each distinct call evaluated once per host. */
export async function replayed(
  paths: readonly string[],
  wishes: ReplayOptions,
  { log = () => {} }: Pick<LogPorts, 'log'>,
): Promise<Result<Replayed>> {
  const arch = archOption(wishes.arch);
  if (!arch.ok) return arch;
  const sorted = await tellApart(paths, wishes.against ?? []);
  if (!sorted.ok) return sorted;
  const { files } = sorted.value;
  const expressions =
    sorted.value.expressions.length > 0 ? sorted.value.expressions : [await newestDocker(log)];
  const expanded = await expandFolders(files);
  if (!expanded.ok) return expanded;
  const all = expressions.includes('all');
  // A typo in a host should not cost the reading of a big trace.
  const named = await openHosts(expressions.filter((one) => one !== 'all'));
  if (!named.ok) return named;
  const chosen = await triage(expanded.value, Boolean(wishes.onlyDenied), log);
  if (!chosen.ok) return chosen;
  const arches = [...new Set(named.value.map(({ model }) => model.identity.arch))];
  const opened = await openTraces(chosen.value, {
    ...(arch.value ? { arch: arch.value } : {}),
    ...(arches.length === 1 ? { assume: arches[0]! } : {}),
    relevant: relevantFor(named.value),
    found: expanded.value.folders,
  });
  if (!opened.ok) return opened;
  const { traces, unfiltered, skipped } = opened.value;
  for (const { where, what } of skipped ?? []) log(`left out ${where?.file}: ${what}`);
  const everything = all ? await openAllHosts([...new Set(traces.flatMap(({ abis }) => abis))]) : ok([]);
  if (!everything.ok) return everything;

  const hosts = [...named.value, ...everything.value];
  const calls = mergeCalls(traces, unfiltered, true);
  const verdicts = blockedEverywhere(calls, hosts);
  const groups = all ? groupAlike(verdicts) : groupAlike(verdicts, isNextRelease);
  const models = new Map(hosts.map(({ model }) => [model.identity, model]));
  const modelsOf = (some: readonly AlikeHosts[]): readonly HostModel[] =>
    some.flatMap(({ identity }) => models.get(identity) ?? []);
  const fix = predictFixOf(calls, modelsOf(groups));
  const beyond = fastModeNotes(opened.value, hosts.length > 20 ? ['all'] : hosts.map(({ label }) => label));
  const notes = [...beyond, ...wayNotes(traces, named.value)];
  const assumptions = hostNotes(hosts);
  const listed = all ? groups : verdicts.map(single);
  const unexplained = unexplainedIn(traces, verdicts);
  const rows = wishes.byTrace ? eachTrace(opened.value, listed, models) : undefined;
  return ok({
    document: {
      ...toDocument(opened.value, listed, fix, models, all),
      unexplained,
      ...(rows ? { byTrace: rows.map(byTraceDocument) } : {}),
      ...(beyond.length > 0 ? { notes: [...beyond] } : {}),
    },
    text: async ({ verbose, columns, colour }) => {
      if (rows) return byTraceText(opened.value, groups, models, [...notes, ...assumptions], columns);
      const { groups: some, others } = all ? byArch(verdicts, traces) : { groups, others: [] };
      const shown = some.map((group) => ({ ...group, blocked: foldForeign(group.identity, group.blocked) }));
      const [first] = shown.filter(({ blocked }) => blocked.some(isFinding));
      const model = first && models.get(first.identity);
      const { renderReplay } = await import('../render/text/replay.ts');
      const result = {
        ...{ traces, groups: shown, others, unexplained, assumptions },
        notes: verbose ? notes : [...notes, ...named.value.flatMap(({ model }) => notesWithoutFilter(model))],
        // What other architectures would need is nothing to put into one profile.
        fix: all ? predictFixOf(calls, modelsOf(some)) : fix,
        remedy: model && (await remedyFor(decisive(first.blocked), model, traces)),
        next: nextStep(first),
      };
      return renderReplay(result, columns, colour, verbose);
    },
    matters:
      groups.some(({ blocked }) => blocked.some(({ matters }) => matters)) || unexplained.some(wouldStay),
  });
}

/** The host that is meant where none is named, as `run` has it on a machine without Docker. */
async function newestDocker(log: (text: string) => void): Promise<string> {
  const { openHost } = await import('../io/machine/hosts.ts');
  const newest = await openHost('docker');
  const expression = newest.ok ? `docker@${newest.value.identity.version}` : 'docker';
  log(`host ${expression} (the newest Docker in the tables); choose others with --against`);
  return expression;
}

/** The command to type next: what explains the worst refusal on the first host that makes it. */
function nextStep(first: AlikeHosts | undefined): string | undefined {
  const [worst] = decisive(first?.blocked ?? []);
  return (
    first && worst && shellLine(['trace-build', 'explain', worst.syscall, '--on', first.identity.expression])
  );
}

/** Each trace judged by itself, in the order of the hosts. */
function eachTrace(
  { traces, unfiltered }: OpenedTraces,
  groups: readonly AlikeHosts[],
  models: ReadonlyMap<HostIdentity, HostModel>,
): readonly TraceVerdicts[] {
  return traces.map((trace) => {
    const calls = mergeCalls([trace], unfiltered, true);
    return {
      file: trace.file,
      blocked: groups.map(({ identity }) => blockedCalls(calls, models.get(identity)!)),
    };
  });
}

/** Hosts that answer alike share a column. */
async function byTraceText(
  opened: OpenedTraces,
  groups: readonly AlikeHosts[],
  models: ReadonlyMap<HostIdentity, HostModel>,
  notes: readonly string[],
  width: number,
): Promise<string> {
  const [{ renderByTrace }, { wrap }] = await Promise.all([
    import('../render/text/byTrace.ts'),
    import('../render/text/wrap.ts'),
  ]);
  const rows = eachTrace(opened, groups, models);
  const hosts = groups.map(({ labels }) => labels.join('; '));
  return [
    renderByTrace(rows, hosts, width),
    ...notes.map((note) => wrap(`Note: ${note}.`, width, '  ')),
    '',
  ].join('\n');
}

function byTraceDocument({ file, blocked }: TraceVerdicts): NonNullable<ReplayDocument['byTrace']>[number] {
  return { file, blocked };
}

const single = ({ identity, blocked, label }: HostVerdicts): AlikeHosts => ({
  labels: [label],
  size: 1,
  identity,
  blocked,
});

/** A first look by ripgrep, many times faster than reading: which of the files of a folder hold a denial at all. */
async function triage(
  { files, folders }: Expanded,
  denied: boolean,
  log: (text: string) => void,
): Promise<Result<readonly string[]>> {
  if (!folders && !denied) return ok(files);
  const { filesWithDenials } = await import('../io/traces/search.ts');
  const found = await filesWithDenials(files.filter((file) => file !== '-'));
  if (!found.ok) return denied ? found : ok(files);
  const count = found.value.length;
  log(`${count} of ${files.length} traces ${count === 1 ? 'holds' : 'hold'} a denial already`);
  return ok(denied ? files.filter((file) => file === '-' || found.value.includes(file)) : files);
}

/** With every architecture judged, people get the traces' own as a matrix and the others summed up. */
function byArch(
  verdicts: readonly HostVerdicts[],
  traces: readonly TraceSummary[],
): { readonly groups: readonly AlikeHosts[]; readonly others: readonly ArchSummary[] } {
  const native = nativeArch([...new Set(traces.flatMap(({ abis }) => abis))]);
  const isOther = ({ label, identity }: HostVerdicts): boolean =>
    identity.arch !== native && label.endsWith(`,arch=${identity.arch}`);
  const others = new Map<string, HostVerdicts[]>();
  for (const one of verdicts.filter(isOther)) {
    const known = others.get(one.identity.arch);
    if (known) known.push(one);
    else others.set(one.identity.arch, [one]);
  }
  return {
    groups: groupAlike(verdicts.filter((one) => !isOther(one))),
    others: [...others].map(([arch, hosts]) => summaryOf(arch, hosts)),
  };
}

/** `--against` takes several values, so a trace written after it lands among the hosts: a file that exists is a trace. */
async function tellApart(
  paths: readonly string[],
  against: readonly string[],
): Promise<Result<{ readonly files: readonly string[]; readonly expressions: readonly string[] }>> {
  const files = [...paths];
  const expressions: string[] = [];
  for (const word of against) {
    const isFile =
      word === '-' || (word !== 'all' && !word.includes('@') && (await kindOf(word)) !== undefined);
    if (isFile) files.push(word);
    else expressions.push(word);
  }
  if (files.length === 0)
    return fail('usage', 'no trace to check', { hint: 'record one with: strace -f -o FILE CMD' });
  return ok({ files, expressions });
}

function toDocument(
  { traces }: OpenedTraces,
  groups: readonly AlikeHosts[],
  fix: PredictedFix,
  models: ReadonlyMap<AlikeHosts['identity'], OpenedHost['model']>,
  all: boolean,
): Omit<ReplayDocument, 'unexplained'> {
  return {
    schema: 'trace-build/replay@1',
    traces: traces.map(({ calls: _, ...info }) => info),
    hosts: groups.map(({ identity, labels, blocked }) => {
      const model = models.get(identity);
      return {
        host: identity,
        ...(all ? { alike: [...labels] } : {}),
        blocked,
        untried: model ? [...untriedWays(traces, model)] : [],
      };
    }),
    fix: {
      ...fix.fix,
      basis: 'predicted',
      steps: fix.steps,
      limits: fix.limits,
    },
  };
}
