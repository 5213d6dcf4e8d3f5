import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { joinFragments } from '../../src/core/strace/fast/join.ts';
import { TraceReader } from '../../src/core/strace/fast/reader.ts';
import { withoutImages } from '../../src/core/strace/summary/tally.ts';
import { readPart, surveyOf } from '../../src/io/traces/tracePart.ts';

const path = fileURLToPath(new URL('../core/strace/golden/plain-f-o.strace', import.meta.url));

it('reads every line once, wherever the parts of a file meet', async () => {
  const bytes = readFileSync(path);
  const reader = new TraceReader({ file: 'x' });
  reader.push(bytes);
  const summary = reader.end();
  // Parts do not say who made a call.
  const whole = { ...summary, calls: summary.calls.map(withoutImages) };
  const survey = await surveyOf(path);
  const starts = [...bytes.keys()].filter((at) => at === 0 || bytes[at - 1] === 0x0a);
  const border = fc.oneof(
    fc.nat(bytes.length),
    fc
      .tuple(fc.constantFrom(...starts), fc.constantFrom(-1, 0, 1))
      .map(([start, by]) => Math.min(bytes.length, Math.max(0, start + by))),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(border, { minLength: 1, maxLength: 4 }), async (cuts) => {
      const borders = [0, ...cuts.sort((a, b) => a - b), Number.MAX_SAFE_INTEGER];
      const parts = await Promise.all(
        borders.slice(1).map((to, at) =>
          readPart({
            path,
            name: 'x',
            from: borders[at]!,
            to,
            arch: undefined,
            relevant: undefined,
            survey,
          }),
        ),
      );
      expect(parts.reduce((lines, { stats }) => lines + stats.lines, 0)).toBe(whole.lines);
      const joined = joinFragments(parts, { file: 'x', survey });
      if (joined) expect(joined).toEqual(whole);
    }),
    { numRuns: 150 },
  );
});
