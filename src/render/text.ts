import type { Denial } from '../core/documents/denial.ts';
import type { Report } from '../core/documents/report.ts';
import { bySeverity } from '../core/documents/severity.ts';
import { shorten, visible } from './escape.ts';
import { callTitle } from './phrases/call.ts';
import { fallbackPhrase } from './phrases/callers.ts';
import { followedPhrase } from './phrases/consequence.ts';
import { evidencePhrase } from './phrases/reason.ts';
import { plural, sentence } from './phrases/text.ts';
import { traceRemarks } from './phrases/trace.ts';
import { assumedInWords, basisInWords, causeInWords, fixLines, headlineOf, hostInWords } from './words.ts';

function denialLines(denial: Denial): readonly string[] {
  const { first } = denial;
  const place = `${first.file ? `${first.file}:` : 'line '}${first.line}${first.pid === undefined ? '' : `, pid ${first.pid}`}`;
  return [
    `${denial.matters ? '!' : '-'} ${callTitle(denial)} (${denial.abi}) -> ${denial.errno}, ${plural(denial.count, 'time')}`,
    `    why:    ${causeInWords(denial.cause)}: ${evidencePhrase(denial)}`,
    `    first:  ${place}${first.command ? `, running ${shorten(first.command, 160)}` : ''}`,
    `    call:   ${denial.syscall}(${shorten(denial.sample, 200)})`,
    ...(followedPhrase(denial) ? [`    then:   ${followedPhrase(denial)!}`] : []),
    ...(fallbackPhrase(denial) ? [`    effect: ${fallbackPhrase(denial)!}`] : []),
  ];
}

/** GitHub's runner takes `::name` at the start of a line and `##[name]` anywhere for commands. */
function line(text: string): string {
  return visible(text)
    .replace(/^(\s*):(?=:)/, '$1\\x3a')
    .replace(/##(?=\[)/g, '#\\x23');
}

/** Plain text for a terminal or a mail; no line of a trace can move the cursor or colour it. */
export function textReport(report: Report): string {
  const headline = headlineOf(report);
  const out: string[] = [headline.text, ...headline.details];
  const section = (title: string, lines: readonly string[]): void => {
    if (lines.length > 0) out.push('', title, ...lines.map((line) => `  ${line}`));
  };
  section('Refused', [...report.denials].sort(bySeverity).flatMap(denialLines));
  for (const { host, blocked } of report.hosts) {
    section(
      `On ${host.expression} (${hostInWords(host)})`,
      blocked.length > 0 ? [...blocked].sort(bySeverity).flatMap(denialLines) : ['nothing would be refused'],
    );
    if (host.assumed.length > 0) out.push(`  ${assumedInWords(host.assumed)}`);
  }
  if (report.fix) section(`Fix (${basisInWords(report.fix)})`, fixLines(report.fix));
  section(
    'Environment',
    report.environment.map(({ name, value }) => `${name}: ${value}`),
  );
  section(
    'Traces',
    report.traces.flatMap((trace) => [
      `${trace.file}: ${plural(trace.events, 'event')} of ${plural(trace.processes, 'process', 'processes')}, ${trace.abis.join(', ')}${trace.complete ? '' : ', cut short'}${trace.unparsed > 0 ? `, ${plural(trace.unparsed, 'line')} not understood` : ''}`,
      ...traceRemarks(trace).map((remark) => `  ${remark}`),
    ]),
  );
  for (const { file, from, lines } of report.excerpts) {
    section(
      `${file}, line ${from}`,
      lines.map((line) => shorten(line, 400)),
    );
  }
  section('Reproduce', report.reproduce ? [report.reproduce] : []);
  section('Notes', report.notes.map(sentence));
  return `${out.map(line).join('\n')}\n`;
}
