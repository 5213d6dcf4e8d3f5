import type { ProcessInfo, Report, Timeline } from '../../core/documents/report.ts';
import { html, shorten } from '../escape.ts';
import { plural } from '../phrases/text.ts';
import { exitInWords } from '../words.ts';

/** Rows of the timeline that are shown at once; a wider trace keeps what was refused something, then what ran longest. */
const MOST_ROWS = 300;
/** Of these, so many are unfolded. */
const FIRST_ROWS = 40;
const MOST_TREE = 1_500;
/** Children of one process that are shown unfolded. */
const MOST_CHILDREN = 20;

const name = (process: ProcessInfo): string => process.command ?? '(no execve seen)';

function percent(part: number, whole: number): string {
  return `${whole <= 0 ? 0 : Math.round((part / whole) * 100_000) / 1000}%`;
}

function at(timeline: Timeline, value: number): string {
  return timeline.unit === 'lines'
    ? `line ${Math.round(value).toLocaleString('en-US')}`
    : `${(value - timeline.from).toFixed(value - timeline.from < 10 ? 3 : 1)} s`;
}

/** Processes as bars over time or lines, with a mark for each refused call; empty without a timeline. */
export function timelineSection(report: Report): string {
  const { timeline } = report;
  if (!timeline || timeline.processes.length === 0) return '';
  const span = timeline.to - timeline.from;
  const marks = new Map<number, Timeline['marks'][number][]>();
  for (const mark of timeline.marks) marks.set(mark.pid, [...(marks.get(mark.pid) ?? []), mark]);
  const ranked = [...timeline.processes].sort(
    (a, b) => Number(marks.has(b.pid)) - Number(marks.has(a.pid)) || b.to - b.from - (a.to - a.from),
  );
  const chosen = new Set(ranked.slice(0, MOST_ROWS));
  const unfolded = new Set(ranked.slice(0, FIRST_ROWS));
  const rowOf = (process: ProcessInfo): string => {
    const bad = process.exit?.signal !== undefined || (process.exit?.status ?? 0) !== 0;
    const dots = (marks.get(process.pid) ?? []).slice(0, 200).map(({ at: where, denial }) => {
      const what = report.denials[denial];
      return `<circle class="mark${what?.matters ? '' : ' mild'}" cx="${percent(where - timeline.from, span)}" cy="9" r="5"><title>${html(what ? `${what.syscall} -> ${what.errno}` : 'refused')}, ${html(at(timeline, where))}</title></circle>`;
    });
    const title = `${name(process)} (pid ${process.pid}): ${at(timeline, process.from)} to ${at(timeline, process.to)}, ${plural(process.events, 'call')}${process.exit ? `, ${exitInWords(process.exit)}` : ''}`;
    return `<div class="row" data-s="${html(`${process.pid} ${name(process)}`)}"><div class="label mono" title="${html(shorten(title, 600))}"><span class="pid">${process.pid}</span>${html(shorten(name(process), 160))}</div><svg height="18" role="img" aria-label="${html(shorten(title, 300))}"><rect class="track" x="0" y="3" width="100%" height="12" rx="3"/><rect class="bar${bad ? ' failed' : ''}" x="${percent(process.from - timeline.from, span)}" y="3" width="${percent(Math.max(process.to - process.from, span / 400), span)}" height="12" rx="2"/>${dots.join('')}</svg></div>`;
  };
  const shown = timeline.processes.filter((process) => unfolded.has(process)).map(rowOf);
  const folded = timeline.processes
    .filter((process) => chosen.has(process) && !unfolded.has(process))
    .map(rowOf);
  const left = timeline.processes.length - chosen.size + timeline.omitted;
  return `<section id="timeline"><h2>Timeline<span class="n">${plural(timeline.processes.length + timeline.omitted, 'process', 'processes')}${timeline.unit === 'lines' ? ', by line of the trace: it has no time stamps' : ''}</span></h2>
<div class="row axis-row" aria-hidden="true"><span class="label"></span><div class="axis"><span>${html(at(timeline, timeline.from))}</span><span>${html(at(timeline, timeline.from + span / 2))}</span><span>${html(at(timeline, timeline.to))}</span></div></div>
<div class="rows">${shown.join('\n')}</div>
${folded.length > 0 ? `<details class="fold"><summary>${plural(folded.length, 'more process', 'more processes')}</summary><div class="rows">${folded.join('\n')}</div></details>` : ''}
${left > 0 ? `<p class="none">${plural(left, 'shorter process', 'shorter processes')} without refused calls ${left === 1 ? 'is' : 'are'} not shown.</p>` : ''}
<ul class="key"><li><span class="pill bad">●</span> refused, nothing falls back</li><li><span class="pill mild">●</span> refused, callers fall back</li><li><span class="pill bad">▬</span> ended badly</li></ul></section>`;
}

/** Who started whom; empty where there is only one process. */
export function treeSection(report: Report): string {
  const { timeline } = report;
  if (!timeline || timeline.processes.length < 2) return '';
  const known = new Map(timeline.processes.map((process) => [process.pid, process]));
  const children = new Map<number | undefined, ProcessInfo[]>();
  for (const process of timeline.processes) {
    const parent =
      process.parent !== undefined && process.parent !== process.pid && known.has(process.parent)
        ? process.parent
        : undefined;
    children.set(parent, [...(children.get(parent) ?? []), process]);
  }
  const refused = new Map<number, number>();
  for (const { pid } of timeline.marks) refused.set(pid, (refused.get(pid) ?? 0) + 1);
  let budget = MOST_TREE;
  const seen = new Set<number>();
  const line = (process: ProcessInfo): string => {
    const denied = refused.get(process.pid) ?? 0;
    const bad = process.exit && (process.exit.signal !== undefined || process.exit.status !== 0);
    return `<span class="mono">${html(shorten(name(process), 200))}</span> <span class="meta">pid ${process.pid}, ${plural(process.events, 'call')}</span>${bad && process.exit ? ` <span class="pill mild">${html(process.exit.signal ?? `exit ${process.exit.status}`)}</span>` : ''}${denied > 0 ? ` <span class="pill bad">${denied} refused</span>` : ''}`;
  };
  const render = (process: ProcessInfo, depth: number): string => {
    if (budget-- <= 0 || seen.has(process.pid)) return '';
    seen.add(process.pid);
    const under = children.get(process.pid) ?? [];
    const search = html(`${process.pid} ${name(process)}`);
    if (under.length === 0 || depth > 60) return `<li class="leaf" data-s="${search}">${line(process)}</li>`;
    return `<li data-s="${search}"><details${depth < (known.size > 80 ? 1 : 3) ? ' open' : ''}><summary>${line(process)}</summary>${list(under, depth + 1)}</details></li>`;
  };
  /** Of many children those that were refused something or ended badly stand first; the rest is folded. */
  const list = (under: readonly ProcessInfo[], depth: number): string => {
    const items = (some: readonly ProcessInfo[]): string =>
      `<ul>${some.map((child) => render(child, depth)).join('')}</ul>`;
    if (under.length <= MOST_CHILDREN) return items(under);
    const weight = ({ pid, exit }: ProcessInfo): number =>
      (refused.has(pid) ? 2 : 0) + (exit && (exit.signal !== undefined || exit.status !== 0) ? 1 : 0);
    const first = new Set([...under].sort((a, b) => weight(b) - weight(a)).slice(0, MOST_CHILDREN));
    const rest = under.filter((child) => !first.has(child));
    return `${items(under.filter((child) => first.has(child)))}<details class="fold"><summary>${plural(rest.length, 'more process', 'more processes')}</summary>${items(rest)}</details>`;
  };
  const roots = list(children.get(undefined) ?? [], 0);
  const left = timeline.processes.length + timeline.omitted - seen.size;
  return `<section id="tree"><h2>Process tree</h2><div class="scroll tree" tabindex="0" role="region" aria-label="Process tree">${roots}</div>${left > 0 ? `<p class="none">${plural(left, 'process is', 'processes are')} not shown.</p>` : ''}</section>`;
}
