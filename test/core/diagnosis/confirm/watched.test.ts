import { expect, test } from 'vitest';
import { KernelRecordReader } from '../../../../src/core/diagnosis/confirm/kernelRecords.ts';
import { watchedTrace } from '../../../../src/core/diagnosis/confirm/watched.ts';
import { denialsOf } from '../../../../src/core/diagnosis/denials.ts';

test('what the tracepoints show of a running program is judged like a trace', () => {
  const reader = new KernelRecordReader('x86_64');
  reader.push(
    [
      'filter 5 165 64 1 7f00 1 2 3 4 5 mount',
      'filter 6 165 64 1 7f99 1 2 3 4 5 mount',
      'kernel 7 165 64 1 7f00 1 2 3 4 5',
      'filter 7 41 64 1 28 1 0 0 0 0 node',
      'filter 7 41 64 1 11 3 0 0 0 0 node',
      'filter 7 499 64 38 0 0 0 0 0 0 node',
      'end 50 0\n',
    ].join('\n'),
  );
  const { trace, witness } = watchedTrace(reader.result(), {
    arch: 'x86_64',
    command: (tid) => (tid === 7 ? 'systemd' : undefined),
  });
  // Pointers tell nothing apart, the family of a socket does.
  expect(
    trace.calls.map(({ call, count, first }) => [call.name, call.args[0], count, first.command]),
  ).toEqual([
    ['mount', undefined, 2, 'mount'],
    ['mount', undefined, 1, 'systemd'],
    ['socket', 0x28n, 1, 'node'],
    ['socket', 0x11n, 1, 'node'],
    ['syscall_0x1f3', undefined, 1, 'node'],
  ]);
  expect(trace).toMatchObject({ events: 50, complete: true, abis: ['x86_64'] });
  const denials = denialsOf(trace, undefined, { witness });
  expect(denials.map(({ syscall, cause, refusedBy }) => [syscall, cause, refusedBy]).sort()).toEqual([
    ['mount', 'genuine', 'kernel'],
    ['mount', 'unknown', 'filter'],
    ['socket', 'unknown', 'filter'],
    ['syscall_0x1f3', 'unknown', 'filter'],
  ]);
  for (const { refusedBy, reason, basis } of denials)
    if (refusedBy === 'filter')
      expect({ reason, basis }).toMatchObject({
        reason: { kind: 'some-filter', because: 'no-entry' },
        basis: 'confirmed',
      });
});
