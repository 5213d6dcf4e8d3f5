import type { Report } from '../core/documents/report.ts';
import { ok, type Result } from '../core/failure.ts';
import { openReport } from './openReport.ts';
import { type RedactionOptions, safeReport } from './redaction.ts';

export interface ReportOptions extends RedactionOptions {
  /** HOST that the traces ran on; from the manifest where it is not given. */
  readonly on?: string;
  /** HOSTs to check the traces against; `all` for every known one. */
  readonly against?: readonly string[];
  /** Architecture of the traced machine, where neither trace nor manifest shows it. */
  readonly arch?: string;
  /** Of trace-build, as the report names it. */
  readonly version?: string;
  /** Directory that paths are made relative to. */
  readonly cwd?: string;
}

/**
 * The report of traces, or of one JSON document that `run`, `replay`, `minimize` or `report` printed. Redacted unless the
 * options say otherwise.
 */
export async function report(
  inputs: readonly string[],
  options: ReportOptions = {},
): Promise<Result<Report>> {
  const { on, against = [], arch, version = '', cwd = process.cwd(), ...redaction } = options;
  const opened = await openReport({
    inputs,
    against,
    version,
    ...(on === undefined ? {} : { on }),
    ...(arch === undefined ? {} : { arch }),
  });
  return opened.ok ? ok(await safeReport(opened.value, redaction, cwd)) : opened;
}
