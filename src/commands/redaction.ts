import { type Command, Option } from 'commander';
import type { Report } from '../core/documents/report.ts';
import type { FoundNames } from '../core/redaction/redactNames.ts';
import type { Io } from './ports.ts';

const PATH_WAYS = ['keep', 'relative', 'hash'] as const;

export interface RedactionFlags {
  /** `--no-redact` makes it false. */
  readonly redact: boolean;
  readonly paths: (typeof PATH_WAYS)[number];
  readonly salt?: string;
  readonly strict?: boolean;
}

/** `--no-redact` and `--paths`, in the same words for every command that writes something to be published. */
export function addRedactionOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--paths <way>',
        'paths: keep them, only relative to the working and home folders, or as hashes',
      )
        .choices(PATH_WAYS)
        .default('relative'),
    )
    .option(
      '--salt <text>',
      'key of the hashes: the same text gives the same ones again (default: random each time)',
    )
    .option(
      '--strict',
      'hide everything that no verdict hangs on: words of commands, texts, all private paths (as hashes)',
    )
    .option('--no-redact', 'leave secrets, names and addresses in: not for publication');
}

export const EXPOSED =
  'nothing is redacted: contents of reads and writes, environment, command lines with their secrets, user and host names, home folders and IP addresses can be in the output; do not publish it';

/** The report as it may be shown; with `--no-redact` as it is, which is said. */
export async function safeReport(
  { report, names }: { readonly report: Report; readonly names: FoundNames },
  flags: RedactionFlags,
  io: Io,
): Promise<Report> {
  if (!flags.redact) {
    io.err(`trace-build: ${EXPOSED}\n`);
    const { redacted: _, ...exposed } = report;
    return exposed;
  }
  const [{ redactReport }, { personal }] = await Promise.all([
    import('../core/redaction/redactReport.ts'),
    import('../io/files/private.ts'),
  ]);
  const mine = personal(names);
  return redactReport(report, {
    paths: flags.strict ? 'hash' : flags.paths,
    strict: flags.strict ?? false,
    cwd: io.cwd,
    homes: mine.homes,
    users: mine.users,
    hosts: mine.hosts,
    salt: flags.salt ?? mine.salt,
  });
}
