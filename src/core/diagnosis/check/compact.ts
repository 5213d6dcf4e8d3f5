import { syscallNumber } from '../../linux/numbers.ts';
import type { DistinctCall, TraceSummary } from '../../strace/grammar/event.ts';

/**
 * A trace that holds each distinct call of `trace` once, in the order of first appearance, as `strace -f -n` would print it:
 * the number in brackets keeps the ABI. Verdicts and fix stay the same; counts, repetitions and timing are lost. A process
 * whose program is known begins with its execve: some programs bear an errno that others do not.
 */
export function compactTrace(trace: TraceSummary): string {
  const calls = [...trace.calls].sort((a, b) => a.first.line - b.first.line);
  const pids = new Set<number>();
  const running = new Map<number, string>();
  const lines = calls.flatMap((call) => {
    const { pid = 1, command } = call.first;
    pids.add(pid);
    const line = lineOf(call, pid);
    if (command === undefined || call.call.name === 'execve' || running.get(pid) === command) return [line];
    running.set(pid, command);
    return [execveOf(command, call, pid), line];
  });
  // Every process ends, so the trace reads as complete if it was.
  const ends = trace.complete ? [...pids].map((pid) => `${pid} +++ exited with 0 +++`) : [];
  return `${[...lines, ...ends].join('\n')}\n`;
}

function execveOf(command: string, { call: { abi } }: DistinctCall, pid: number): string {
  const quoted = command.split(' ').map((word) => JSON.stringify(word));
  const number = `[${String(syscallNumber('execve', abi) ?? 0).padStart(4)}] `;
  return `${pid} ${number}execve(${quoted[0]}, [${quoted.join(', ')}], 0x0 /* 0 vars */) = 0`;
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
