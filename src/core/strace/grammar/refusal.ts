import { type Failure, fail } from '../../failure.ts';
import type { TraceSummary } from './event.ts';

/** A table of `strace -c`, or text of another kind, instead of a trace, in words; undefined for a trace. */
export function refusal(summary: TraceSummary): Failure | undefined {
  if (summary.events > 0) return undefined;
  if (summary.table !== true) {
    if (summary.unparsed === 0 || summary.complete) return undefined;
    const other = fail('input', 'this is not the output of strace: no line of it is a call', {
      where: { file: summary.file, line: summary.unparsedSamples[0]?.line ?? 1 },
      hint: 'Record with: strace -f -o build.strace COMMAND',
    });
    return other.ok ? undefined : other.failure;
  }
  const failed = fail(
    'input',
    'this is a summary table of strace -c, which counts calls but shows none of them',
    {
      where: { file: summary.file },
      hint: 'Record again without -c (with -C strace prints both)',
    },
  );
  return failed.ok ? undefined : failed.failure;
}
