import { sha256 } from '@noble/hashes/sha2.js';
import type { Report } from '../../core/documents/report.ts';
import { shellLine } from '../../core/linux/shellWords.ts';
import { html, shorten } from '../escape.ts';
import { plural } from '../phrases/text.ts';
import { countHosts, headlineOf, hostsThatBlock } from '../words.ts';
import { timelineSection, treeSection } from './processes.ts';
import { SCRIPT } from './script.ts';
import {
  denialSection,
  environmentSection,
  excerptSection,
  fixSection,
  hostSection,
  syscallSection,
} from './sections.ts';
import { STYLE } from './style.ts';

const SECTIONS: readonly (readonly [id: string, label: string, render: (report: Report) => string])[] = [
  ['fix', 'Fix', fixSection],
  ['refused', 'Refused', denialSection],
  ['excerpts', 'Trace', excerptSection],
  ['hosts', 'Hosts', hostSection],
  ['timeline', 'Timeline', timelineSection],
  ['tree', 'Processes', treeSection],
  ['syscalls', 'Syscalls', syscallSection],
  ['environment', 'Environment', environmentSection],
];

function facts(report: Report): string {
  const calls = report.syscalls.reduce((sum, { count }) => sum + count, 0);
  const processes = report.traces.reduce((sum, trace) => sum + trace.processes, 0);
  const out: (readonly [string, string])[] = [];
  if (calls > 0) out.push([calls.toLocaleString('en-US'), 'calls']);
  if (processes > 0) out.push([processes.toLocaleString('en-US'), processes === 1 ? 'process' : 'processes']);
  if (report.denials.length > 0 || report.hosts.length === 0) {
    out.push([
      report.denials.reduce((sum, { count }) => sum + count, 0).toLocaleString('en-US'),
      `refused, ${plural(report.denials.length, 'kind')}`,
    ]);
  }
  if (report.hosts.length > 0) {
    out.push([
      `${countHosts(hostsThatBlock(report.hosts))} of ${countHosts(report.hosts)}`,
      'hosts break it',
    ]);
  }
  if (report.exit) {
    out.push([
      report.exit.timedOut ? 'time-out' : (report.exit.signal ?? String(report.exit.status ?? '-')),
      'exit',
    ]);
  }
  return `<ul class="facts">${out.map(([value, label]) => `<li><b>${html(value)}</b><span>${html(label)}</span></li>`).join('')}</ul>`;
}

/** The sections as escaped HTML, for a page that brings its own frame and `STYLE`. */
export function htmlSections(report: Report): string {
  return SECTIONS.map(([, , render]) => render(report)).join('\n');
}

/**
 * One HTML file: no network, no inline handlers or styles, so its own content security policy forbids everything but
 * the one style sheet and the one script, by hash. Whatever a trace smuggled in could not run.
 */
export function htmlReport(report: Report): string {
  const headline = headlineOf(report);
  const sections = SECTIONS.map(([id, label, render]) => ({ id, label, text: render(report) })).filter(
    ({ text }) => text !== '',
  );
  const hash = (text: string): string =>
    `'sha256-${btoa(String.fromCharCode(...sha256(new TextEncoder().encode(text))))}'`;
  const policy = `default-src 'none'; style-src ${hash(STYLE)}; script-src ${hash(SCRIPT)}; base-uri 'none'; form-action 'none'`;
  const kind = report.command
    ? `trace-build: <code>${html(shorten(shellLine(report.command), 300))}</code>`
    : `trace-build: ${html(report.traces.map(({ file }) => file).join(', ') || 'report')}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${html(shorten(headline.text, 120))} - trace-build</title>
<style>${STYLE}</style>
</head>
<body>
<header><div class="in"><p class="kind">${kind}</p>
<div class="verdict ${headline.level}"><h1>${html(headline.text)}</h1>${headline.details.map((line) => `<p>${html(line)}</p>`).join('')}</div>
${facts(report)}</div></header>
<nav aria-label="Sections"><div class="in"><ul>${sections.map(({ id, label }) => `<li><a href="#${id}">${label}</a></li>`).join('')}</ul><span id="found" class="none" role="status"></span><input type="search" class="js hidden" placeholder="Search (press /)" aria-label="Search syscalls, processes and hosts"><button type="button" id="theme" class="js hidden" aria-label="Switch between light and dark">&#9680;</button></div></nav>
<main>
${sections.map(({ text }) => text).join('\n')}
<footer>Made by trace-build${report.redacted ? '. Redacted: contents of reads and writes, environment, names, addresses and secrets are left out.' : '. <strong>Not redacted.</strong>'}</footer>
</main>
<script>${SCRIPT}</script>
</body>
</html>
`;
}
