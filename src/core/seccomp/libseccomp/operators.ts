import type { Operator } from '../profile/policy.ts';

/** What a filter can ask of a word. */
export type Test = 'EQ' | 'MASKED_EQ' | 'GT' | 'GE';

/** Comparisons for equality are asked first, then upper bounds, then lower bounds. */
export const RANK: Readonly<Record<Operator, number>> = {
  EQ: 3,
  NE: 3,
  MASKED_EQ: 3,
  LE: 2,
  LT: 2,
  GE: 1,
  GT: 1,
};

/** The comparison behind an operator: NE, LT and LE are EQ, GE and GT with the answer turned round. */
export const TEST: Readonly<Record<Operator, Test>> = {
  EQ: 'EQ',
  NE: 'EQ',
  MASKED_EQ: 'MASKED_EQ',
  GE: 'GE',
  LT: 'GE',
  GT: 'GT',
  LE: 'GT',
};
