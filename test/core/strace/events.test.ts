import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { syscallNumber } from '../../../src/core/linux/numbers.ts';
import { TraceReader } from '../../../src/core/strace/fast/reader.ts';
import type { TraceEvent, TraceStats } from '../../../src/core/strace/grammar/event.ts';
import { EventParser } from '../../../src/core/strace/tracees/events.ts';
import { argsText, dialect, type Made, made, render } from './dialect.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function parse(text: string, options = {}): { events: TraceEvent[]; stats: TraceStats } {
  const parser = new EventParser(options);
  const events = [...parser.push(bytes(text)), ...parser.end()];
  return { events: events.sort((a, b) => a.line - b.line), stats: parser.stats };
}

/** Pids that run 32-bit programs; only dialects that show it. */
const modes = fc.subarray([101, 20_345]);

describe('every dialect', () => {
  it('gives the same events back', () => {
    fc.assert(
      fc.property(made, dialect, modes, (events, how, wished) => {
        const narrow = wished.filter((pid) => events.some((event) => event.pid === pid));
        const calls = events.map(
          (event): Made => ({
            ...event,
            abi: narrow.includes(event.pid) ? 'x86' : 'x86_64',
          }),
        );
        const announced = how.number ? [] : narrow;
        const text = render(calls, how, new Map(announced.map((pid) => [pid, 'x86'])));
        const { events: found, stats } = parse(text);
        expect(stats.unparsedSamples).toEqual([]);
        // Numbers from 403 on are the same on both ABIs: only the calls before tell then.
        const sure = (event: { name: string }): boolean =>
          !how.number || narrow.length === 0 || !['fchmodat2', 'faccessat2'].includes(event.name);
        const seen = found.map(({ pid, abi, nr, name, args, outcome }) => ({
          pid,
          ...(sure({ name }) ? { abi, nr } : {}),
          name,
          args,
          outcome,
        }));
        const wanted = calls.map((event) => ({
          pid: event.pid,
          ...(sure(event) ? { abi: event.abi, nr: syscallNumber(event.name, event.abi) } : {}),
          name: event.name,
          args: argsText(event, how),
          outcome: event.outcome,
        }));
        expect(seen).toEqual(wanted);
        expect(stats.complete).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  it('begins with a mark in a file from Windows', () => {
    const text = '7 execve("/bin/true", ["true"], 0x7ffd /* 3 vars */) = 0\n7 +++ exited with 0 +++\n';
    const wide = Uint8Array.from([0xff, 0xfe, ...[...text].flatMap((unit) => [unit.charCodeAt(0), 0])]);
    for (const all of [bytes(`\ufeff${text}`), wide]) {
      const parser = new EventParser();
      const found = [...parser.push(all), ...parser.end()];
      expect(found).toMatchObject([{ pid: 7, name: 'execve', outcome: { kind: 'returned' } }]);
      expect(parser.stats.unparsed).toBe(0);
    }
  });

  it('does not depend on where the bytes are cut', () => {
    fc.assert(
      fc.property(made, dialect, fc.array(fc.nat(), { maxLength: 12 }), (events, how, cuts) => {
        const all = bytes(render(events, how, new Map()));
        const whole = new TraceReader({ file: 'x' });
        whole.push(all);
        const parts = new TraceReader({ file: 'x' });
        const parser = new EventParser({ file: 'x' });
        const wholeParser = new EventParser({ file: 'x' });
        const found: TraceEvent[] = [];
        const places = [0, ...cuts.map((cut) => cut % (all.length + 1)), all.length].sort((a, b) => a - b);
        places.forEach((from, index) => {
          // The same buffer again and again, as a file reader does.
          const part = all.slice(from, places[index + 1] ?? all.length);
          const chunk = index % 2 === 0 ? part : Buffer.from(part);
          parts.push(chunk);
          found.push(...parser.push(chunk));
          chunk.fill(0);
        });
        expect(parts.end()).toEqual(whole.end());
        expect([...found, ...parser.end()]).toEqual([...wholeParser.push(all), ...wholeParser.end()]);
      }),
      { numRuns: 200 },
    );
  });
});
