import { type Command, Option } from 'commander';
import type { RedactionOptions } from '../../commands/redaction.ts';

/** As commander gives them. */
export interface RedactionFlags extends RedactionOptions {
  /** `--no-redact` makes it false. */
  readonly redact: boolean;
}

const PATH_WAYS = ['keep', 'relative', 'hash'] as const;

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
