import { expect, test } from 'vitest';
import { diffVerdicts } from '../../../../src/core/diagnosis/check/diff.ts';
import {
  type Expected,
  parseExpected,
  renderExpected,
  verdictsOf,
} from '../../../../src/core/diagnosis/check/expected.ts';
import { distinct, host, trace } from '../fakes.ts';

const one = (errno: string, cause: string, matters: boolean, syscall = 'statx') => ({
  syscall,
  abi: 'x86_64',
  errno,
  cause,
  matters,
});
const expected = (...denials: Expected['hosts'][string][number][]): Expected => ({
  schema: 'trace-build/expected@1',
  hosts: { 'docker@20.10.5': denials },
});

test('newly blocked, newly allowed, changed: only the first and a harder errno are worse', () => {
  const diff = (before: Expected, after: Expected) =>
    diffVerdicts(before, after).map(({ kind, worse }) => `${kind} ${worse}`);
  expect(diff(expected(), expected(one('EPERM', 'default', true)))).toEqual(['newly-blocked true']);
  expect(diff(expected(), expected(one('ENOSYS', 'stub', false)))).toEqual(['newly-blocked true']);
  expect(diff(expected(one('EPERM', 'default', true)), expected())).toEqual(['newly-allowed false']);
  expect(diff(expected(one('ENOSYS', 'stub', false)), expected(one('EPERM', 'default', true)))).toEqual([
    'changed true',
  ]);
  expect(diff(expected(one('EPERM', 'default', true)), expected(one('ENOSYS', 'stub', false)))).toEqual([
    'changed false',
  ]);
  expect(diff(expected(one('EPERM', 'default', true)), expected(one('EPERM', 'rule', true)))).toEqual([
    'changed false',
  ]);
  expect(diff(expected(one('EPERM', 'default', true)), expected(one('SIGSYS', 'rule', true)))).toEqual([
    'changed true',
  ]);
  expect(diff(expected(one('EPERM', 'default', true)), expected(one('EPERM', 'default', true)))).toEqual([]);
});

test('the file of expectations is stable and reads back', () => {
  const model = host('docker@20.10.5', { statx: [1, 'default'], clone3: [38, 'stub'] });
  const made = verdictsOf(
    [trace([distinct('statx', 'returned'), distinct('clone3', 'returned'), distinct('statx', 'ENOENT')])],
    [{ expression: 'docker@20.10.5', model }],
  );
  const text = renderExpected(made);
  expect(text).toBe(renderExpected(made));
  expect(parseExpected(text, 'x.expected.json')).toEqual({ ok: true, value: made });
  expect(made.hosts['docker@20.10.5']?.map(({ syscall }) => syscall)).toEqual(['clone3', 'statx']);
});

test('a file that is none is refused in one sentence', () => {
  expect(parseExpected('{', 'x.json')).toMatchObject({ ok: false, failure: { where: { file: 'x.json' } } });
  expect(parseExpected('{"schema":"other"}', 'x.json')).toMatchObject({
    ok: false,
    failure: { kind: 'input' },
  });
});
