import { expect, test } from 'vitest';
import { inferHosts } from '../../../../src/core/diagnosis/infer/infer.ts';
import { ok } from '../../../../src/core/failure.ts';
import { resolveHost } from '../../../../src/core/hosts/resolve/resolve.ts';
import { distinct, host, trace } from '../fakes.ts';

const old = host('docker@20.10.5', {
  clone3: [1, 'default'],
  faccessat2: [1, 'default'],
  close_range: [1, 'default'],
});
const newer = host('docker@24.0.9', { fchmodat2: [38, 'stub'] });
const none = host('unconfined', {}, { filter: false });
const candidates = [
  { label: 'docker@20.10.4', model: old },
  { label: 'docker@20.10.5', model: old },
  { label: 'docker@24.0.9', model: newer },
  { label: 'unconfined', model: none },
];

test('a refusal that only one kind of host gives points at it, with the line', () => {
  const found = inferHosts(
    [trace([distinct('clone3', 'EPERM', { line: 12 }), distinct('read', 'returned')])],
    candidates,
  );
  expect(found.candidates).toBe(4);
  expect(found.groups[0]).toMatchObject({ hosts: ['docker@20.10.4–20.10.5'], fit: 'possible', size: 2 });
  expect(found.groups[0]?.deciding[0]).toMatchObject({
    syscall: 'clone3',
    outcome: 'EPERM',
    first: { line: 12 },
  });
});

test('a success rules out those that refuse', () => {
  const found = inferHosts([trace([distinct('faccessat2', 'returned', { line: 3 })])], candidates);
  const last = found.groups.at(-1);
  expect(last).toMatchObject({ fit: 'contradicted', hosts: ['docker@20.10.4–20.10.5'] });
  expect(last?.deciding[0]?.says).toMatch(/refuses faccessat2/);
});

test('what else to record: the call that splits the remaining hosts', () => {
  const found = inferHosts([trace([distinct('faccessat2', 'returned')])], candidates);
  expect(found.probes[0]?.syscall).toBe('fchmodat2');
  expect(found.probes[0]?.answers.map(({ answer }) => answer)).toEqual(['ENOSYS', 'allow']);
});

test('the kernel is bounded from below by successes and from above by ENOSYS', () => {
  const found = inferHosts(
    [
      trace([
        distinct('close_range', 'returned', { line: 2 }),
        distinct('futex_waitv', 'ENOSYS', { line: 3 }),
      ]),
    ],
    [{ label: 'unconfined', model: none }],
  );
  expect(found.kernel.atLeast).toBe('5.9');
  expect(found.groups[0]).toMatchObject({ fit: 'possible', kernelBelow: '5.16' });
});

test('no old kernel explains ENOSYS of what a gVisor implements itself', async () => {
  const running = { kernel: '6.1', arch: 'x86_64' as const };
  const models = await Promise.all(
    ['gvisor@20210101', 'gvisor@20240229'].map((expression) =>
      resolveHost(expression, { running, loadProfile: async () => ok<unknown>({}) }),
    ),
  );
  const [older, later] = models.map((model) => {
    if (!model.ok) throw new Error(model.failure.what);
    return { label: model.value.identity.expression, model: model.value };
  });
  // faccessat2 came to gVisor in November 2022.
  const { groups } = inferHosts([trace([distinct('faccessat2', 'ENOSYS')])], [older!, later!]);
  expect(groups.map(({ fit, kernelBelow }) => [fit, kernelBelow])).toEqual([
    ['possible', undefined],
    [expect.not.stringMatching('possible'), undefined],
  ]);
});
