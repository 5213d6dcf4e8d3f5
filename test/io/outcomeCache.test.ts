import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Observation } from '../../src/core/minimize/problem.ts';
import { fingerprint, OutcomeCache } from '../../src/io/experiments/outcomeCache.ts';
import { treeFingerprint } from '../../src/io/files/treeFingerprint.ts';

let folder: string;
const before = process.env.XDG_CACHE_HOME;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trace-build-test-'));
  process.env.XDG_CACHE_HOME = folder;
});

afterEach(() => {
  if (before === undefined) delete process.env.XDG_CACHE_HOME;
  else process.env.XDG_CACHE_HOME = before;
  rmSync(folder, { recursive: true, force: true });
});

const OBSERVED: Observation = {
  outcome: 'fail',
  seconds: 2,
  why: 'exit status 1',
  called: new Set(['socket', 'statx']),
  refused: ['socket'],
  discovered: [
    {
      name: 'socket',
      left: 'EPERM',
      ladder: [
        {
          kind: 'allow-args',
          cost: 4,
          when: [[{ index: 0, op: 'EQ', value: 0xffffffffffffffffn, valueTwo: 0n }]],
        },
      ],
      prior: [0.5, 0.5],
    },
  ],
};

it('keeps outcomes over sessions, 64-bit values included, for this user only', async () => {
  const cache = await OutcomeCache.open('question', false);
  await cache.put('socket=1#0', OBSERVED);
  await cache.put('unclear#0', { outcome: 'unresolved', seconds: 1 });
  const resumed = await OutcomeCache.open('question', true);
  expect(resumed.get('socket=1#0')).toEqual(OBSERVED);
  expect(resumed.size).toBe(1);
  expect((await OutcomeCache.open('question', false)).size).toBe(0);
  expect((await OutcomeCache.open('another', true)).size).toBe(0);
  const outcomes = join(folder, 'trace-build/outcomes');
  expect(statSync(outcomes).mode & 0o777).toBe(0o700);
  for (const file of readdirSync(outcomes)) expect(statSync(join(outcomes, file)).mode & 0o777).toBe(0o600);
});

it('tells trees and parts apart', async () => {
  writeFileSync(join(folder, 'a'), 'one');
  const first = await treeFingerprint(folder);
  expect(await treeFingerprint(folder)).toBe(first);
  writeFileSync(join(folder, 'a'), 'two');
  expect(await treeFingerprint(folder)).not.toBe(first);
  expect(fingerprint(['ab', 'c'])).not.toBe(fingerprint(['a', 'bc']));
});
