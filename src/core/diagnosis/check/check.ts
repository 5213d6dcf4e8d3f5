/** Recorded fixtures: the verdicts that are expected of them, and how they changed. */
export { compactTrace } from './compact.ts';
export { type ChangeKind, diffVerdicts, type VerdictChange } from './diff.ts';
export {
  type Expected,
  type ExpectedDenial,
  expectedSchema,
  parseExpected,
  renderExpected,
  toExpected,
  verdictsOf,
} from './expected.ts';
