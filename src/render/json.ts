import type { Denial } from '../core/documents/denial.ts';
import type { Reason } from '../core/documents/reason.ts';
import type { Report } from '../core/documents/report.ts';
import { jsonText } from './escape.ts';
import { fallbackPhrase } from './phrases/callers.ts';
import { followedPhrase } from './phrases/consequence.ts';
import { evidencePhrase, reasonPhrase } from './phrases/reason.ts';

/**
 * A document as it is printed: every reason in it gets its words beside it, as `evidence`, and every refusal those of its
 * callers and of what followed, as `fallback` and `followed`.
 */
export function worded(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(worded);
  if (typeof value !== 'object' || value === null) return value;
  const plain = Object.fromEntries(Object.entries(value).map(([name, member]) => [name, worded(member)]));
  if (isDenial(value)) {
    const followed = followedPhrase(value);
    return {
      ...plain,
      evidence: evidencePhrase(value),
      fallback: fallbackPhrase(value) ?? null,
      ...(followed === undefined ? {} : { followed }),
    };
  }
  return isVerdict(value) ? { ...plain, evidence: reasonPhrase(value.reason) } : plain;
}

const isVerdict = (value: object): value is { readonly reason: Reason } =>
  'reason' in value && 'action' in value && 'conditional' in value;

const isDenial = (value: object): value is Denial =>
  'reason' in value && 'basis' in value && 'errno' in value && !isVerdict(value);

/** A document as `--json` prints it. */
export function printDocument(document: object): string {
  return `${jsonText(worded(document))}\n`;
}

/** The report as one versioned document (schema: dist/schemas/report.json). */
export const jsonReport = (report: Report): string => printDocument(report);
