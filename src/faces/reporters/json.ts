import type { Report } from '../../core/report.ts';

export const REPORT_SCHEMA = 'trace-build/report@1';

/** The report as one versioned document (schema: dist/schemas/report.json). */
export function jsonReport(report: Report): string {
  return `${JSON.stringify({ schema: REPORT_SCHEMA, ...report }, undefined, 2)}\n`;
}
