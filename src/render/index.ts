import type { Report } from '../core/documents/report.ts';
import { htmlReport } from './html/index.ts';
import { jsonReport } from './json.ts';
import { junitReport } from './junit.ts';
import { markdownReport } from './markdown.ts';
import { type SarifOptions, sarifReport } from './sarif.ts';
import { textReport } from './text.ts';

export const REPORT_FORMATS = ['markdown', 'html', 'json', 'sarif', 'junit', 'text'] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

export type ReportOptions = SarifOptions;

/** A report as a document. Pure: the same report always gives the same text. */
export function renderReport(report: Report, format: ReportFormat, options: ReportOptions): string {
  switch (format) {
    case 'markdown':
      return markdownReport(report);
    case 'html':
      return htmlReport(report);
    case 'json':
      return jsonReport(report);
    case 'sarif':
      return sarifReport(report, options);
    case 'junit':
      return junitReport(report);
    case 'text':
      return textReport(report);
  }
}

const EXTENSIONS: readonly (readonly [RegExp, ReportFormat])[] = [
  [/\.(md|markdown)$/i, 'markdown'],
  [/\.html?$/i, 'html'],
  [/\.sarif(\.json)?$/i, 'sarif'],
  [/\.json$/i, 'json'],
  [/\.xml$/i, 'junit'],
  [/\.(txt|text|log)$/i, 'text'],
];

/** The format that a file's name asks for (`run --report FILE`). */
export function formatOfFile(file: string): ReportFormat | undefined {
  return EXTENSIONS.find(([pattern]) => pattern.test(file))?.[1];
}
