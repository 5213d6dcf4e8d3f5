import type { Denial } from '../../core/documents/denial.ts';
import type { Report } from '../../core/documents/report.ts';
import { bySeverity, isFinding } from '../../core/documents/severity.ts';
import { markdownReport } from '../markdown.ts';
import { callTitle } from '../phrases/call.ts';
import { evidencePhrase } from '../phrases/reason.ts';
import { causeInWords, fixInWords, headlineOf } from '../words.ts';
import { command } from './workflowCommand.ts';

/** The runner shows this many of a kind for a step and drops the rest. */
const MOST = 10;

/**
 * Workflow commands for what matters: an error for each syscall that can break the build, one notice for the rest.
 * They go to standard error; the runner reads both streams.
 */
export function annotations(report: Report): string {
  const headline = headlineOf(report);
  const found: (readonly [Denial, string | undefined])[] = [
    ...report.denials.map((denial) => [denial, report.host?.expression] as const),
    ...report.hosts.flatMap(({ host, blocked }) =>
      blocked.map((denial) => [denial, host.expression] as const),
    ),
  ];
  const breaking = found.filter(([denial]) => isFinding(denial)).sort(([a], [b]) => bySeverity(a, b));
  const fix = report.fix ? ` Fix: ${fixInWords(report.fix.fix).join(' ')}` : '';
  // One annotation for a syscall, whatever the number of hosts.
  const bySyscall = new Map<string, { denial: Denial; hosts: string[] }>();
  for (const [denial, host] of breaking) {
    const key = `${callTitle(denial)} ${denial.errno}`;
    const entry = bySyscall.get(key) ?? { denial, hosts: [] };
    bySyscall.set(key, entry);
    if (host !== undefined && !entry.hosts.includes(host)) entry.hosts.push(host);
  }
  const errors = [...bySyscall.values()]
    .slice(0, MOST - 1)
    .map(({ denial, hosts }) =>
      command(
        'error',
        `${callTitle(denial)} is refused with ${denial.errno}`,
        `${hosts.length > 0 ? `On ${hosts.slice(0, 5).join(', ')}${hosts.length > 5 ? ` and ${hosts.length - 5} more` : ''}: ` : ''}${causeInWords(denial.cause)}; ${evidencePhrase(denial)}.${fix}`,
      ),
    );
  if (bySyscall.size > MOST - 1) {
    errors.push(command('error', 'trace-build', `and ${bySyscall.size - MOST + 1} more refused syscalls`));
  }
  return errors.length > 0
    ? errors.join('')
    : command('notice', 'trace-build', [headline.text, ...headline.details].join('. '));
}

/** GitHub takes 1 MiB for the summary of a step; the rest of the step may write to it too. */
const SUMMARY_LIMIT = 500_000;

/** Markdown for GITHUB_STEP_SUMMARY. */
export function stepSummary(report: Report): string {
  return markdownReport(report, SUMMARY_LIMIT);
}
