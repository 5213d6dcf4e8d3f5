import { describe, expect, test } from 'vitest';
import { denialsOf } from '../../../src/core/diagnosis/denials.ts';
import { evidencePhrase } from '../../../src/render/phrases/reason.ts';
import { distinct, host, trace } from './fakes.ts';

const causes = (found: ReturnType<typeof denialsOf>): readonly string[] =>
  found.map(({ syscall, errno, cause }) => `${syscall} ${errno} ${cause}`);

describe('with the host it ran on', () => {
  const docker = host('docker@24.0.9', {
    fchmodat2: [38, 'stub'],
    clone3: [38, 'rule'],
    mount: [1, 'default'],
    personality: {
      action: { kind: 'errno', value: 1 },
      cause: 'default',
      conditional: true,
      alternatives: [{ kind: 'allow' }],
      reason: { kind: 'default-action', action: 'EPERM', because: 'no-rule' },
    },
    setns: {
      action: { kind: 'errno', value: 1 },
      cause: 'rule',
      conditional: true,
      alternatives: [{ kind: 'allow' }],
      reason: { kind: 'default-action', action: 'EPERM', because: 'no-rule' },
    },
    openat2: [38, 'kernel'],
    getpid: ['kill_process', 'rule'],
  });

  test('the cause is the one of the model where the errno is the same', () => {
    const found = denialsOf(
      trace([
        distinct('fchmodat2', 'ENOSYS'),
        distinct('mount', 'EPERM'),
        distinct('openat2', 'ENOSYS'),
        distinct('getpid', 'sigsys'),
      ]),
      docker,
    );
    expect(new Set(causes(found))).toEqual(
      new Set([
        'fchmodat2 ENOSYS stub',
        'mount EPERM default',
        'openat2 ENOSYS kernel',
        'getpid SIGSYS rule',
      ]),
    );
    expect(found.find(({ syscall }) => syscall === 'getpid')?.matters).toBe(true);
  });

  test('what the kernel itself says is never put down to the filter', () => {
    const found = denialsOf(
      trace([
        distinct('chown', 'EPERM'),
        distinct('kill', 'EPERM'),
        distinct('fallocate', 'ENOSYS'),
        distinct('keyctl', 'EPERM'),
        distinct('iopl', 'EPERM'),
      ]),
      docker,
    );
    expect(found.map(({ cause }) => cause)).toEqual(found.map(() => 'genuine'));
    expect(found.every(({ matters }) => !matters)).toBe(true);
    expect(found.find(({ syscall }) => syscall === 'chown')).toMatchObject({
      reason: { kind: 'kernel-errno', errno: 'EPERM', syscall: 'chown' },
      basis: 'computed',
      remarks: [{ kind: 'allowed-by', host: 'docker@24.0.9', filter: true }],
    });
    expect(evidencePhrase(found.find(({ syscall }) => syscall === 'chown')!)).toMatch(
      /CAP_CHOWN.*chown\(2\).*docker@24\.0\.9 allows it/,
    );
    expect(evidencePhrase(found.find(({ syscall }) => syscall === 'fallocate')!)).toMatch(/FUSE/);
  });

  test('an answer that neither the model nor the kernel gives stays unknown, with the reason', () => {
    const found = denialsOf(
      trace([
        distinct('statx', 'EPERM'),
        distinct('openat', 'sigsys'),
        distinct('clone3', 'EPERM'),
        distinct('epoll_wait', 'ENOSYS'),
      ]),
      docker,
    );
    expect(new Set(causes(found))).toEqual(
      new Set([
        'statx EPERM unknown',
        'openat SIGSYS unknown',
        'clone3 EPERM unknown',
        'epoll_wait ENOSYS unknown',
      ]),
    );
    expect(found.find(({ syscall }) => syscall === 'clone3')?.reason).toEqual({
      kind: 'differs-from-model',
      host: 'docker@24.0.9',
      expected: 'ENOSYS',
      got: 'EPERM',
      syscall: 'clone3',
    });
    const filter = (because: string, syscall: string, errno: string) => ({
      kind: 'some-filter',
      because,
      syscall,
      errno,
    });
    expect(found.find(({ syscall }) => syscall === 'statx')?.reason).toEqual(
      filter('kernel-never-returns-it', 'statx', 'EPERM'),
    );
    expect(found.find(({ syscall }) => syscall === 'openat')?.reason).toEqual(
      filter('killed', 'openat', 'SIGSYS'),
    );
  });

  test('an argument that is not known: the errno decides, and a kernel that may have said it is not ruled out', () => {
    const [personality] = denialsOf(trace([distinct('personality', 'EPERM', { args: [undefined] })]), docker);
    expect(personality?.cause).toBe('default');
    const [setns] = denialsOf(trace([distinct('setns', 'EPERM', { args: [undefined] })]), docker);
    expect(setns?.cause).toBe('unknown');
    expect(setns).toMatchObject({ basis: 'assumed', uncertain: true });
    expect(setns?.reason).toMatchObject({
      kind: 'not-known',
      because: 'argument-not-in-trace',
      candidates: [{ kind: 'default-action' }, { kind: 'kernel-errno', syscall: 'setns', errno: 'EPERM' }],
    });
  });

  test('faked by strace', () => {
    const [found] = denialsOf(trace([distinct('fchmodat2', { errno: 'ENOSYS', injected: true })]), docker);
    expect(found).toMatchObject({ cause: 'unknown', matters: false });
  });

  test('another errno counts only if the filter gives it', () => {
    const odd = host('profile:x', { bind: [13, 'rule'] });
    expect(causes(denialsOf(trace([distinct('bind', 'EACCES'), distinct('openat', 'EACCES')]), odd))).toEqual(
      ['bind EACCES rule'],
    );
  });

  test('groups by syscall, ABI, errno and cause, first place and sum', () => {
    const found = denialsOf(
      trace([
        distinct('mount', 'EPERM', { line: 9, count: 2, sample: 'b' }),
        distinct('mount', 'EPERM', { line: 4, count: 3, args: [1n], sample: 'a' }),
      ]),
      docker,
    );
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ count: 5, first: { line: 4 }, sample: 'a' });
  });
});

describe('with the trace alone', () => {
  test('the same call went through elsewhere: genuine', () => {
    const [found] = denialsOf(
      trace([distinct('setns', 'returned', { line: 3 }), distinct('setns', 'EPERM', { line: 8 })]),
      undefined,
    );
    expect(found).toMatchObject({ cause: 'genuine', matters: false });
    expect(found).toMatchObject({ basis: 'seen', remarks: [{ kind: 'also-passed', line: 3 }] });
  });

  test('unless a filter was loaded in between, or an argument is not known', () => {
    const loaded = denialsOf(
      trace([
        distinct('mount', 'returned', { line: 3 }),
        distinct('seccomp', 'returned', { line: 5, sample: 'SECCOMP_SET_MODE_FILTER, 0, {len=3}' }),
        distinct('mount', 'EPERM', { line: 8 }),
      ]),
      undefined,
    );
    expect(loaded[0]?.cause).toBe('unknown');
    const vague = denialsOf(
      trace([
        distinct('clone', 'returned', { line: 3, args: [undefined] }),
        distinct('clone', 'EPERM', { line: 8, args: [undefined] }),
      ]),
      undefined,
    );
    expect(vague[0]?.cause).toBe('unknown');
  });

  test('a call that no default profile refuses: genuine', () => {
    expect(causes(denialsOf(trace([distinct('kill', 'EPERM')]), undefined))).toEqual(['kill EPERM genuine']);
  });

  test('a kernel that is too old is the cause; one that has it points at a filter', () => {
    const calls = trace([distinct('openat2', 'ENOSYS')]);
    expect(denialsOf(calls, undefined, { kernel: { major: 5, minor: 4 } })[0]?.cause).toBe('kernel');
    const newer = denialsOf(calls, undefined, { kernel: { major: 6, minor: 1 } });
    expect(newer[0]?.cause).toBe('unknown');
    const hasIt = { kind: 'some-filter', because: 'kernel-has-it', since: '5.6', kernelAtLeast: '6.1' };
    expect(newer[0]?.reason).toMatchObject(hasIt);
    const proven = denialsOf(
      trace([distinct('openat2', 'ENOSYS'), distinct('fchmodat2', 'returned')]),
      undefined,
    );
    expect(proven[0]?.reason).toMatchObject({ ...hasIt, kernelAtLeast: '6.6' });
  });
});
