import { bisect as bisectHosts } from '../core/diagnosis/bisect.ts';
import { mergeCalls } from '../core/diagnosis/distinct.ts';
import type { BisectDocument } from '../core/documents/bisect.ts';
import { fail, ok, type Result } from '../core/failure.ts';
import { openHost } from '../io/machine/hosts.ts';
import { openHosts, relevantFor } from './openHosts.ts';
import { archOption, expandFolders, openTraces } from './openTraces.ts';

export interface BisectWishes {
  /** HOST on which the trace's program works. */
  readonly good: string;
  /** HOST on which it does not. */
  readonly bad: string;
  /** Architecture of the machine that was traced, where the trace does not tell. */
  readonly arch?: string;
}

/**
 * Which part of a host makes the difference to another one, for the calls of these traces. No causes: the bad host
 * refuses nothing that the good one lets through.
 */
export async function bisect(
  paths: readonly string[],
  { good, bad, arch: archText }: BisectWishes,
): Promise<Result<BisectDocument>> {
  if (paths.length === 0)
    return fail('usage', 'no trace given', { hint: 'name its file, or - for standard input' });
  const arch = archOption(archText);
  if (!arch.ok) return arch;
  const hosts = await openHosts([good, bad]);
  if (!hosts.ok) return hosts;
  const expanded = await expandFolders(paths);
  if (!expanded.ok) return expanded;
  const opened = await openTraces(expanded.value.files, {
    ...(arch.value ? { arch: arch.value } : {}),
    relevant: relevantFor(hosts.value),
  });
  if (!opened.ok) return opened;
  const { traces, unfiltered } = opened.value;
  const [first, second] = hosts.value.map(({ model }) => model);
  const causes = await bisectHosts(
    mergeCalls(traces, unfiltered, true),
    { good: first!, bad: second! },
    openHost,
  );
  if (!causes.ok) return causes;
  return ok({
    schema: 'trace-build/bisect@1',
    traces: traces.map(({ calls: _, ...info }) => info),
    good: first!.identity,
    bad: second!.identity,
    causes: causes.value,
    notes: hosts.value.flatMap(({ label, model }) => model.identity.notes.map((note) => `${label}: ${note}`)),
  });
}
