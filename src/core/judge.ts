/** What hosts answer to the calls of traces, and why calls were refused (design §3, §4). */
export { blockedCalls, blockedOn, type Judged, judgeCalls, untriedWays } from './judge/blocked.ts';
export { type DenialContext, denialsOf } from './judge/denials.ts';
export { type MergedCall, mergeCalls } from './judge/distinct.ts';
export { refusal } from './judge/errno.ts';
export { type Genuine, genuineReason } from './judge/genuine.ts';
