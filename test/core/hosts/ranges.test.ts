import { expect, test } from 'vitest';
import { compressHosts } from '../../../src/core/hosts/ranges.ts';
import { hostTitle } from '../../../src/core/linux/hostTitle.ts';

const labels = (items: [string, string][]) =>
  compressHosts(items.map(([expression, key]) => ({ expression, key }))).map(({ label }) => label);

test('neighbours that behave alike become a range', () => {
  expect(
    labels([
      ['docker@20.10.0', 'a'],
      ['docker@20.10.1', 'a'],
      ['docker@20.10.9', 'a'],
      ['docker@20.10.10', 'b'],
      ['docker@23.0.0', 'a'],
      ['podman@3.0.0', 'a'],
    ]),
  ).toEqual(['docker@20.10.0–20.10.9', 'docker@20.10.10', 'docker@23.0.0', 'podman@3.0.0']);
});

test('refinements and hosts without versions are kept apart', () => {
  expect(
    labels([
      ['docker@20.10.0,arch=arm', 'a'],
      ['docker@20.10.1,arch=arm', 'a'],
      ['docker@20.10.2,arch=x86', 'a'],
      ['unconfined', 'a'],
      ['unconfined', 'a'],
      ['profile:./a@1.json', 'a'],
      ['profile:./a@2.json', 'a'],
    ]),
  ).toEqual([
    'docker@20.10.0–20.10.1,arch=arm',
    'docker@20.10.2,arch=x86',
    'unconfined',
    'unconfined',
    'profile:./a@1.json',
    'profile:./a@2.json',
  ]);
});

test('titles for people', () => {
  expect(hostTitle('docker@20.10.0–20.10.9,arch=arm')).toBe('Docker 20.10.0–20.10.9, arch=arm');
  expect(hostTitle('crio@1.29.0')).toBe('CRI-O 1.29.0');
  expect(hostTitle('unconfined')).toBe('unconfined');
});
