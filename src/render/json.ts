import type { Denial, Report } from '../core/documents/denial.ts';
import { jsonText } from './escape.ts';

const REPORT_SCHEMA = 'trace-build/report@1';

/** As in every command's JSON: what is not known of a fallback is null. */
const denialJson = (denial: Denial): object => ({ ...denial, fallback: denial.fallback ?? null });

/** The report as one versioned document (schema: dist/schemas/report.json). */
export function jsonReport(report: Report): string {
  const document = {
    schema: REPORT_SCHEMA,
    ...report,
    denials: report.denials.map(denialJson),
    hosts: report.hosts.map(({ blocked, ...host }) => ({ ...host, blocked: blocked.map(denialJson) })),
  };
  return `${jsonText(document)}\n`;
}
