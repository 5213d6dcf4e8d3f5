import Table from 'cli-table3';
import { bySeverity } from '../../core/documents/severity.ts';
import type { WatchDocument } from '../../core/documents/watch.ts';
import { shorten, visible } from '../escape.ts';
import { callTitle } from '../phrases/call.ts';
import { kernelEventsPhrase } from '../phrases/confirm.ts';
import { evidencePhrase } from '../phrases/reason.ts';
import { sentence } from '../phrases/text.ts';
import { hostInWords } from '../words.ts';
import { wrap } from './wrap.ts';

/** The result of `watch` for people: the counts, then what was refused by whom, then why. */
export function renderWatch(document: WatchDocument, width: number): string {
  const { host, kernel, seconds, denials } = document;
  const rows = [...denials].sort(bySeverity);
  const out = [wrap(`${sentence(kernelEventsPhrase(kernel))} (${Math.round(seconds)} s).`, width)];
  if (host) out.push(wrap(`Host: ${hostInWords(host)}`, width, '  '));
  if (rows.length > 0) {
    const grid = new Table({
      head: ['Syscall', 'Answer', 'Times', 'Refused by', 'Program'],
      style: { head: [], border: [], compact: true },
    });
    for (const row of rows) {
      const { errno, count, refusedBy, first } = row;
      grid.push([
        callTitle(row),
        errno,
        { content: String(count), hAlign: 'right' },
        refusedBy ?? 'both',
        first.command === undefined ? '' : shorten(visible(first.command), 16),
      ]);
    }
    out.push('', grid.toString(), '');
    for (const row of rows)
      out.push(wrap(`${callTitle(row)}: ${row.errno}: ${evidencePhrase(row)}.`, width, '  '));
  }
  return `${out.join('\n')}\n`;
}
