import type { Denial } from '../../core/documents/denial.ts';
import type { HostBlocked, Report } from '../../core/documents/report.ts';
import { bySeverity } from '../../core/documents/severity.ts';
import { shellLine } from '../../core/linux/shellWords.ts';
import { html, shorten } from '../escape.ts';
import { matrixOf } from '../matrix.ts';
import { callTitle } from '../phrases/call.ts';
import { fallbackPhrase } from '../phrases/callers.ts';
import { followedPhrase } from '../phrases/consequence.ts';
import { evidencePhrase } from '../phrases/reason.ts';
import { plural } from '../phrases/text.ts';
import {
  assumedInWords,
  basisInWords,
  causeInWords,
  countHosts,
  entriesText,
  fixAsProfileEntries,
  fixLines,
  hostInWords,
} from '../words.ts';

const MOST_DENIALS = 400;
const MOST_HOSTS = 300;

function denialItem(denial: Denial, open: boolean): string {
  const { first } = denial;
  const place = `${first.file ? `${first.file}, ` : ''}line ${first.line}${first.pid === undefined ? '' : `, pid ${first.pid}`}`;
  const search = `${callTitle(denial)} ${denial.abi} ${denial.errno} ${denial.cause} ${first.command ?? ''}`;
  return `<details class="denial" data-s="${html(shorten(search, 400))}"${open ? ' open' : ''}><summary><h3 class="mono">${html(callTitle(denial))}</h3><span class="pill ${denial.matters ? 'bad' : 'mild'}">${html(denial.errno)}</span><span class="why">${html(causeInWords(denial.cause))}</span><span class="times">${plural(denial.count, 'time')}, ${html(denial.abi)}</span></summary>
<dl><dt>Evidence</dt><dd>${html(evidencePhrase(denial))}</dd>${followedPhrase(denial) ? `<dt>Then</dt><dd>${html(followedPhrase(denial)!)}</dd>` : ''}${fallbackPhrase(denial) ? `<dt>What follows</dt><dd>${html(fallbackPhrase(denial)!)}</dd>` : ''}<dt>First seen</dt><dd>${html(place)}${first.command ? `, running <code>${html(shorten(first.command, 600))}</code>` : ''}</dd><dt>Call</dt><dd><code>${html(denial.syscall)}(${html(shorten(denial.sample, 800))})</code></dd></dl></details>`;
}

function denialItems(denials: readonly Denial[]): string {
  const sorted = [...denials].sort(bySeverity);
  const left = sorted.length - MOST_DENIALS;
  return `${sorted
    .slice(0, MOST_DENIALS)
    .map((denial, index) => denialItem(denial, denial.matters && index < 6))
    .join('\n')}${left > 0 ? `<p class="none">and ${plural(left, 'more', 'more')}</p>` : ''}`;
}

/** The fix in words and as entries of a profile, with its proof; empty without one. */
export function fixSection(report: Report): string {
  if (!report.fix) return '';
  const entries = fixAsProfileEntries(report.fix);
  return `<section id="fix"><h2>Fix<span class="n">${html(basisInWords(report.fix))}</span></h2>${fixLines(
    report.fix,
  )
    .map((line) => `<p>${html(line)}</p>`)
    .join('')}${
    entries.length === 0
      ? ''
      : `<p class="none">As entries of <code>syscalls</code> in the seccomp profile:</p><pre tabindex="0">${entriesText(
          entries,
        )
          .split('\n')
          .map(html)
          .join('\n')}</pre>`
  }${dangerAndProof(report.fix)}</section>`;
}

const OUTCOME = { pass: 'good', fail: 'bad', unresolved: 'mild' } as const;

function dangerAndProof({ danger = [], proof = [] }: NonNullable<Report['fix']>): string {
  const risks = danger.map(({ syscall, why }) => `<li><code>${html(syscall)}</code>: ${html(why)}</li>`);
  const runs = proof
    .slice(0, 200)
    .map(
      ({ change, outcome, seconds }) =>
        `<tr><td>${html(change)}</td><td><span class="pill ${OUTCOME[outcome]}">${outcome === 'unresolved' ? 'no answer' : html(outcome)}</span></td><td>${seconds.toFixed(1)} s</td></tr>`,
    );
  return `${risks.length > 0 ? `<ul>${risks.join('')}</ul>` : ''}${
    runs.length > 0
      ? `<details class="fold" open><summary>Proof: ${plural(runs.length, 'run')}</summary><div class="scroll"><table><thead><tr><th scope="col">Change</th><th scope="col">Outcome</th><th scope="col">Time</th></tr></thead><tbody>${runs.join('')}</tbody></table></div></details>`
      : ''
  }`;
}

/** The refused calls, each to be unfolded; empty where nothing was refused. */
export function denialSection(report: Report): string {
  if (report.denials.length === 0) return '';
  return `<section id="refused"><h2>Refused syscalls<span class="n">${report.denials.length}</span></h2>${denialItems(report.denials)}</section>`;
}

/** Hosts × refused syscalls as a heat map, and what each host refuses; empty when no host was asked. */
export function hostSection(report: Report): string {
  const hosts = report.hosts.slice(0, MOST_HOSTS);
  if (hosts.length === 0) return '';
  const { rows } = matrixOf(hosts);
  const cell = (denial: Denial | undefined, host: HostBlocked): string => {
    const what = denial
      ? `${denial.errno}: ${causeInWords(denial.cause)}. ${evidencePhrase(denial)}`
      : 'allowed';
    return `<td class="${denial ? (denial.matters ? 'b' : 'e') : 'a'}" title="${html(shorten(`${host.host.expression}: ${what}`, 400))}">${denial ? html(denial.errno) : 'ok'}</td>`;
  };
  const name = ({ host, alike }: HostBlocked): string =>
    `${html(shorten(host.expression, 160))}${alike === undefined ? '' : ` <span class="none">${plural(alike, 'host')}</span>`}`;
  const columns = rows.slice(0, 200);
  // Hosts go down: a group of alike hosts has a long name, a syscall never.
  const heat =
    rows.length === 0
      ? '<p>None of these hosts would refuse anything in this trace.</p>'
      : `<div class="scroll" tabindex="0" role="region" aria-label="Refused syscalls by host"><table class="heat"><thead><tr><th scope="col">Host</th>${columns.map(({ syscall, abi }) => `<th scope="col"><span class="mono">${html(syscall).replaceAll('_', '_<wbr>')}</span><br>${html(abi)}</th>`).join('')}</tr></thead><tbody>${hosts
          .map(
            (host, index) =>
              `<tr data-s="${html(shorten(`${host.host.expression} ${host.blocked.map(({ syscall }) => syscall).join(' ')}`, 4000))}"><th scope="row" title="${html(shorten(hostInWords(host.host), 300))}">${name(host)}</th>${columns.map(({ cells }) => cell(cells[index], host)).join('')}</tr>`,
          )
          .join(
            '\n',
          )}</tbody></table></div><ul class="key"><li><span class="pill good">ok</span> allowed</li><li><span class="pill mild">ENOSYS</span> refused, callers fall back</li><li><span class="pill bad">EPERM</span> refused, nothing falls back</li></ul>`;
  const each = hosts
    .filter(({ blocked }) => blocked.length > 0)
    .map(
      ({ host, blocked }) =>
        `<details class="fold" data-s="${html(host.expression)}"><summary>${html(shorten(host.expression, 160))}: ${plural(blocked.length, 'syscall')} refused</summary><p class="none">${html(hostInWords(host))}${host.assumed.length > 0 ? `; ${html(assumedInWords(host.assumed))}` : ''}</p>${host.notes.map((note) => `<p class="none">${html(note)}</p>`).join('')}${denialItems(blocked)}</details>`,
    );
  return `<section id="hosts"><h2>Hosts<span class="n">${countHosts(report.hosts)}</span></h2>${heat}${each.join('\n')}</section>`;
}

/** The histogram: syscalls by how often they were called, failures apart. */
export function syscallSection(report: Report): string {
  if (report.syscalls.length === 0) return '';
  const sorted = [...report.syscalls].sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
  const most = sorted[0]!.count;
  const item = ({ name, abi, count, failed }: Report['syscalls'][number]): string => {
    const share = (value: number): string =>
      `${Math.max((value / most) * 100, value > 0 ? 0.4 : 0).toFixed(2)}%`;
    return `<div class="row" role="listitem" data-s="${html(`${name} ${abi}`)}"><span class="label mono">${html(name)}${abi === 'x86_64' ? '' : ` <span class="none">${html(abi)}</span>`}</span><svg height="12" aria-hidden="true"><rect class="track" width="100%" height="12" rx="3"/><rect class="bar" width="${share(count)}" height="12" rx="2"/>${failed > 0 ? `<rect class="bar failed" width="${share(failed)}" height="12" rx="2"/>` : ''}</svg><span class="num">${count.toLocaleString('en-US')}${failed > 0 ? ` <i>${failed.toLocaleString('en-US')} failed</i>` : ''}</span></div>`;
  };
  const total = sorted.reduce((sum, { count }) => sum + count, 0);
  const rest = sorted.slice(25);
  return `<section id="syscalls"><h2>Syscalls<span class="n">${plural(total, 'call')} of ${plural(sorted.length, 'kind')}</span></h2><div class="rows histo" role="list">${sorted.slice(0, 25).map(item).join('\n')}</div>${rest.length > 0 ? `<details class="fold"><summary>${rest.length} less frequent</summary><div class="rows histo" role="list">${rest.map(item).join('\n')}</div></details>` : ''}</section>`;
}

/** Lines of the trace around each refusal, the refused ones marked. */
export function excerptSection(report: Report): string {
  if (report.excerpts.length === 0) return '';
  const refused = new Set(
    [...report.denials, ...report.hosts.flatMap(({ blocked }) => blocked)].map(({ first }) => first.line),
  );
  return `<section id="excerpts"><h2>Trace around each refusal</h2>${report.excerpts
    .map(
      ({ file, from, lines }) =>
        `<details class="fold" open data-s="${html(shorten(lines.join(' '), 2000))}"><summary>${html(file)}, from line ${from}</summary><pre tabindex="0">${lines
          .map((line, index) => {
            const text = `<span class="ln">${from + index}</span>${html(shorten(line, 2000))}`;
            return refused.has(from + index) ? `<span class="hit">${text}</span>` : `${text}\n`;
          })
          .join('')}</pre></details>`,
    )
    .join('\n')}</section>`;
}

/** What maintainers ask for: command, host, engine, versions, traces, notes. */
export function environmentSection(report: Report): string {
  const rows: (readonly [string, string])[] = [];
  if (report.command) rows.push(['Command', `<code>${html(shellLine(report.command))}</code>`]);
  if (report.host) {
    rows.push(['Host', `<code>${html(report.host.expression)}</code><br>${html(hostInWords(report.host))}`]);
    if (report.host.assumed.length > 0) rows.push(['', html(assumedInWords(report.host.assumed))]);
  }
  if (report.engine) {
    rows.push([
      'Engine',
      html(
        `${report.engine.name} ${report.engine.version ?? ''}${report.engine.why ? ` (${report.engine.why})` : ''}`,
      ),
    ]);
  }
  for (const { name, value } of report.environment) rows.push([html(name), html(value)]);
  for (const trace of report.traces.slice(0, 100)) {
    const flaws = [
      trace.complete ? '' : 'cut short',
      trace.unparsed > 0 ? `${plural(trace.unparsed, 'line')} not understood` : '',
      trace.unfinished > 0 ? `${plural(trace.unfinished, 'call')} never ended` : '',
    ].filter((flaw) => flaw !== '');
    rows.push([
      'Trace',
      `<code>${html(trace.file)}</code>: ${plural(trace.events, 'event')} in ${plural(trace.lines, 'line')}, ${html(trace.abis.join(', '))}${flaws.length > 0 ? ` <span class="pill mild">${html(flaws.join(', '))}</span>` : ''}`,
    ]);
  }
  const reproduce = report.reproduce
    ? `<h3>Reproduce</h3><pre tabindex="0">${html(report.reproduce)}</pre>`
    : '';
  const notes =
    report.notes.length > 0
      ? `<ul>${report.notes.map((note) => `<li>${html(note)}</li>`).join('')}</ul>`
      : '';
  if (rows.length === 0 && reproduce === '' && notes === '') return '';
  return `<section id="environment"><h2>Environment</h2><dl>${rows.map(([name, value]) => `<dt>${name}</dt><dd>${value}</dd>`).join('')}</dl>${notes}${reproduce}</section>`;
}
