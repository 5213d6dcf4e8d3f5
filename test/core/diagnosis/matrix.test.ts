import { expect, test } from 'vitest';
import { groupAlike, isNextRelease, summaryOf } from '../../../src/core/diagnosis/matrix.ts';
import { callOn } from '../../../src/core/diagnosis/translate.ts';
import type { Denial } from '../../../src/core/documents/denial.ts';
import { renderMatrix } from '../../../src/render/text/matrix.ts';
import { wrap } from '../../../src/render/text/wrap.ts';
import { call, host } from './fakes.ts';

const denial = (syscall: string, errno: string, matters: boolean): Denial => ({
  syscall,
  abi: 'x86_64',
  nr: 1,
  errno,
  cause: 'default',
  reason: { kind: 'default-action', action: 'EPERM', because: 'no-rule' },
  basis: 'computed',
  count: 1,
  first: { line: 1, pid: 1 },
  sample: '',
  consequence: { effect: matters ? 'breaks' : 'harmless', basis: 'known', because: 'callers' },
  matters,
});

const on = (version: string, ...blocked: Denial[]) => ({
  label: `docker@${version}`,
  identity: { ...host(`docker@${version}`, {}).identity, version },
  blocked,
});

test('hosts that somebody picked become a range only where nothing lies between them', () => {
  const picked = [on('20.10.4'), on('20.10.5'), on('20.10.9'), on('24.0.9')];
  expect(groupAlike(picked, isNextRelease)).toMatchObject([
    { labels: ['docker@20.10.4–20.10.5', 'docker@20.10.9', 'docker@24.0.9'], size: 4 },
  ]);
  expect(groupAlike(picked)[0]?.labels).toEqual(['docker@20.10.4–24.0.9']);
});

test('another errno, cause or weight is another way of answering', () => {
  const groups = groupAlike([
    on('1', denial('statx', 'EPERM', true)),
    on('2', denial('statx', 'ENOSYS', false)),
    on('3', denial('statx', 'EPERM', true)),
  ]);
  expect(groups.map(({ labels }) => labels)).toEqual([['docker@1', 'docker@3'], ['docker@2']]);
});

test('an architecture in one line: what matters, most widely refused first', () => {
  const hosts = [
    on('1', denial('statx', 'EPERM', true), denial('rseq', 'EPERM', false)),
    on('2', denial('statx', 'EPERM', true), denial('clone3', 'EPERM', true)),
  ];
  expect(summaryOf('arm', hosts)).toEqual({
    arch: 'arm',
    hosts: 2,
    refused: [
      { syscall: 'statx', errno: 'EPERM', hosts: 2 },
      { syscall: 'clone3', errno: 'EPERM', hosts: 1 },
    ],
  });
});

test('the matrix folds into the columns there are, and every refused call is in it', () => {
  const names = [
    'statx',
    'clone3',
    'faccessat2',
    'close_range',
    'clock_gettime64',
    'landlock_create_ruleset',
  ];
  const groups = groupAlike([
    on('20.10.5', ...names.map((name) => denial(name, 'EPERM', true))),
    on('24.0.9'),
  ]);
  for (const width of [60, 80, 200]) {
    const text = renderMatrix(groups, width, false);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(width);
    for (const name of names) expect(text).toContain(name);
  }
});

test('wrapping keeps the spaces a text begins with and loses no word', () => {
  expect(wrap('  one two three', 9, '    ')).toBe('  one two\n    three');
});

test('s390 takes the flags of clone second', () => {
  expect(callOn(call('clone', [0x10n]), 's390x')?.args).toEqual([undefined, 0x10n]);
  expect(callOn(call('personality', [0x10n]), 's390x')?.args).toEqual([0x10n]);
});
