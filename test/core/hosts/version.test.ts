import fc from 'fast-check';
import { expect, test } from 'vitest';
import { atLeast, compareVersions, parseVersion, version } from '../../../src/core/hosts/version.ts';

test.each([
  ['v20.10.5', '20.10.5'],
  ['docker-v29.4.0', '29.4.0'],
  ['17.03.0-ce-rc1', '17.03.0-rc1'],
  ['18.09.0-ce-tp6', '18.09.0-tp6'],
  ['22.06.0-beta.0', '22.06.0-beta.0'],
  ['1.1.5+ds1-1', '1.1.5'],
  ['v1.0.0-rc4-25-g3f2f8b84a', '1.0.0-rc4'],
  ['1.4.2-stable1', '1.4.2'],
  ['2.5.4-1+deb12u1', '2.5.4'],
])('%s reads as %s', (text, expected) => {
  expect(parseVersion(text)?.text).toBe(expected);
});

test.each(['', 'new', 'x1.2', '1.2.3.4.5', '1..2'])('%s is no version', (text) => {
  expect(parseVersion(text)).toBeUndefined();
});

test('pre-releases come before their release, in order', () => {
  const order = [
    '1.0.0-rc5',
    '1.0.0-rc9',
    '1.0.0-rc90',
    '1.0.0-rc95',
    '1.0.0',
    '1.0.1',
    '1.2.0-rc.1',
    '1.2.0',
    '1.10.0',
  ];
  expect(
    [...order]
      .reverse()
      .map(version)
      .sort(compareVersions)
      .map(({ text }) => text),
  ).toEqual(order);
  expect(atLeast(version('1.2.0-rc.1'), '1.1.15')).toBe(true);
});

test('the order is total', () => {
  const arbitrary = fc
    .tuple(fc.nat(30), fc.nat(30), fc.nat(30), fc.option(fc.tuple(fc.constantFrom('beta', 'rc'), fc.nat(99))))
    .map(([a, b, c, pre]) => version(`${a}.${b}.${c}${pre ? `-${pre[0]}.${pre[1]}` : ''}`));
  fc.assert(
    fc.property(arbitrary, arbitrary, arbitrary, (a, b, c) => {
      expect(Math.sign(compareVersions(a, b))).toBe(-Math.sign(compareVersions(b, a)) + 0);
      if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0)
        expect(compareVersions(a, c)).toBeLessThanOrEqual(0);
    }),
  );
});
