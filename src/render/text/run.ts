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
import { headlineOf, hostInWords, namesOf } from '../words.ts';
import { wrap } from './wrap.ts';

export interface RunText {
  readonly report: Report;
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
}

/** The result of `run` for people: the verdict first, then what was refused, then what to do. */
export function renderRun(
  { report, trace, fast, kernel, layers, next }: RunText,
  width: number,
  colour: boolean,
): string {
  const paint = (code: number, text: string): string => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  const headline = headlineOf(report);
  const tone = { clean: 32, harmless: 32, blocked: 31, undecided: 33 }[headline.level];
  const shown = fast ? report.hosts.flatMap(({ blocked }) => blocked) : report.denials;
  const rows = [...shown].filter(({ cause }) => cause !== 'genuine').sort(bySeverity);
  const genuine = shown.filter(({ cause }) => cause === 'genuine');
  const host = report.host ?? report.hosts[0]?.host;

  const out = [
    paint(tone, wrap(`${headline.text}.`, width)),
    ...headline.details.map((one) => wrap(one, width)),
  ];
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
  out.push('', wrap(`Trace: ${trace.path}, ${trace.events} events`, width));
  if (kernel) out.push(wrap(kernelPhrase(kernel), width, '  '));
  for (const line of layers ? layersPhrases(layers) : []) out.push(wrap(line, width, '  '));
  for (const remark of report.traces.flatMap(traceRemarks)) out.push(wrap(`Note: ${remark}.`, width, '  '));
  if (trace.trouble !== undefined) out.push(wrap(`The recording is not complete: ${trace.trouble}.`, width));
  for (const note of report.notes) out.push(wrap(`Note: ${note}.`, width, '  '));
  if (next.length > 0) out.push('', 'Next:');
  for (const { command, does } of next) out.push(`  ${paint(1, command)}`, `      ${does}`);
  return `${out.join('\n')}\n`;
}

type Paint = (code: number, text: string) => string;

function table(rows: readonly Denial[], width: number, paint: Paint): string {
  const abis = new Set(rows.map(({ abi }) => abi)).size > 1;
  const names = rows.map((denial) => (abis ? `${callTitle(denial)} (${denial.abi})` : callTitle(denial)));
  const sizes = [
    Math.max(7, ...names.map((name) => name.length)) + 2,
    9,
    Math.max(5, ...rows.map(({ count }) => String(count).length)) + 2,
    10,
  ];
  const rest = Math.max(16, Math.min(width, 120) - sizes.reduce((sum, size) => sum + size, 0) - 6);
  const grid = new Table({
    head: ['Syscall', 'Answer', 'Times', 'Cause', 'First refused'],
    colWidths: [...sizes, rest],
    wordWrap: true,
    style: { head: [], border: [], compact: true },
  });
  rows.forEach((denial, i) => {
    const { first, count, errno, cause, matters } = denial;
    const running = first.command === undefined ? '' : ` by ${shorten(visible(first.command), 60)}`;
    grid.push([
      matters ? paint(31, names[i]!) : names[i]!,
      errno,
      { content: String(count), hAlign: 'right' },
      cause,
      `line ${first.line}${running}`,
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
