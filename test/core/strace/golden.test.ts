import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { TraceReader } from '../../../src/core/strace/fast/reader.ts';
import type { TraceSummary } from '../../../src/core/strace/grammar/event.ts';
import { refusal } from '../../../src/core/strace/grammar/refusal.ts';
import { EventParser } from '../../../src/core/strace/tracees/events.ts';

/** Real traces of strace 6.1 on Linux 6.18 with many options; `old-4.5` and `forms` are written after the manuals. */
const folder = fileURLToPath(new URL('golden/', import.meta.url));
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.strace'))
  .sort();

function read(bytes: Uint8Array, scan: boolean | 'simd'): TraceSummary {
  const reader = new TraceReader({ scan });
  reader.push(bytes);
  return reader.end();
}

function text(summary: TraceSummary): string {
  const { calls, unparsedSamples, abis, ...rest } = summary;
  const lines = calls.map(({ call, outcome, count, first }) => {
    const args = call.args.map((arg) => (arg === undefined ? '?' : `0x${arg.toString(16)}`)).join(', ');
    const end = typeof outcome === 'string' ? outcome : outcome.errno + (outcome.injected ? ' injected' : '');
    return `${call.abi} ${call.nr} ${call.name}(${args}) ${end} x${count}, first ${first.line} ${first.pid} ${first.command}`;
  });
  const samples = unparsedSamples.map((sample) => `unparsed ${sample.line}: ${sample.text}`);
  return `${[JSON.stringify({ ...rest, abis }), refusal(summary)?.what ?? '', ...samples, ...lines].join('\n')}\n`;
}

describe('recorded traces', () => {
  it.each(names)('%s', (name) => {
    const bytes = readFileSync(folder + name);
    const summary = read(bytes, true);
    const golden = `${folder}${name.replace('.strace', '.expected')}`;
    if (process.env.UPDATE_GOLDEN === '1') writeFileSync(golden, text(summary));
    expect(existsSync(golden), `${golden} is missing: run with UPDATE_GOLDEN=1 and look at it`).toBe(true);
    expect(text(summary)).toBe(readFileSync(golden, 'utf8'));
    expect(read(bytes, false)).toEqual(summary);
    expect(read(bytes, 'simd')).toEqual(summary);
    const parser = new EventParser();
    const events = [...parser.push(bytes), ...parser.end()];
    expect(events.length).toBe(summary.events);
    expect(summary.calls.reduce((sum, { count }) => sum + count, 0)).toBe(summary.events);
  });
});
