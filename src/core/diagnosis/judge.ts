/** What hosts answer to the calls of traces, and why calls were refused (design §3, §4). */

export { type KernelErrno, kernelErrnoOf } from '../linux/kernelErrnos.ts';
export { blockedCalls, blockedOn, type Judged, judgeCalls, untriedWays } from './blocked.ts';
export { type DenialContext, denialsOf } from './denials.ts';
export { type MergedCall, mergeCalls } from './distinct.ts';
export { refusal } from './errno.ts';
