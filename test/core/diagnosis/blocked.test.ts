import { describe, expect, test } from 'vitest';
import { blockedOn, judgeCalls, untriedWays } from '../../../src/core/diagnosis/blocked.ts';
import { callOn } from '../../../src/core/diagnosis/translate.ts';
import { predictFix } from '../../../src/core/minimize/predict.ts';
import { call, distinct, host, trace } from './fakes.ts';

describe('what would be refused', () => {
  const old = host('docker@20.10.5', {
    faccessat2: [1, 'default'],
    clone3: [38, 'stub'],
    mount: [1, 'default'],
  });

  test('also what succeeded here; each call once whatever its outcomes', () => {
    const found = blockedOn(
      [
        trace([
          distinct('faccessat2', 'returned', { line: 5, count: 3 }),
          distinct('faccessat2', 'ENOENT', { line: 2 }),
          distinct('read', 'returned'),
        ]),
      ],
      old,
    );
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({
      syscall: 'faccessat2',
      errno: 'EPERM',
      cause: 'default',
      count: 4,
      matters: true,
      first: { line: 2, file: 'a.strace' },
    });
  });

  test('what fails alike without a filter does not matter', () => {
    const calls = [trace([distinct('mount', 'EPERM')])];
    expect(blockedOn(calls, old)[0]?.matters).toBe(true);
    expect(blockedOn(calls, old, new Set(['a.strace']))[0]?.matters).toBe(false);
  });

  test('an allowed call with an unknown argument may be refused: that is not harmless', () => {
    const vague = host('docker@1', {
      clone: {
        action: { kind: 'allow' },
        cause: 'rule',
        conditional: true,
        alternatives: [{ kind: 'errno', value: 1 }],
        reason: { kind: 'default-action', action: 'EPERM', because: 'no-rule' },
      },
    });
    expect(blockedOn([trace([distinct('clone', 'returned', { args: [undefined] })])], vague)).toMatchObject([
      {
        syscall: 'clone',
        errno: 'EPERM',
        uncertain: true,
        matters: true,
        consequence: { effect: 'unknown', basis: 'assumed', because: 'argument-not-in-trace' },
      },
    ]);
  });

  test('ways that were not tried here are told', () => {
    expect(untriedWays([trace([distinct('openat2', 'ENOSYS'), distinct('clone3', 'ENOSYS')])], old)).toEqual([
      'openat2',
    ]);
  });
});

describe('another architecture', () => {
  test('calls are judged by name; those it does not have are left out', () => {
    const arm = host('docker@1,arch=aarch64', { statx: [1, 'default'] }, { arch: 'aarch64' });
    const judged = judgeCalls([distinct('statx', 'returned'), distinct('open', 'returned')], arm);
    expect(judged).toHaveLength(1);
    expect(judged[0]?.call.call).toMatchObject({ abi: 'aarch64', nr: 291 });
  });

  test('a 32-bit libc calls the 64-bit time variants first', () => {
    expect(callOn(call('clock_gettime'), 'arm')).toMatchObject({ name: 'clock_gettime64', abi: 'arm' });
    expect(callOn(call('clock_gettime64', [], 'x86'), 'aarch64')).toMatchObject({
      name: 'clock_gettime64',
      abi: 'arm',
    });
  });

  test('a machine that runs the ABI gets the call as it is', () => {
    const own = call('statx', [], 'x86');
    expect(callOn(own, 'x86_64')).toBe(own);
  });
});

describe('the predicted fix', () => {
  test('ENOSYS where that suffices, allow where not, nothing for what is harmless', () => {
    const one = host('docker@20.10.5', {
      faccessat2: [1, 'default'],
      clone3: [38, 'stub'],
      bpf: [1, 'default'],
      openat2: [38, 'kernel'],
    });
    const { fix, steps } = predictFix(
      [
        trace([
          distinct('faccessat2', 'returned'),
          distinct('clone3', 'returned'),
          distinct('bpf', 'returned'),
          distinct('openat2', 'returned'),
        ]),
      ],
      [one],
    );
    expect(fix.enosys).toEqual(['faccessat2']);
    expect(fix.allow).toContain('bpf');
    expect(fix.allow).not.toContain('openat2');
    expect(steps.find(({ syscall }) => syscall === 'clone3')?.step).toBe('leave');
  });

  test('conditions where the profile tests arguments', () => {
    const base = host('profile:x', {
      personality: {
        action: { kind: 'errno', value: 1 },
        cause: 'default',
        conditional: true,
        alternatives: [],
        reason: { kind: 'default-action', action: 'EPERM', because: 'no-rule' },
      },
    });
    const condition = { index: 0, op: 'EQ' as const, value: 0n, valueTwo: 0n };
    const rules = new Map([
      [
        135,
        [
          {
            conditions: [condition],
            action: { kind: 'allow' as const },
            origin: { from: 'trace-build' as const },
          },
        ],
      ],
    ]);
    const tested = { ...base, policy: { ...base.policy!, abis: [{ abi: 'x86_64' as const, rules }] } };
    const { fix } = predictFix(
      [trace([distinct('personality', 'returned', { args: [0x40000n] })])],
      [tested],
    );
    expect(fix.allow).toEqual([
      { name: 'personality', args: [{ index: 0, value: 0x40000, valueTwo: 0, op: 'SCMP_CMP_EQ' }] },
    ]);
  });
});
