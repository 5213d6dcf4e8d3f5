import type { TraceSummary } from '../core/trace/event.ts';
import type { ReadTraceOptions } from './traceFile.ts';

/** Not yet: one thread reads. */
export async function readInThreads(
  _path: string,
  _size: number,
  _options: ReadTraceOptions & { readonly name: string },
): Promise<TraceSummary | undefined> {
  return undefined;
}
