import { basename } from 'node:path';
import type { TimedTrace } from '../core/documents/timed.ts';
import { fail, ok, type Result } from '../core/failure.ts';

/** The calls of one trace on a time axis; a failure where it was not recorded with times. */
export async function timedTrace(inputs: readonly string[]): Promise<Result<TimedTrace>> {
  const [path, ...more] = inputs;
  if (path === undefined || more.length > 0) return fail('usage', 'a viewer of time shows one trace');
  const [{ MOST_CALLS, TimedCalls }, { openTraceBytes, readTrace }, { denialsOf }] = await Promise.all([
    import('../core/strace/tracees/timedCalls.ts'),
    import('../io/traces/traceFile.ts'),
    import('../core/diagnosis/denials.ts'),
  ]);
  const read = await readTrace(path);
  if (!read.ok) return read;
  const reader = new TimedCalls();
  for await (const chunk of openTraceBytes(path)) reader.push(chunk);
  const calls = reader.end();
  if (calls === undefined) {
    const many = read.value.events > MOST_CALLS;
    return fail('input', many ? 'the trace is too long for a viewer' : 'the trace has no times', {
      where: { file: path },
      hint: 'record with: strace -f -ttt -T -o FILE CMD, or trace-build run --times -- CMD',
    });
  }
  const refused = denialsOf(read.value, undefined).filter(({ cause }) => cause !== 'genuine');
  return ok({
    name: basename(path),
    calls,
    refused: new Set(refused.map(({ syscall, errno }) => `${syscall} ${errno}`)),
  });
}
