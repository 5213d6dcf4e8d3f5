import fc from 'fast-check';
import { expect, test } from 'vitest';
import { grouped, plural } from '../../src/render/phrases/text.ts';

test('groups digits by three, as English does', () => {
  expect(grouped(1234567)).toBe('1,234,567');
  expect(plural(1000, 'host')).toBe('1,000 hosts');
  fc.assert(
    fc.property(fc.nat(Number.MAX_SAFE_INTEGER), (count) => {
      expect(grouped(count)).toBe(count.toLocaleString('en-US'));
    }),
  );
});
