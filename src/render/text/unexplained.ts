import type { Denial } from '../../core/documents/denial.ts';
import { callTitle } from '../phrases/call.ts';
import { followedPhrase } from '../phrases/consequence.ts';
import { evidencePhrase } from '../phrases/reason.ts';
import { wrap } from './wrap.ts';

/** What the traces show refused that no host of these would refuse: never left out in silence. */
export function unexplainedLines(unexplained: readonly Denial[], width: number): readonly string[] {
  if (unexplained.length === 0) return [];
  const lines = ['', 'Refused in the trace, and not by the hosts above:'];
  for (const denial of unexplained.slice(0, MOST_UNEXPLAINED)) {
    const { errno, first } = denial;
    const place = `${first.file === undefined ? 'line ' : `${first.file}:`}${first.line}`;
    const followed = followedPhrase(denial);
    lines.push(wrap(`  ${callTitle(denial)} ${errno}, ${place}: ${evidencePhrase(denial)}.`, width, '    '));
    if (followed !== undefined) lines.push(wrap(`    In the trace: ${followed}.`, width, '    '));
  }
  const more = unexplained.length - MOST_UNEXPLAINED;
  return more > 0 ? [...lines, `  … and ${more} more; report lists them all`] : lines;
}

const MOST_UNEXPLAINED = 8;
