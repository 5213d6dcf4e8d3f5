import type { WhyDocument } from '../core/documents/why.ts';
import { ok, type Result } from '../core/failure.ts';
import { openLog } from '../io/files/logFile.ts';
import { openHost, surroundings } from '../io/machine/hosts.ts';
import type { LogPorts } from './ports.ts';
import { why } from './why.ts';

export interface WhyLogOptions {
  /** HOST that the log is from, in place of what it says itself. */
  readonly on?: string;
}

/**
 * Which refused syscalls a log (a file, plain, .gz or .zst; `-` for standard input) or the words of a message point to,
 * and what to do. A log that can be read in part is used as far as it goes, which `log` hears of.
 */
export async function whyLog(
  words: readonly string[],
  { on }: WhyLogOptions = {},
  { log }: Pick<LogPorts, 'log'> = {},
): Promise<Result<WhyDocument>> {
  const host = on === undefined ? undefined : await openHost(on);
  if (host && !host.ok) return host;
  const opened = await openLog(words);
  if (!opened.ok) return opened;
  const document = await why(opened.value, surroundings(), host ? { host: host.value } : {});
  const trouble = opened.value.trouble();
  if (trouble !== undefined) log?.(`${trouble}; what could be read of it was used`);
  return ok(document);
}
