import Table from 'cli-table3';
import type { Consequence, Denial } from '../../core/documents/denial.ts';
import type { Report } from '../../core/documents/report.ts';
import type { RunDocument } from '../../core/documents/run.ts';
import { bySeverity } from '../../core/documents/severity.ts';
import { shorten, visible } from '../escape.ts';
import { callTitle } from '../phrases/call.ts';
import { fallbackPhrase } from '../phrases/callers.ts';
import { kernelPhrase } from '../phrases/confirm.ts';
import { followedPhrase } from '../phrases/consequence.ts';
import { layersPhrases } from '../phrases/layers.ts';
import { evidencePhrase } from '../phrases/reason.ts';
import { listInWords, sentence } from '../phrases/text.ts';
import { traceRemarks } from '../phrases/trace.ts';
import type { remedyPhrase } from '../phrases/verdict.ts';
import { headlineOf, hostInWords, namesOf } from '../words.ts';
import { labelled, type Paint, verdictLines } from './verdict.ts';
import { wrap } from './wrap.ts';

export interface RunText {
  readonly report: Report;
  /** What to do about the refusals that decide; see `remedyFor`. */
  readonly remedy: Parameters<typeof remedyPhrase>[0] | undefined;
  /** Refused by the filter or for want of a kernel, or for reasons unknown: what the table shows. */
  readonly trace: { readonly path: string; readonly events: number; readonly trouble?: string };
  /** True: nothing was refused in reality, the trace was judged. */
  readonly fast: boolean;
  /** Where the user asked for it. */
  readonly kernel?: RunDocument['kernel'];
  /** Where the command was run again for it. */
  readonly layers?: RunDocument['layers'];
  /** Commands to type next, with what they do. */
  readonly next: readonly { readonly command: string; readonly does: string }[];
  /** What was special about this run, in sentences: shown in any case. */
  readonly remarks: readonly string[];
  /** Of a step that the builder failed at: its own error. */
  readonly builderError?: string;
}

/** The result of `run` for people: the verdict, and with `verbose` what it rests on. */
export function renderRun(run: RunText, width: number, colour: boolean, verbose: boolean): string {
  const { report, trace, fast, kernel, layers, next, remarks } = run;
  const paint = (code: number, text: string): string => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const shown = fast ? report.hosts.flatMap(({ blocked }) => blocked) : report.denials;
  const host = report.host ?? report.hosts[0]?.host;
  const { remedy, builderError } = run;
  const out = verdictLines(
    { report, shown, host, remedy, next: next[0]?.command, builderError },
    width,
    paint,
  );
  const more = shown.length > 0 && !verbose ? '; more with --verbose' : '';
  out.push(labelled('Trace', `${trace.path} (${trace.events} events)${more}`, width));
  if (kernel) out.push(wrap(kernelPhrase(kernel), width, '  '));
  for (const line of layers ? layersPhrases(layers) : []) out.push(wrap(line, width, '  '));
  if (trace.trouble !== undefined) out.push(wrap(`The recording is not complete: ${trace.trouble}.`, width));
  for (const note of verbose ? report.notes : remarks) out.push(wrap(`Note: ${note}.`, width, '  '));
  if (!verbose) return `${out.join('\n')}\n`;

  for (const remark of report.traces.flatMap(traceRemarks)) out.push(wrap(`Note: ${remark}.`, width, '  '));
  const headline = headlineOf(report);
  const rows = [...shown].filter(({ cause }) => cause !== 'genuine').sort(bySeverity);
  const genuine = shown.filter(({ cause }) => cause === 'genuine');
  out.push('', ...headline.details.map((one) => wrap(one, width)));
  if (host) {
    const assumed = host.assumed.length > 0 ? ` (assumed: ${host.assumed.join(', ')})` : '';
    out.push(wrap(`Host: ${hostInWords(host)}${assumed}`, width, '  '));
  }
  if (rows.length > 0)
    out.push('', table(rows, width, paint), '', ...reasons(rows, headline.details.join(' '), width));
  if (genuine.length > 0) {
    out.push(
      '',
      wrap(
        `Not the filter: the kernel itself refused ${listInWords(namesOf(genuine))}; ${evidencePhrase(genuine[0]!)}.`,
        width,
      ),
    );
  }
  if (next.length > 0) out.push('', 'Next:');
  for (const { command, does } of next) out.push(`  ${paint(1, command)}`, `      ${does}`);
  return `${out.join('\n')}\n`;
}

/** A place that has fewer columns is no column of a table. */
const NARROWEST = 16;

function table(rows: readonly Denial[], width: number, paint: Paint): string {
  const abis = new Set(rows.map(({ abi }) => abi)).size > 1;
  const names = rows.map((denial) => (abis ? `${callTitle(denial)} (${denial.abi})` : callTitle(denial)));
  const sizes = [
    Math.max(7, ...names.map((name) => name.length)) + 2,
    9,
    Math.max(5, ...rows.map(({ count }) => String(count).length)) + 2,
    10,
  ];
  const left = Math.min(width, 120) - sizes.reduce((sum, size) => sum + size, 0) - 6;
  const placeOf = ({ first }: Denial): string =>
    `line ${first.line}${first.command === undefined ? '' : ` by ${shorten(visible(first.command), 60)}`}`;
  if (left < NARROWEST) {
    const lines = rows.map(
      (one, i) => `${names[i]}: ${one.errno}, ${one.count}x, ${one.cause}, ${placeOf(one)}`,
    );
    return lines.map((line) => wrap(line, width, '  ')).join('\n');
  }
  const grid = new Table({
    head: ['Syscall', 'Answer', 'Times', 'Cause', 'First refused'],
    colWidths: [...sizes, left],
    wordWrap: true,
    style: { head: [], border: [], compact: true },
  });
  rows.forEach((denial, i) => {
    const { count, errno, cause, matters } = denial;
    grid.push([
      matters ? paint(31, names[i]!) : names[i]!,
      errno,
      { content: String(count), hAlign: 'right' },
      cause,
      placeOf(denial),
    ]);
  });
  return grid.toString();
}

const HARMLESS: readonly (readonly [Consequence['because'], string])[] = [
  ['fell-back', 'the callers fell back'],
  ['went-on-and-succeeded', 'its programs went on and succeeded'],
  ['callers', 'its callers fall back'],
  ['command-succeeded', 'the command succeeded without'],
  ['fails-without-filter-too', 'it fails without a filter too'],
];

/** Why, once per syscall: those that break builds first; the harmless ones share a line. What the headline told is left out. */
function reasons(rows: readonly Denial[], told: string, width: number): readonly string[] {
  const lines: string[] = [];
  const seen = new Set<string>();
  for (const denial of rows) {
    const { errno, matters, cause } = denial;
    const syscall = callTitle(denial);
    const [evidence, fallback, followed] = [
      evidencePhrase(denial),
      fallbackPhrase(denial),
      followedPhrase(denial),
    ];
    if (!(matters || cause === 'unknown') || seen.has(syscall)) continue;
    seen.add(syscall);
    lines.push(wrap(`${syscall}: ${errno}: ${evidence}.`, width, '  '));
    if (followed !== undefined && !told.includes(followed.slice(1)))
      lines.push(wrap(`  ${sentence(followed)}.`, width, '  '));
    if (fallback !== undefined) lines.push(wrap(`  ${fallback}`, width, '  '));
  }
  const harmless = rows.filter(
    ({ consequence, cause }) => consequence.effect === 'harmless' && cause !== 'unknown',
  );
  for (const [because, words] of HARMLESS) {
    const names = namesOf(harmless.filter(({ consequence }) => consequence.because === because));
    if (names.length > 0) lines.push(wrap(`Harmless, ${words}: ${names.join(', ')}.`, width, '  '));
  }
  return lines;
}
