import type { DistinctCall, TraceSummary } from '../trace/event.ts';

/**
 * A trace that holds each distinct call of `trace` once, in the order of first appearance, as `strace -f -n` would print it:
 * the number in brackets keeps the ABI. Verdicts and fix stay the same; counts, repetitions and timing are lost.
 */
export function compactTrace(trace: TraceSummary): string {
  const calls = [...trace.calls].sort((a, b) => a.first.line - b.first.line);
  const pids = new Set<number>();
  const lines = calls.map((call) => {
    const pid = call.first.pid ?? 1;
    pids.add(pid);
    return lineOf(call, pid);
  });
  // Every process ends, so the trace reads as complete if it was.
  const ends = trace.complete ? [...pids].map((pid) => `${pid} +++ exited with 0 +++`) : [];
  return `${[...lines, ...ends].join('\n')}\n`;
}

function lineOf({ call, outcome, sample }: DistinctCall, pid: number): string {
  const number = call.nr < 0 ? '' : `[${String(call.nr).padStart(4)}] `;
  const head = `${pid} ${number}${call.name}(${sample})`;
  if (outcome === 'returned') return `${head} = 0`;
  if (outcome === 'unknown') return `${head} = ?`;
  if (outcome === 'sigsys')
    return `${head} = ?\n${pid} --- SIGSYS {si_signo=SIGSYS, si_code=SYS_SECCOMP} ---`;
  return `${head} = -1 ${outcome.errno} (${outcome.errno})${outcome.injected ? ' (INJECTED)' : ''}`;
}
