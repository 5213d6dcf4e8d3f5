import type { TraceInfo } from '../../core/documents/trace.ts';
import { traceRemarks } from '../phrases/trace.ts';

const number = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ',');

const counted = (count: number, noun: string): string => `${number(count)} ${noun}${count === 1 ? '' : 's'}`;

/** `build.strace: 12,345 lines, 8,432 events, 3 lines not understood, cut off`. */
function traceLine(trace: TraceInfo): string {
  const parts = [
    counted(trace.lines, 'line'),
    counted(trace.events, 'event'),
    ...(trace.unparsed > 0 ? [`${counted(trace.unparsed, 'line')} not understood`] : []),
    ...(trace.complete ? [] : ['incomplete']),
  ];
  return `${trace.file}: ${parts.join(', ')}`;
}

/** The line above, and the first few lines that were not understood. */
export function traceLines(trace: TraceInfo): readonly string[] {
  return [
    traceLine(trace),
    ...traceRemarks(trace).map((remark) => `  ${remark}`),
    ...trace.unparsedSamples
      .slice(0, 3)
      .map(
        ({ line, text }) =>
          `  line ${line} not understood: ${text.length > 50 ? `${text.slice(0, 49)}…` : text}`,
      ),
  ];
}
