import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeRedactor } from '../../../src/core/redaction/redact.ts';
import { TraceReader } from '../../../src/core/strace/fast/reader.ts';
import type { TraceEvent } from '../../../src/core/strace/grammar/event.ts';
import {
  type Notified,
  notificationLine,
  notificationRecord,
} from '../../../src/core/strace/sources/notification.ts';
import { EventParser } from '../../../src/core/strace/tracees/events.ts';

const CALL: Notified = {
  pid: 7,
  abi: 'x86_64',
  nr: 439,
  name: 'faccessat2',
  args: ['0xffffff9c', '"/etc/x"', '0x4', '0'],
  result: '-1 EPERM (Operation not permitted)',
  command: ['make', '-j2'],
};

const eventsOf = (text: string): readonly TraceEvent[] => {
  const parser = new EventParser();
  const events = parser.push(Buffer.from(text));
  return [...events, ...parser.end()];
};

function summaryOf(...lines: readonly string[]) {
  const reader = new TraceReader({ file: 'x' });
  reader.push(Buffer.from(`${lines.join('\n')}\n`));
  return reader.end();
}

/** Texts as strace prints strings: what is in them must not be taken for the end of the call. */
const text = fc.oneof(
  fc.constantFrom(
    ') = 0',
    ') = -1 EPERM (x) (NOTIFIED by [',
    '\\"',
    '\\\\',
    ' (NOTIFIED)',
    '[a, b]',
    '\\33',
    '',
  ),
  fc.stringMatching(/^[ -!#-[\]-~]{0,12}$/),
);

describe('a call that a supervisor was notified of', () => {
  test('is a line of strace with a mark', () => {
    expect(notificationLine(CALL)).toBe(
      '7 [ 439] faccessat2(0xffffff9c, "/etc/x", 0x4, 0) = -1 EPERM (Operation not permitted) (NOTIFIED x86_64 by ["make", "-j2"])',
    );
  });

  test('is read as it was written, whatever its strings hold', () => {
    const written = fc.record({
      pid: fc.integer({ min: 1, max: 4194304 }),
      abi: fc.constantFrom('x86_64', 'x86', 'x32', 'aarch64', undefined),
      nr: fc.integer({ min: 0, max: 500 }),
      name: fc.constantFrom('faccessat2', 'clone3', 'syscall_0x1f4'),
      args: fc.array(
        fc.oneof(
          text.map((one) => `"${one}"`),
          fc.constantFrom('0', '0xffffff9c'),
        ),
        { maxLength: 3 },
      ),
      result: fc.constantFrom('-1 ENOSYS (Function not implemented)', '-1 (errno 524)', '?', '0', 'killed'),
      command: fc.option(fc.array(text, { minLength: 1, maxLength: 3 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(written, (call) => {
        const record = notificationRecord(notificationLine(call as Notified));
        expect(record).toMatchObject({
          tool: 'notification',
          pid: call.pid,
          nr: call.nr,
          name: call.name,
          args: call.args.join(', '),
        });
        expect(record?.abi).toBe(call.abi);
        expect(record?.command !== undefined).toBe(call.command !== undefined);
        if (call.result === 'killed') expect(record?.outcome).toEqual({ kind: 'sigsys' });
        if (call.result === '?') expect(record?.outcome).toEqual({ kind: 'unknown' });
        if (call.result === '0') expect(record?.outcome).toMatchObject({ kind: 'returned' });
      }),
      { numRuns: 300 },
    );
  });

  test('is an event of a process whose program it names, and says what it does not show', () => {
    const summary = summaryOf(
      notificationLine(CALL),
      notificationLine({ ...CALL, abi: 'x86', name: 'faccessat2' }),
      '7 +++ exited with 1 +++',
    );
    expect(summary.sources).toEqual([
      { tool: 'notification', events: 2, lacks: ['other-calls', 'consequence'] },
    ]);
    expect(summary.complete).toBe(true);
    expect(summary.calls.map(({ call }) => call.abi)).toEqual(['x86_64', 'x86']);
    expect(summary.calls[0]).toMatchObject({
      first: { command: 'make -j2', pid: 7 },
      outcome: { errno: 'EPERM' },
    });
    const events = eventsOf(`${notificationLine(CALL)}\n`);
    expect(events).toMatchObject([{ name: 'faccessat2', nr: 439, pid: 7, outcome: { errno: 'EPERM' } }]);
  });

  test('is redacted as any call, and so is the command line in it', () => {
    const line = notificationLine({ ...CALL, command: ['mysql', '--password=hunter2', 'notes'] });
    const shown = makeRedactor({}).line(line);
    expect(shown).toContain('by ["mysql", "--password=[secret]", "notes"])');
    expect(notificationRecord(shown)).toMatchObject({ name: 'faccessat2', pid: 7, nr: 439 });
    expect(makeRedactor({ strict: true }).line(line)).toContain('by ["mysql", "[hidden]", "[hidden]"])');
  });

  test('claims nothing of what followed, though other refusals of its thread do', () => {
    const older = notificationLine({ ...CALL, nr: 269, name: 'faccessat', args: CALL.args.slice(0, 3) });
    const { calls } = summaryOf(notificationLine(CALL), older, '7 +++ exited with 1 +++');
    expect(calls).toHaveLength(2);
    expect(calls.every(({ after }) => after === undefined)).toBe(true);
  });

  test('that the filter kills for is the one that the process died of', () => {
    const { calls, killed } = summaryOf(
      notificationLine({ ...CALL, result: 'killed' }),
      '7 +++ killed by SIGSYS (core dumped) +++',
    );
    expect(calls.map(({ call, outcome }) => [call.name, outcome])).toEqual([['faccessat2', 'sigsys']]);
    expect(killed ?? []).toEqual([]);
  });

  test('that is not told leaves a death of SIGSYS unexplained', () => {
    const { calls } = summaryOf(notificationLine(CALL), '8 +++ killed by SIGSYS +++');
    expect(calls.map(({ call, outcome }) => [call.name, outcome])).toContainEqual(['unknown', 'sigsys']);
  });
});
