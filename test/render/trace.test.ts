import { expect, test } from 'vitest';
import { traceRemarks } from '../../src/render/phrases/trace.ts';
import { SAMPLE } from './sample.ts';

const [plain] = SAMPLE.traces;

test('nothing is said of a trace that tells its architecture and is of strace', () => {
  expect(traceRemarks({ ...plain!, arch: { value: 'x86_64', basis: 'seen', by: 'elf' } })).toEqual([]);
  expect(traceRemarks(plain!)).toEqual([]);
});

test('an assumed architecture and what another record cannot know are said', () => {
  expect(
    traceRemarks({
      ...plain!,
      arch: { value: 'x86_64', basis: 'assumed', by: 'default', candidates: ['x86_64', 'aarch64', 'arm'] },
      sources: [{ tool: 'audit', events: 1, lacks: ['errno', 'consequence'] }],
    }),
  ).toEqual([
    'the architecture is not in the trace: x86_64 is assumed (aarch64 and arm are possible too)',
    '1 event is of the kernel’s audit log, which does not show the errno and what followed',
  ]);
});
