import type { TimedTrace } from '../../core/documents/timed.ts';

const SCHEMA = 'https://www.speedscope.app/file-format-schema.json';

/** The file format of speedscope.app: a profile for each thread, its program as the outer frame and its calls within. */
export function speedscope({ name, calls, refused }: TimedTrace): string {
  const frames = new Map<string, number>();
  const frame = (text: string): number => {
    const known = frames.get(text);
    if (known !== undefined) return known;
    frames.set(text, frames.size);
    return frames.size - 1;
  };
  const threads = new Map<number, TimedTrace['calls'][number][]>();
  for (const call of calls) {
    const own = threads.get(call.pid);
    if (own) own.push(call);
    else threads.set(call.pid, [call]);
  }
  const profiles = [...threads].map(([pid, own]) => {
    const program = own.find((call) => call.program !== undefined)?.program ?? `pid ${pid}`;
    const outer = frame(program);
    const startValue = own[0]!.at;
    const events: object[] = [{ type: 'O', frame: outer, at: startValue }];
    let endValue = startValue;
    for (const { name: call, at, seconds = 0, result } of own) {
      // A clock that stepped back must not open a call before the last one closed.
      const from = Math.max(at, endValue);
      endValue = from + seconds;
      const inner = frame(refused.has(`${call} ${result}`) ? `${call} ${result} (refused)` : call);
      events.push({ type: 'O', frame: inner, at: from }, { type: 'C', frame: inner, at: endValue });
    }
    events.push({ type: 'C', frame: outer, at: endValue });
    return { type: 'evented', name: `${program} (${pid})`, unit: 'seconds', startValue, endValue, events };
  });
  return `${JSON.stringify({
    ...{ $schema: SCHEMA, name, activeProfileIndex: 0, exporter: 'trace-build' },
    shared: { frames: [...frames.keys()].map((text) => ({ name: text })) },
    profiles,
  })}\n`;
}
