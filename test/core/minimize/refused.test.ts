import { expect, it } from 'vitest';
import { grantedIn } from '../../../src/core/minimize/refused.ts';
import { distinct, host, trace } from '../diagnosis/fakes.ts';

const EPERM = 1;

it('sees that a filter was not in force by a call that it refuses and that succeeded', () => {
  const refusing = host('docker@20.10.0', { statx: [EPERM, 'default'] });
  const seen = (...calls: ReturnType<typeof distinct>[]) => grantedIn(trace(calls), refusing);
  expect(seen(distinct('openat', 'returned'), distinct('statx', 'returned'))).toBe('statx');
  expect(seen(distinct('openat', 'returned'), distinct('statx', 'EPERM'))).toBeUndefined();
  expect(seen(distinct('statx', 'unknown'))).toBeUndefined();
});

it('does not wonder at a success where the answer is not certain, or is not the filter’s', () => {
  const action = { kind: 'errno', value: EPERM } as const;
  const verdict = {
    action,
    cause: 'rule',
    conditional: false,
    alternatives: [],
    reason: { kind: 'default-action', action: 'EPERM', because: 'no-rule' },
  } as const;
  const answers = {
    clone: { ...verdict, conditional: true },
    socket: { ...verdict, alternatives: [{ kind: 'allow' }] as const },
    statx: { ...verdict, cause: 'kernel' as const },
  };
  const calls = Object.keys(answers).map((name) => distinct(name, 'returned'));
  expect(grantedIn(trace(calls), host('docker@20.10.0', answers))).toBeUndefined();
});
