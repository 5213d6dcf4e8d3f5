import { describe, expect, test } from 'vitest';
import { KernelRecordReader } from '../../../../src/core/diagnosis/confirm/kernelRecords.ts';
import { witnessOf } from '../../../../src/core/diagnosis/confirm/witness.ts';
import { denialsOf } from '../../../../src/core/diagnosis/denials.ts';
import { reasonPhrase } from '../../../../src/render/phrases/reason.ts';
import { distinct, host, trace } from '../fakes.ts';

const read = (lines: readonly string[], arch: 'x86_64' | 'aarch64' = 'x86_64') => {
  const reader = new KernelRecordReader(arch);
  const text = lines.map((line) => `${line}\n`).join('');
  // In pieces, as a pipe brings them.
  for (let at = 0; at < text.length; at += 7) reader.push(text.slice(at, at + 7));
  return reader.result();
};

describe('what the watch helper says', () => {
  test('is counted by what it says, with the ABI of the machine', () => {
    const { records, calls, lost } = read([
      'ready',
      'filter 7 452 64 38 ffffff9c 7f00 1a4 0 0 0',
      'filter 7 452 64 38 ffffff9c 7f00 1a4 0 0 0',
      'kernel 8 21 32 1 - 1 2 3 4 -',
      'lost 5',
      'end 100 2',
    ]);
    expect(calls).toBe(100);
    expect(lost).toBe(7);
    expect(records).toEqual([
      {
        by: 'filter',
        tid: 7,
        nr: 452,
        abi: 'x86_64',
        errno: 'ENOSYS',
        args: [0xffffff9cn, 0x7f00n, 0x1a4n, 0n, 0n, 0n],
        count: 2,
      },
      {
        by: 'kernel',
        tid: 8,
        nr: 21,
        abi: 'x86',
        errno: 'EPERM',
        args: [undefined, 1n, 2n, 3n, 4n, undefined],
        count: 1,
      },
    ]);
    expect(read(['filter 1 1073741825 64 1']).records[0]?.abi).toBe('x32');
    expect(read(['filter 1 1 32 1'], 'aarch64').records[0]?.abi).toBe('arm');
    expect(read(['filter 1 1 0 1']).records[0]?.abi).toBeUndefined();
  });
});

describe('the kernel as a witness', () => {
  const at = (pid: number) => ({ pid, line: pid });
  const socket = (family: bigint, pid = 1) => ({
    ...distinct('socket', 'EPERM', { args: [family] }),
    first: at(pid),
  });
  const records = read([
    'filter 1 41 64 1 28 1 0 0 0 0',
    'kernel 2 41 64 1 11 3 0 0 0 0',
    'kernel 3 165 64 1 0 0 0 0 0 0',
    'filter 4 165 64 1 0 0 0 0 0 0',
  ]);

  test('tells calls apart by their arguments, and by their thread where it can', () => {
    const witness = witnessOf(records, false);
    expect(witness.refuserOf(socket(0x28n), 'EPERM')).toBe('filter');
    expect(witness.refuserOf(socket(0x11n), 'EPERM')).toBe('kernel');
    expect(witness.refuserOf(socket(0x10n), 'EPERM')).toBeUndefined();
    expect(witness.refuserOf(socket(0x28n), 'ENOSYS')).toBeUndefined();
    const mount = { ...distinct('mount', 'EPERM'), first: at(4) };
    expect(witness.refuserOf(mount, 'EPERM')).toBeUndefined();
    expect(witnessOf(records, true).refuserOf(mount, 'EPERM')).toBe('filter');
    expect(witnessOf(records, true).refuserOf({ ...mount, first: at(3) }, 'EPERM')).toBe('kernel');
  });

  const docker = host('docker@24.0.9', { mount: [1, 'default'], fchmodat2: [38, 'stub'] });
  const heard = (
    by: 'filter' | 'kernel',
    call: ReturnType<typeof distinct>,
    errno: string,
    on?: typeof docker,
  ) =>
    denialsOf(trace([call]), on, {
      witness: { refuserOf: (_, asked) => (asked === errno ? by : undefined) },
    })[0]!;

  test('confirms a rule of the model', () => {
    expect(heard('filter', distinct('mount', 'EPERM'), 'EPERM', docker)).toMatchObject({
      cause: 'default',
      basis: 'confirmed',
      refusedBy: 'filter',
      reason: { kind: 'default-action' },
    });
  });

  test('says that the model is wrong where the filter allows what a filter refused', () => {
    const denial = heard('filter', distinct('chown', 'EPERM'), 'EPERM', docker);
    expect(denial).toMatchObject({
      basis: 'confirmed',
      reason: { kind: 'differs-from-model', expected: 'allow', got: 'EPERM', refusedBy: 'filter' },
    });
    expect(denial.consequence.because).not.toBe('kernel-refuses-it');
    expect(reasonPhrase(denial.reason)).toContain('a defect to report');
  });

  test('says that the model is wrong where the kernel got what the filter should refuse', () => {
    expect(heard('kernel', distinct('mount', 'EPERM'), 'EPERM', docker)).toMatchObject({
      basis: 'confirmed',
      reason: { kind: 'differs-from-model', expected: 'EPERM', refusedBy: 'kernel' },
    });
  });

  test('strikes the filter from the candidates where the kernel refused', () => {
    const alone = denialsOf(trace([distinct('mount', 'EPERM')]), undefined)[0]!;
    expect(alone.reason).toMatchObject({ kind: 'not-known', candidates: [{ kind: 'some-filter' }, {}, {}] });
    const denial = heard('kernel', distinct('mount', 'EPERM'), 'EPERM');
    expect(denial.reason).toMatchObject({
      kind: 'not-known',
      candidates: [{ kind: 'capability' }, { kind: 'security-module' }],
    });
    expect(denial.consequence).toEqual({
      effect: 'harmless',
      because: 'kernel-refuses-it',
      basis: 'confirmed',
    });
  });

  test('leaves the filter alone among the candidates where a filter refused', () => {
    expect(heard('filter', distinct('mount', 'EPERM'), 'EPERM')).toMatchObject({
      basis: 'confirmed',
      reason: { kind: 'some-filter' },
    });
  });

  test('a filter around one that the model does not have is one that is not known', () => {
    expect(heard('filter', distinct('chown', 'EPERM'), 'EPERM', host('unconfined', {}))).toMatchObject({
      reason: { kind: expect.stringMatching(/^(?:some-filter|differs-from-model)$/) },
      refusedBy: 'filter',
    });
  });
});
