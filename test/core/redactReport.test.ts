import { expect, it } from 'vitest';
import type { Report } from '../../src/core/documents/report.ts';
import { redactReport } from '../../src/core/redaction/redactReport.ts';

it('hides secrets in what followed a refused call, too', () => {
  const at = { file: 'a.strace', line: 3, pid: 7, command: 'curl --password hunter2 x' };
  const report: Report = {
    traces: [],
    syscalls: [],
    schema: 'trace-build/report@1',
    hosts: [],
    environment: [],
    excerpts: [],
    notes: [],
    denials: [
      {
        syscall: 'statx',
        abi: 'x86_64',
        nr: 332,
        errno: 'EPERM',
        cause: 'default',
        reason: { kind: 'default-action', action: 'EPERM', because: 'no-rule' },
        basis: 'computed',
        count: 1,
        first: at,
        sample: '5, ""',
        consequence: { effect: 'breaks', basis: 'known', because: 'callers' },
        matters: true,
        role: 'suspect',
        after: { fellBack: 0, failed: 1, wentOn: 0, shown: { at, next: [], message: 4 } },
      },
    ],
  };
  const text = JSON.stringify(redactReport(report, { paths: 'keep' }));
  expect(text).not.toContain('hunter2');
  expect(text).toContain('"message":4');
});
