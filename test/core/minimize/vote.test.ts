import { expect, it } from 'vitest';
import { Vote } from '../../../src/core/minimize/vote.ts';

function vote(round: number, letters: string) {
  const box = new Vote(round);
  for (const letter of letters) {
    if (box.verdict() !== undefined) throw new Error('asked for more than is needed');
    box.add({ outcome: letter === 'p' ? 'pass' : letter === 'f' ? 'fail' : 'unresolved', seconds: 1 });
  }
  return box.verdict();
}

it.each([
  [1, 'p', 'pass'],
  [1, 'f', 'fail'],
  [5, 'ppp', 'pass'],
  [5, 'fpfpp', 'pass'],
  [5, 'fffff', 'fail'],
  [5, 'ffff', undefined],
  [5, 'fpfff', undefined],
  [5, 'fpfffpp', 'pass'],
  [5, 'fpffffffff', 'unresolved'],
  [2, '?f?f', 'fail'],
] as const)('of %i: %s', (round, letters, verdict) => {
  expect(vote(round, letters)).toBe(verdict);
});
