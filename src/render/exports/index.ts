import type { TimedTrace } from '../../core/documents/timed.ts';
import { perfetto } from './perfetto.ts';
import { speedscope } from './speedscope.ts';

/** What viewers of time open; written by `report --format`. */
export const EXPORT_FORMATS = ['perfetto', 'speedscope'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export function renderExport(trace: TimedTrace, format: ExportFormat): string {
  return format === 'perfetto' ? perfetto(trace) : speedscope(trace);
}
