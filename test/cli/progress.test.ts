import { expect, test } from 'vitest';
import { progressLine } from '../../src/cli/progress.ts';

function at(times: readonly number[]) {
  let i = -1;
  return () => times[Math.min(++i, times.length - 1)]!;
}

test('drawn at the right edge, cursor put back, while the command is silent', () => {
  let out = '';
  const line = progressLine(
    (text) => {
      out += text;
    },
    () => 80,
    at([0, 1000]),
  );
  line.update({ lines: 12, refused: 3, written: 0 });
  expect(out.startsWith('\u001b7\u001b[80G')).toBe(true);
  expect(out.endsWith('\u001b8')).toBe(true);
  expect(out).toContain(' 12 events, 3 refused, 1 s');
  out = '';
  line.clear();
  expect(out).toContain(' '.repeat(26));
  expect(out).not.toContain('events');
});

test('not drawn while the command writes', () => {
  let out = '';
  const line = progressLine(
    (text) => {
      out += text;
    },
    () => 80,
    at([0, 1000, 1100, 1900]),
  );
  line.update({ lines: 1, refused: 0, written: 1 });
  line.update({ lines: 2, refused: 0, written: 1 });
  expect(out).toBe('');
  line.update({ lines: 3, refused: 0, written: 1 });
  expect(out).toContain('3 events');
});
