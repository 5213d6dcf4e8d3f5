import { expect, it } from 'vitest';
import { denialsOf } from '../../../src/core/diagnosis/denials.ts';
import { TraceReader } from '../../../src/core/strace/fast/reader.ts';

it('a call that an audit record shows was refused by a filter, with an errno that nobody knows', () => {
  const reader = new TraceReader({ file: 'x' });
  const line =
    'type=1326 audit(1.2:3): pid=12 comm="a" exe="/bin/a" sig=0 arch=c000003e syscall=439 code=0x50000\n';
  reader.push(new TextEncoder().encode(line));
  const [denial, ...others] = denialsOf(reader.end(), undefined);
  expect(others).toEqual([]);
  expect(denial).toMatchObject({
    syscall: 'faccessat2',
    errno: 'unknown',
    reason: { kind: 'some-filter', because: 'audit-record' },
    basis: 'confirmed',
  });
  // What callers do depends on the errno.
  expect(denial).not.toHaveProperty('callers');
});
