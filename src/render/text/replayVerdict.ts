import type { Denial } from '../../core/documents/denial.ts';
import { EMPTY_REPORT } from '../../core/documents/emptyReport.ts';
import type { HostIdentity } from '../../core/documents/host.ts';
import type { Report } from '../../core/documents/report.ts';
import { isFinding } from '../../core/documents/severity.ts';
import type { TraceInfo } from '../../core/documents/trace.ts';
import { hostTitle } from '../../core/linux/hostTitle.ts';
import { callTitle } from '../phrases/call.ts';
import { listInWords, plural } from '../phrases/text.ts';
import type { remedyPhrase } from '../phrases/verdict.ts';
import { traceLines } from './traces.ts';
import { unexplainedLines } from './unexplained.ts';
import { labelled, verdictLines } from './verdict.ts';
import { wrap } from './wrap.ts';

/** What the verdict of `replay` is made of. */
export interface ReplayVerdict {
  readonly traces: readonly TraceInfo[];
  /** Hosts that answer alike stand together. */
  readonly groups: readonly {
    readonly labels: readonly string[];
    readonly size: number;
    readonly identity: HostIdentity;
    readonly blocked: readonly Denial[];
  }[];
  /** Architectures that are only summed up. */
  readonly others: readonly { readonly arch: string; readonly refused: readonly unknown[] }[];
  /** Refused in the traces, and none of the hosts explains it. */
  readonly unexplained: readonly Denial[];
  /** Sentences that go below: ways not tried, what a recording leaves out. */
  readonly notes: readonly string[];
  /** What to do about the first host that refuses something that matters. */
  readonly remedy: Parameters<typeof remedyPhrase>[0] | undefined;
  /** The command to type next. */
  readonly next: string | undefined;
}

/** Ways of answering that are listed; --verbose has them all. */
const MOST_GROUPS = 6;
const MOST_TRACES = 3;

/** The verdict of `replay`: what would be refused, why, the fix; with several hosts a line for each way they answer. */
export function renderReplayVerdict(result: ReplayVerdict, width: number, colour: boolean): string {
  const { traces, groups, others, unexplained, remedy, next, notes } = result;
  const paint = (code: number, text: string): string => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const first = groups.find(({ blocked }) => blocked.some(isFinding)) ?? groups[0];
  const report: Report = {
    ...EMPTY_REPORT,
    hosts: groups.map(({ identity, blocked, labels, size }) => ({
      host: { ...identity, expression: labels.join(', ') },
      blocked,
      ...(size > 1 ? { alike: size } : {}),
    })),
  };
  const shown = first?.blocked ?? [];
  const out = verdictLines({ report, shown, host: first?.identity, remedy, next }, width, paint);
  if (groups.length > 1) out.push(...groupLines(groups, width));
  const elsewhere = others.filter(({ refused }) => refused.length > 0).map(({ arch }) => arch);
  if (elsewhere.length > 0)
    out.push(
      labelled('Also', `built for ${listInWords(elsewhere)}, calls that matter would be refused`, width),
    );
  for (const trace of traces.slice(0, MOST_TRACES)) {
    const [line = '', ...more] = traceLines(trace);
    out.push(
      labelled('Trace', line, width),
      ...more.map((one) => wrap(`         ${one.trim()}`, width, '         ')),
    );
  }
  if (traces.length > MOST_TRACES)
    out.push(labelled('', `and ${traces.length - MOST_TRACES} more traces`, width));
  out.push(...unexplainedLines(unexplained, width));
  for (const note of notes) out.push(wrap(`Note: ${note}.`, width, '  '));
  return `${out.join('\n')}\n`;
}

/** `docker@20.10.0–20.10.9: clone3 EPERM`, a line for each way of answering, and one for all that refuse nothing. */
function groupLines(groups: ReplayVerdict['groups'], width: number): readonly string[] {
  const refusing = groups.filter(({ blocked }) => blocked.some(isFinding));
  const harmless = groups.filter((group) => !refusing.includes(group)).flatMap(({ labels }) => labels);
  const line = (labels: readonly string[], what: string): string =>
    labelled('On', `${listInWords(labels.map(hostTitle), 4)}: ${what}`, width);
  const lines = refusing.slice(0, MOST_GROUPS).map(({ labels, blocked }) => {
    const calls = blocked.filter(isFinding).map((one) => `${callTitle(one)} ${one.errno}`);
    return line(labels, listInWords([...new Set(calls)]));
  });
  const more = refusing.length - MOST_GROUPS;
  if (more > 0)
    lines.push(
      labelled('', `and ${plural(more, 'more way', 'more ways')} of answering; all with --verbose`, width),
    );
  if (harmless.length > 0) lines.push(line(harmless, 'nothing that matters'));
  return lines;
}
