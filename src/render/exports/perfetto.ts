import type { TimedTrace } from '../../core/documents/timed.ts';

const micro = (seconds: number): number => Math.round(seconds * 1e9) / 1e3;

/**
 * Chrome's trace events, which ui.perfetto.dev and chrome://tracing open: a track for each thread, a slice for each call
 * with its result; refused calls have the category `refused`.
 */
export function perfetto({ calls, refused }: TimedTrace): string {
  const names = new Map<number, string>();
  for (const { pid, program } of calls) if (program !== undefined) names.set(pid, program);
  const events: object[] = [...names].map(([pid, name]) => ({
    ...{ ph: 'M', name: 'process_name', pid, tid: pid, args: { name } },
  }));
  for (const { pid, name, at, seconds, result, line } of calls) {
    const cat = refused.has(`${name} ${result}`) ? 'refused' : 'syscall';
    const shape = seconds === undefined ? { ph: 'i', s: 't' } : { ph: 'X', dur: micro(seconds) };
    events.push({ ...shape, name, cat, ts: micro(at), pid, tid: pid, args: { result, line } });
  }
  return `${JSON.stringify({ displayTimeUnit: 'ms', traceEvents: events })}\n`;
}
