import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { renderByTrace } from '../../src/render/text/byTrace.ts';

test('names of any script keep the lines of a table straight', () => {
  const rows = ['構建日誌.strace', 'ビルドの記録をとても長い名前で.strace', 'build.strace', 'café.strace.gz'];
  const table = renderByTrace(
    rows.map((file) => ({ file, blocked: [[]] })),
    ['docker@20.10.5'],
    80,
  );
  const lines = table.split('\n').filter((line) => /^[│┌├└]/.test(line));
  expect(lines.length).toBeGreaterThan(rows.length);
  expect(new Set(lines.map((line) => stringWidth(line))).size).toBe(1);
  expect(table).toContain('構建日誌');
});
