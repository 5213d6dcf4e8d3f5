import type { KernelEvents, RunDocument } from '../../core/documents/run.ts';
import { plural } from './text.ts';

/** What the kernel's tracepoints showed of a run, as a sentence. */
export function kernelPhrase(kernel: NonNullable<RunDocument['kernel']>): string {
  if ('why' in kernel) return `The kernel's own events were not seen: ${kernel.why}.`;
  return `Confirmed by the kernel's own events: ${kernelEventsPhrase(kernel)}.`;
}

/** The same as a clause. */
export function kernelEventsPhrase({ calls, byFilter, byKernel, lost }: KernelEvents): string {
  const unread =
    lost === 0 ? '' : `; ${plural(lost, 'record')} could not be read, so more may have been refused`;
  return `of ${plural(calls, 'call')} a filter refused ${byFilter.toLocaleString('en-US')}, the kernel itself ${byKernel.toLocaleString('en-US')}${unread}`;
}
