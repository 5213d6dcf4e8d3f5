import type { Denial } from '../core/documents/denial.ts';
import type { HostBlocked, Report } from '../core/documents/report.ts';
import { bySeverity } from '../core/documents/severity.ts';
import { shellLine } from '../core/linux/shellWords.ts';
import {
  markdownCode as code,
  markdownFence as fence,
  html,
  shorten,
  markdownText as text,
} from './escape.ts';
import { matrixOf } from './matrix.ts';
import { callTitle } from './phrases/call.ts';
import { fallbackPhrase } from './phrases/callers.ts';
import { followedPhrase } from './phrases/consequence.ts';
import { evidencePhrase } from './phrases/reason.ts';
import { grouped, plural } from './phrases/text.ts';
import { traceRemarks } from './phrases/trace.ts';
import {
  assumedInWords,
  basisInWords,
  causeInWords,
  entriesText,
  fixAsProfileEntries,
  fixLines,
  headlineOf,
  hostInWords,
  type Level,
} from './words.ts';

/** GitHub refuses a longer issue or comment. */
export const GITHUB_LIMIT = 65_536;

const ICON: Readonly<Record<Level, string>> = {
  blocked: '🔴',
  harmless: '🟡',
  clean: '🟢',
  undecided: '⚪',
};

const PROOF_ICON = { pass: '🟢 passes', fail: '🔴 fails', unresolved: '⚪ no answer' } as const;

/** How much detail there is room for; each later step is smaller. */
interface Room {
  readonly denials: number;
  readonly excerpts: number;
  readonly hosts: number;
  /** Hosts with a table of their own below the matrix; as many as `hosts` when not given. */
  readonly hostTables?: number;
  readonly syscalls: number;
  readonly text: number;
}

const ROOMS: readonly Room[] = [
  { denials: 60, excerpts: 20, hosts: 60, syscalls: 60, text: 400 },
  { denials: 40, excerpts: 10, hosts: 30, syscalls: 30, text: 240 },
  { denials: 25, excerpts: 5, hosts: 15, syscalls: 15, text: 160 },
  { denials: 12, excerpts: 2, hosts: 8, syscalls: 0, text: 120 },
  { denials: 5, excerpts: 0, hosts: 3, syscalls: 0, text: 80 },
];

/** What each of many hosts refuses says little beside the matrix: it goes before anything of the trace itself does. */
const STEPS: readonly Room[] = ROOMS.flatMap((room) => [room, { ...room, hostTables: 3 }]);

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const more = (all: number, shown: number, what: string): readonly string[] =>
  all > shown ? ['', `… and ${grouped(all - shown)} more ${what}.`] : [];

function details(summary: string, body: readonly string[], open = false): readonly string[] {
  return [`<details${open ? ' open' : ''}><summary>${summary}</summary>`, '', ...body, '', '</details>', ''];
}

function denialTable(denials: readonly Denial[], room: Room): readonly string[] {
  const sorted = [...denials].sort(bySeverity);
  return [
    row(['', 'Syscall', 'Answer', 'Cause', 'Times', 'What follows']),
    row(['---', '---', '---', '---', '--:', '---']),
    ...sorted
      .slice(0, room.denials)
      .map((denial) =>
        row([
          denial.matters ? '🔴' : '🟡',
          `${code(callTitle(denial))} (${text(denial.abi)})`,
          code(denial.errno),
          text(causeInWords(denial.cause)),
          String(denial.count),
          text(shorten(fallbackPhrase(denial) ?? '', room.text)),
        ]),
      ),
    ...more(sorted.length, room.denials, 'refused syscalls'),
    '',
  ];
}

function evidence(denials: readonly Denial[], room: Room): readonly string[] {
  return [...denials]
    .sort(bySeverity)
    .slice(0, room.denials)
    .flatMap((denial) => {
      const { first } = denial;
      const place = `${first.file ? `${code(shorten(first.file, room.text))} ` : ''}line ${first.line}${first.pid === undefined ? '' : `, pid ${first.pid}`}`;
      return [
        `**${code(callTitle(denial))} → ${code(denial.errno)}**`,
        '',
        `- Evidence: ${text(shorten(evidencePhrase(denial), room.text))}`,
        ...(followedPhrase(denial) ? [`- Then: ${text(shorten(followedPhrase(denial)!, room.text))}`] : []),
        `- First seen: ${place}${first.command ? `, running ${code(shorten(first.command, room.text))}` : ''}`,
        `- Call: ${code(`${denial.syscall}(${shorten(denial.sample, room.text)})`)}`,
        '',
      ];
    });
}

function matrix(hosts: readonly HostBlocked[], room: Room): readonly string[] {
  const { rows } = matrixOf(hosts);
  if (hosts.length < 2 || rows.length === 0) return [];
  const shown = hosts.slice(0, room.hosts);
  // Hosts go down: GitHub's column is narrow, and there are usually more hosts than blocked syscalls.
  const columns = rows.slice(0, 8);
  return [
    row(['Host', ...columns.map(({ syscall, abi }) => `${code(syscall)} (${text(abi)})`)]),
    row(['---', ...columns.map(() => ':-:')]),
    ...shown.map((host, index) =>
      row([
        `${code(shorten(host.host.expression, room.text))}${host.alike === undefined ? '' : ` (${plural(host.alike, 'host')})`}`,
        ...columns.map(({ cells }) => {
          const cell = cells[index];
          return cell ? `${cell.matters ? '🔴' : '🟡'} ${text(cell.errno)}` : '🟢';
        }),
      ]),
    ),
    ...more(hosts.length, shown.length, 'hosts'),
    ...more(rows.length, columns.length, 'syscalls'),
    '',
    '🟢 allowed · 🟡 refused, callers fall back · 🔴 refused, nothing falls back',
    '',
  ];
}

function fixSection(report: Report): readonly string[] {
  if (!report.fix) return [];
  const entries = fixAsProfileEntries(report.fix);
  return [
    '### Fix',
    '',
    ...fixLines(report.fix).map((line) => `- ${text(line)}`),
    '',
    `_${text(basisInWords(report.fix))}_`,
    '',
    ...(entries.length === 0
      ? []
      : [
          'As entries of `syscalls` in the seccomp profile:',
          '',
          fence(entriesText(entries).split('\n'), 'json'),
          '',
        ]),
    ...(report.fix.danger ?? []).map(({ syscall, why }) => `- ${code(syscall)}: ${text(why)}`),
    ...(report.fix.danger && report.fix.danger.length > 0 ? [''] : []),
    ...(report.fix.proof && report.fix.proof.length > 0
      ? details('Proof', [
          row(['Change', 'Outcome', 'Seconds']),
          row(['---', '---', '--:']),
          ...report.fix.proof
            .slice(0, 40)
            .map(({ change, outcome, seconds }) =>
              row([text(change), PROOF_ICON[outcome], seconds.toFixed(1)]),
            ),
          ...more(report.fix.proof.length, 40, 'runs'),
        ])
      : []),
  ];
}

function environment(report: Report, room: Room): readonly string[] {
  const rows: (readonly [string, string])[] = [];
  if (report.command) rows.push(['Command', code(shorten(shellLine(report.command), room.text))]);
  if (report.host) rows.push(['Host', code(report.host.expression)]);
  if (report.host) rows.push(['Host in full', text(hostInWords(report.host))]);
  if (report.host && report.host.assumed.length > 0)
    rows.push(['', text(assumedInWords(report.host.assumed))]);
  if (report.engine) {
    rows.push([
      'Engine',
      text(
        `${report.engine.name} ${report.engine.version ?? ''}`.trim() +
          (report.engine.why ? ` (${report.engine.why})` : ''),
      ),
    ]);
  }
  rows.push(
    ...report.environment.map(({ name, value }) => [text(name), code(shorten(value, room.text))] as const),
  );
  for (const trace of report.traces.slice(0, 20)) {
    const flaws = [
      trace.complete ? '' : 'cut short',
      trace.unparsed > 0 ? `${plural(trace.unparsed, 'line')} not understood` : '',
      ...traceRemarks(trace),
    ].filter(Boolean);
    rows.push([
      'Trace',
      `${code(shorten(trace.file, room.text))}: ${plural(trace.events, 'event')} of ${plural(trace.processes, 'process', 'processes')}, ${text(trace.abis.join(', '))}${flaws.length > 0 ? ` (${text(flaws.join('; '))})` : ''}`,
    ]);
  }
  if (rows.length === 0) return [];
  return ['### Environment', '', row(['', '']), row(['---', '---']), ...rows.map(row), ''];
}

function document(report: Report, room: Room): string {
  const headline = headlineOf(report);
  const out: string[] = [
    `## ${ICON[headline.level]} ${text(headline.text)}`,
    '',
    ...headline.details.flatMap((line) => [text(line), '']),
    ...fixSection(report),
  ];
  if (report.denials.length > 0) {
    out.push('### Refused syscalls', '', ...denialTable(report.denials, room));
    out.push(...details('Evidence for each', evidence(report.denials, room)));
  }
  const table = matrix(report.hosts, room);
  if (table.length > 0) out.push('### Hosts', '', ...table);
  for (const { host, blocked } of report.hosts.slice(0, room.hostTables ?? room.hosts)) {
    if (blocked.length === 0) continue;
    const worst = blocked.filter(({ matters }) => matters).length;
    out.push(
      ...details(
        `<code>${html(shorten(host.expression, room.text))}</code> would refuse ${plural(blocked.length, 'syscall')}${worst > 0 ? `, ${worst} of them without a fallback` : ''}`,
        [text(hostInWords(host)), '', ...denialTable(blocked, room), ...evidence(blocked, room)],
        report.hosts.length === 1,
      ),
    );
  }
  out.push(...environment(report, room));
  if (report.reproduce) out.push('### Reproduce', '', fence([report.reproduce], 'sh'), '');
  const excerpts = report.excerpts.slice(0, room.excerpts);
  if (excerpts.length > 0) {
    out.push(
      ...details(
        'Trace around each refusal',
        excerpts.flatMap(({ file, from, lines }) => [
          `${code(shorten(file, room.text))} from line ${from}:`,
          '',
          fence(
            lines.map((line) => shorten(line, room.text)),
            'c',
          ),
          '',
        ]),
      ),
    );
  }
  if (room.syscalls > 0 && report.syscalls.length > 0) {
    const top = [...report.syscalls].sort((a, b) => b.count - a.count).slice(0, room.syscalls);
    out.push(
      ...details(`All syscalls (${report.syscalls.length})`, [
        row(['Syscall', 'ABI', 'Calls', 'Failed']),
        row(['---', '---', '--:', '--:']),
        ...top.map(({ name, abi, count, failed }) =>
          row([code(name), text(abi), String(count), String(failed)]),
        ),
        ...more(report.syscalls.length, top.length, 'syscalls'),
      ]),
    );
  }
  if (report.notes.length > 0) {
    out.push(
      '### Notes',
      '',
      ...report.notes.slice(0, 30).map((note) => `- ${text(shorten(note, room.text * 2))}`),
      '',
    );
  }
  out.push(
    `<sub>Made by trace-build${report.redacted ? ', redacted: contents of reads and writes, environment, names, addresses and secrets are left out' : ', **not redacted**'}.</sub>`,
  );
  return `${out.join('\n')}\n`;
}

/**
 * Markdown for an issue: the verdict first, what does not fit folded or left out, never longer than `limit` characters.
 */
export function markdownReport(report: Report, limit: number = GITHUB_LIMIT): string {
  let result = '';
  for (const room of STEPS) {
    result = document(report, room);
    if (result.length <= limit) return result;
  }
  // Even the smallest form is too long (a fix of thousands of names, say): cut at a line, outside any open fence.
  const note = '\n\n… cut here to fit.\n';
  const cut = result.slice(0, limit - note.length - 32).replace(/\n[^\n]*$/, '');
  const open = (cut.match(/^`{3,}/gm) ?? []).length % 2 === 1;
  return `${cut}${open ? '\n```' : ''}${note}`;
}
