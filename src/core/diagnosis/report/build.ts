import type { Denial } from '../../documents/denial.ts';
import type { Manifest } from '../../documents/manifest.ts';
import type { Report, Timeline } from '../../documents/report.ts';
import type { ExitInfo } from '../../documents/trace.ts';
import type { HostModel } from '../../hosts/host.ts';
import type { Abi } from '../../linux/abi.ts';
import { shellLine } from '../../linux/shellWords.ts';
import { predictFix } from '../../minimize/predict.ts';
import type { FoundNames } from '../../redaction/redactNames.ts';
import type { TraceSummary } from '../../strace/grammar/event.ts';
import { blockedOn } from '../blocked.ts';
import { denialsOf } from '../denials.ts';
import { groupAlike } from '../matrix.ts';
import { foldForeign } from './foreign.ts';

/** What a second reading of the traces adds. */
export interface ReportDetails {
  readonly timeline?: Timeline;
  readonly excerpts: Report['excerpts'];
  /** User and host names in the whole trace, to be hidden wherever they stand. */
  readonly names: FoundNames;
}

export interface ReportInput {
  /** Of trace-build. */
  readonly version: string;
  readonly traces: readonly TraceSummary[];
  /** What stands beside the first trace. */
  readonly manifest?: Manifest;
  /** The host that the traces were made on (or emulated as). */
  readonly ranOn?: HostModel;
  /** Files of traces that are known to be recorded without a filter. */
  readonly unfiltered?: ReadonlySet<string>;
  /** Hosts to be asked what they would refuse. */
  readonly hosts: readonly HostModel[];
  readonly details?: ReportDetails;
  readonly notes?: readonly string[];
}

function exitOf(manifest: Manifest | undefined): ExitInfo | undefined {
  return (
    manifest?.exit && {
      ...(manifest.exit.status === undefined ? {} : { status: manifest.exit.status }),
      ...(manifest.exit.signal === undefined ? {} : { signal: manifest.exit.signal }),
      ...(manifest.exit.timedOut === undefined ? {} : { timedOut: manifest.exit.timedOut }),
    }
  );
}

/** What was refused in the traces, all together. */
export function denialsOfAll(
  traces: readonly TraceSummary[],
  ranOn: HostModel | undefined,
  manifest?: Manifest,
): readonly Denial[] {
  const kernel = manifest && /^(\d+)\.(\d+)/.exec(manifest.kernel);
  const exit = exitOf(manifest);
  const context = {
    ...(kernel ? { kernel: { major: Number(kernel[1]), minor: Number(kernel[2]) } } : {}),
    ...(exit ? { exit } : {}),
  };
  return traces.flatMap((trace) => denialsOf(trace, ranOn, context));
}

function histogram(traces: readonly TraceSummary[]): Report['syscalls'] {
  const found = new Map<string, { name: string; abi: Abi; count: number; failed: number }>();
  for (const { call, outcome, count } of traces.flatMap(({ calls }) => calls)) {
    const key = `${call.name} ${call.abi}`;
    const entry = found.get(key) ?? { name: call.name, abi: call.abi, count: 0, failed: 0 };
    found.set(key, entry);
    entry.count += count;
    if (typeof outcome === 'object' || outcome === 'sigsys') entry.failed += count;
  }
  return [...found.values()].sort((a, b) =>
    a.name < b.name ? -1 : a.name > b.name ? 1 : a.abi < b.abi ? -1 : a.abi > b.abi ? 1 : 0,
  );
}

function environment({ version, manifest }: ReportInput): Report['environment'] {
  const rows = [{ name: 'trace-build', value: version }];
  if (!manifest) return rows;
  rows.push({ name: 'Kernel', value: `Linux ${manifest.kernel} ${manifest.arch}` });
  const { strace, method } = manifest;
  if (strace) rows.push({ name: 'strace', value: `${strace.version} (${strace.options.join(' ')})` });
  if (manifest.seconds !== undefined) rows.push({ name: 'Seconds', value: manifest.seconds.toFixed(1) });
  if (method === 'notification') {
    rows.push({ name: 'Recording', value: 'by notification: only calls that the filter refused' });
  } else if (manifest.mode === 'fast') {
    rows.push({ name: 'Recording', value: 'fast: only calls that a host in question may refuse' });
  }
  return rows;
}

function reproduce({ manifest, ranOn }: ReportInput, blocked: Report['hosts']): string | undefined {
  if (!manifest) return undefined;
  // Recorded without a filter: what is worth doing again is the first host that refuses something.
  const ran = ranOn?.identity.expression ?? manifest.host;
  const refusing = blocked.find((host) => host.blocked.some(({ matters }) => matters))?.host.expression;
  const on = ran === undefined || ran.startsWith('unconfined') ? (refusing ?? ran) : ran;
  return `${shellLine(['trace-build', 'run', ...(on ? ['--on', on] : []), '--'])} ${shellLine(manifest.command)}`;
}

/** Everything that is known of some traces as the one value that reporters render. Not redacted. */
export function buildReport(input: ReportInput): Report {
  const { traces, manifest, ranOn, hosts, details, unfiltered } = input;
  const denials = denialsOfAll(traces, ranOn, manifest);
  const blocked = hosts.map((host) => ({
    host: host.identity,
    blocked: foldForeign(host.identity, blockedOn(traces, host, unfiltered)),
  }));
  // Judged hosts are those that a fix is wanted for; without any, the one it ran on.
  const asked = hosts.length > 0 ? hosts : ranOn ? [ranOn] : [];
  const predicted = asked.length > 0 ? predictFix(traces, asked, unfiltered) : undefined;
  const command = manifest?.command;
  const line = reproduce(input, blocked);
  const exit = exitOf(manifest);
  return {
    schema: 'trace-build/report@1',
    ...(command ? { command } : {}),
    ...(ranOn ? { host: ranOn.identity } : {}),
    ...(manifest ? { engine: manifest.engine } : {}),
    ...(exit ? { exit } : {}),
    traces: traces.map(({ calls: _, ...info }) => info),
    syscalls: histogram(traces),
    denials,
    hosts: blocked,
    ...(predicted
      ? { fix: { fix: predicted.fix, basis: 'predicted' as const, limits: predicted.limits } }
      : {}),
    environment: environment(input),
    ...(line === undefined ? {} : { reproduce: line }),
    excerpts: details?.excerpts ?? [],
    notes: [
      ...(input.notes ?? []),
      ...(manifest?.notes ?? []),
      ...(manifest?.trouble === undefined ? [] : [`the recording is not complete: ${manifest.trouble}`]),
      ...(ranOn?.identity.notes ?? []),
      ...notesOf(hosts),
    ],
    ...(details?.timeline ? { timeline: details.timeline } : {}),
  };
}

/** What has to be known of hosts that were named one by one. */
function notesOf(hosts: readonly HostModel[]): readonly string[] {
  if (hosts.length > MOST_HOSTS) return [];
  return hosts.flatMap(({ identity: { expression, notes } }) =>
    notes.map((note) => `${expression}: ${note}`),
  );
}

/** More hosts than this are shown in groups that answer alike. */
const MOST_HOSTS = 24;

/** The report with its details, and with many hosts put together by their answers. */
export function finishReport(plain: Report, details: ReportDetails | undefined): Report {
  const report: Report = {
    ...plain,
    ...(details ? { excerpts: details.excerpts } : {}),
    ...(details?.timeline ? { timeline: details.timeline } : {}),
  };
  if (report.hosts.length <= MOST_HOSTS) return report;
  const groups = groupAlike(
    report.hosts.map(({ host, blocked }) => ({ label: host.expression, identity: host, blocked })),
  );
  return {
    ...report,
    hosts: groups.map(({ labels, identity, blocked, size }) => ({
      host: { ...identity, expression: labels.join(', ') },
      blocked,
      alike: size,
    })),
  };
}
