import { expect, it } from 'vitest';
import type { TraceSummary } from '../../src/core/strace/grammar/event.ts';
import type { JobResult } from '../../src/io/engines/engine.ts';
import { readResult, shortageOf } from '../../src/io/experiments/minimizeOutcome.ts';

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
  ['a full disk that did not matter', { stderr: 'No space left on device' }, 'pass'],
  ['no memory, as for a refused brk', { exit: { status: 127 }, stderr: 'Cannot allocate memory' }, 'fail'],
] as const)('%s', (_, more, outcome) => {
  expect(readResult(result(more as Partial<JobResult>)).outcome).toBe(outcome);
});

const killed = { exit: { signal: 'SIGKILL' } } as const;
const silent = { exit: { status: 1 }, stderr: 'tar: No space left on device' } as const;

it('believes the kernel that memory or disk ran out, not the words of a program', () => {
  for (const failed of [killed, silent, { exit: { status: 1 } }]) {
    expect(readResult(result(failed), {}, { memory: true })).toEqual({
      outcome: 'unresolved',
      why: 'the kernel killed a process for lack of memory',
    });
    expect(readResult(result(failed), {}, { disk: true })).toMatchObject({ why: 'the disk is full' });
  }
  expect(readResult(result({}), {}, { memory: true, disk: true }).outcome).toBe('pass');
  expect(readResult(result(silent), {}, { disk: false }).outcome).toBe('fail');
});

it.each([
  ['a kill', killed, 'killed'],
  ['a kill in a container', { exit: { status: 137 } }, 'killed'],
  [
    'a compiler that was killed',
    { exit: { status: 1 }, stderr: 'c++: fatal error: Killed signal' },
    'killed',
  ],
  ['a disk that is said to be full', silent, 'no-space'],
] as const)('wants to see %s again where the kernel was not asked', (_, failed, trouble) => {
  expect(readResult(result(failed as Partial<JobResult>))).toMatchObject({ outcome: 'unresolved', trouble });
});

it('sees in a whole trace whether the kernel spoke of a full disk', () => {
  const trace = (errno: string, complete = true) =>
    ({ complete, calls: [{ outcome: { errno, injected: false } }] }) as unknown as TraceSummary;
  const { stderr } = silent;
  const said = { stdout: '', stderr };
  expect(shortageOf({ memory: false }, said, trace('ENOSPC'))).toEqual({ memory: false, disk: true });
  expect(shortageOf({}, said, trace('EPERM'))).toEqual({ disk: false });
  expect(shortageOf({}, said, trace('EPERM', false))).toEqual({});
  expect(shortageOf({}, { stdout: '', stderr: '' }, trace('ENOSPC'))).toEqual({});
  expect(shortageOf({ disk: true }, said, trace('EPERM'))).toEqual({ disk: true });
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
