import type { Report } from '../core/documents/report.ts';
import type { PathStyle } from '../core/redaction/redact.ts';
import type { FoundNames } from '../core/redaction/redactNames.ts';

export interface RedactionOptions {
  /** False leaves secrets, names and addresses in; true when not given. */
  readonly redact?: boolean;
  /** What becomes of paths; `relative` when not given. */
  readonly paths?: PathStyle;
  /** Key of the hashes of paths: the same text gives the same ones again. Random when not given. */
  readonly salt?: string;
  /** Hides everything that no verdict hangs on. */
  readonly strict?: boolean;
}

/** The report as it may be shown; without redaction as it is, and not marked as redacted. */
export async function safeReport(
  { report, names }: { readonly report: Report; readonly names: FoundNames },
  { redact = true, paths = 'relative', salt, strict = false }: RedactionOptions,
  cwd: string,
): Promise<Report> {
  if (!redact) {
    const { redacted: _, ...exposed } = report;
    return exposed;
  }
  const [{ redactReport }, { personal }] = await Promise.all([
    import('../core/redaction/redactReport.ts'),
    import('../io/files/private.ts'),
  ]);
  const mine = personal(names);
  return redactReport(report, {
    paths: strict ? 'hash' : paths,
    strict,
    cwd,
    homes: mine.homes,
    users: mine.users,
    hosts: mine.hosts,
    salt: salt ?? mine.salt,
  });
}
