import { expect, it } from 'vitest';
import type { JobResult } from '../../src/io/engines/engine.ts';
import { readResult } from '../../src/io/experiments/minimizeOutcome.ts';

const result = (more: Partial<JobResult>): JobResult => ({
  ended: 'exited',
  exit: { status: 0 },
  seconds: 1,
  stdout: '',
  stderr: '',
  ...more,
});

it.each([
  ['status 0', {}, 'pass'],
  ['another status', { exit: { status: 2 } }, 'fail'],
  ['a crash', { exit: { signal: 'SIGSEGV' } }, 'fail'],
  ['a kill by the filter', { exit: { signal: 'SIGSYS' } }, 'fail'],
  ['a time-out', { ended: 'timeout', exit: { timedOut: true } }, 'unresolved'],
  ['a dead daemon', { ended: 'engine-failed', exit: {} }, 'unresolved'],
  ['a dead tracer', { ended: 'tracer-died', exit: {} }, 'unresolved'],
  ['an out-of-memory kill', { exit: { signal: 'SIGKILL' } }, 'unresolved'],
  ['an out-of-memory kill in a container', { exit: { status: 137 } }, 'unresolved'],
  [
    'a compiler that was killed',
    { exit: { status: 1 }, stderr: 'c++: fatal error: Killed signal terminated program cc1plus' },
    'unresolved',
  ],
  ['a full disk', { exit: { status: 1 }, stderr: 'tar: No space left on device' }, 'unresolved'],
  ['a full disk that did not matter', { stderr: 'No space left on device' }, 'pass'],
  ['no memory, as for a refused brk', { exit: { status: 127 }, stderr: 'Cannot allocate memory' }, 'fail'],
] as const)('%s', (_, more, outcome) => {
  expect(readResult(result(more as Partial<JobResult>)).outcome).toBe(outcome);
});

it('takes only a failed start for one that the filter may have caused', () => {
  const failed = { ended: 'engine-failed', exit: {}, trouble: 'out of memory' } as const;
  expect(readResult(result(failed)).trouble).toBe('not-started');
  expect(readResult(result({ ...failed, lost: true }))).toEqual({
    outcome: 'unresolved',
    why: 'out of memory',
  });
});

it('judges the output where that is asked for', () => {
  const said = result({ stdout: 'all 12 tests passed', stderr: 'warning: slow' });
  expect(readResult(said, { expectOutput: /12 tests/ }).outcome).toBe('pass');
  expect(readResult(said, { expectOutput: /13 tests/ }).outcome).toBe('fail');
  expect(readResult(said, { rejectOutput: /warning/ }).outcome).toBe('fail');
});
