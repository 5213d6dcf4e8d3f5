import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { libseccompRules } from '../../../../src/core/hosts/libseccomp.ts';
import { crunRules, runcRules } from '../../../../src/core/hosts/runtimes.ts';
import { version } from '../../../../src/core/hosts/version.ts';
import type { Abi } from '../../../../src/core/linux/abi.ts';
import { syscallNumber } from '../../../../src/core/linux/numbers.ts';
import { decide, evaluate } from '../../../../src/core/seccomp/profile/evaluate.ts';
import { lower } from '../../../../src/core/seccomp/profile/lower.ts';
import type { Policy } from '../../../../src/core/seccomp/profile/policy.ts';
import { parseProfile } from '../../../../src/core/seccomp/profile/schema.ts';
import type { Target } from '../../../../src/core/seccomp/profile/target.ts';
import { engine } from '../../../differential/hosts.ts';

function target(more: Partial<Target> = {}): Target {
  return {
    arch: 'x86_64',
    kernel: { major: 6, minor: 1 },
    caps: new Set(),
    engine: engine('goSeccomp'),
    runtime: runcRules(version('1.1.12')),
    libseccomp: libseccompRules('2.5.4'),
    ...more,
  };
}

const X86 = ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86'];

function lowered(document: Record<string, unknown>, more: Partial<Target> = {}): Policy {
  const profile = parseProfile({ defaultAction: 'SCMP_ACT_ERRNO', architectures: X86, ...document });
  if (!profile.ok) throw new Error(profile.failure.what);
  const policy = lower(profile.value, target(more));
  if (!policy.ok) throw new Error(policy.failure.what);
  return policy.value;
}

function ask(policy: Policy, name: string, args: readonly (bigint | undefined)[] = [], abi: Abi = 'x86_64') {
  return evaluate(policy, { abi, nr: syscallNumber(name, abi)!, name, args });
}

const allow = (...names: string[]) => ({ names, action: 'SCMP_ACT_ALLOW' });
const when = (names: string[], index: number, op: string, value: number, more: object = {}) => ({
  names,
  action: 'SCMP_ACT_ALLOW',
  args: [{ index, op: `SCMP_CMP_${op}`, value }],
  ...more,
});

describe('the stub of runc', () => {
  test('ENOSYS above the largest number of the profile, the default in holes below it', () => {
    const policy = lowered({ syscalls: [allow('read', 'faccessat2')] });
    expect(ask(policy, 'close_range')).toMatchObject({
      action: { kind: 'errno', value: 1 },
      cause: 'default',
    });
    expect(ask(policy, 'fchmodat2')).toMatchObject({ action: { kind: 'errno', value: 38 }, cause: 'stub' });
    expect(ask(policy, 'fchmodat2').reason).toEqual({
      kind: 'enosys-stub',
      abi: 'x86_64',
      number: 452,
      above: 439,
    });
  });

  test('a name that libseccomp does not know counts for nothing, and neither does number 0', () => {
    const policy = lowered(
      { syscalls: [allow('read', 'fchmodat2')] },
      { libseccomp: libseccompRules('2.4.1') },
    );
    expect(policy.skipped).toEqual(['fchmodat2']);
    expect(policy.abis[0]!.stubAbove).toBeUndefined();
  });

  test.each([
    ['SCMP_ACT_ALLOW', undefined],
    ['SCMP_ACT_LOG', undefined],
    ['SCMP_ACT_TRACE', undefined],
    ['SCMP_ACT_KILL', 1],
    ['SCMP_ACT_TRAP', 1],
  ])('default %s: stub above %s', (defaultAction, above) => {
    const syscalls = [{ names: ['write'], action: 'SCMP_ACT_ERRNO' }];
    expect(lowered({ defaultAction, syscalls }).abis[0]!.stubAbove).toBe(above);
  });

  test('no architectures: none before runc 1.1.15 and 1.2.0-rc.1, then the native one', () => {
    const of = (runc: string) =>
      lowered({ architectures: [], syscalls: [allow('write')] }, { runtime: runcRules(version(runc)) })
        .abis[0]!.stubAbove;
    expect([of('1.1.14'), of('1.1.15'), of('1.2.0'), of('1.0.0-rc92')]).toEqual([undefined, 1, 1, undefined]);
  });

  test('crun has none', () => {
    const policy = lowered({ syscalls: [allow('read')] }, { runtime: crunRules(version('1.8.1')) });
    expect(ask(policy, 'fchmodat2').cause).toBe('default');
  });

  test('s390x: number 0 is ENOSYS since runc 1.1.3', () => {
    const of = (runc: string) =>
      lowered(
        { architectures: ['SCMP_ARCH_S390X'], syscalls: [allow('read')] },
        { arch: 's390x', runtime: runcRules(version(runc)) },
      );
    const zero = { abi: 's390x', nr: 0, name: 'syscall_0', args: [] } as const;
    expect(decide(of('1.1.2'), zero)).toEqual({ kind: 'errno', value: 1 });
    expect(decide(of('1.1.3'), zero)).toEqual({ kind: 'errno', value: 38 });
  });

  test('the private numbers of 32-bit ARM leave nothing above', () => {
    const policy = lowered(
      { architectures: ['SCMP_ARCH_ARM'], syscalls: [allow('read', 'set_tls')] },
      { arch: 'arm', libseccomp: libseccompRules('2.5.4') },
    );
    expect(ask(policy, 'fchmodat2', [], 'arm').cause).toBe('default');
  });
});

describe('architectures', () => {
  test('what is not listed is killed; -1 on x86_64 is not x32', () => {
    const policy = lowered(
      { architectures: ['SCMP_ARCH_X86_64'], syscalls: [allow('read')] },
      { runtime: crunRules(version('1.8')) },
    );
    expect(ask(policy, 'read', [], 'x86')).toMatchObject({
      action: { kind: 'kill_thread' },
      cause: 'bad-arch',
    });
    expect(ask(policy, 'read', [], 'x32').cause).toBe('bad-arch');
    expect(decide(policy, { abi: 'x86_64', nr: -1, name: '', args: [] })).toEqual({
      kind: 'errno',
      value: 1,
    });
  });

  test('a container does not start where libseccomp lacks one', () => {
    const profile = parseProfile({ defaultAction: 'SCMP_ACT_ERRNO', architectures: ['SCMP_ARCH_RISCV64'] });
    if (!profile.ok) throw new Error('schema');
    expect(lower(profile.value, target({ libseccomp: libseccompRules('2.4.4') }))).toMatchObject({
      ok: false,
    });
  });
});

describe('rules', () => {
  test('unconditional after conditional wins, and swallows what follows', () => {
    const policy = lowered({
      syscalls: [
        when(['personality'], 0, 'EQ', 8),
        allow('personality'),
        when(['personality'], 0, 'EQ', 9, { action: 'SCMP_ACT_TRAP' }),
      ],
    });
    expect(ask(policy, 'personality', [9n])).toMatchObject({ action: { kind: 'allow' }, conditional: false });
  });

  test('several conditions on one argument are alternatives, on several they must all hold', () => {
    const args = (...list: (readonly [number, number])[]) =>
      list.map(([index, value]) => ({ index, value, op: 'SCMP_CMP_EQ' }));
    const policy = lowered({
      syscalls: [
        { names: ['personality'], action: 'SCMP_ACT_ALLOW', args: args([0, 8], [0, 9]) },
        { names: ['ioctl'], action: 'SCMP_ACT_ALLOW', args: args([0, 1], [1, 2]) },
      ],
    });
    expect(ask(policy, 'personality', [9n]).action.kind).toBe('allow');
    expect(ask(policy, 'ioctl', [1n, 3n]).action.kind).toBe('errno');
    expect(ask(policy, 'ioctl', [1n, 2n]).action.kind).toBe('allow');
  });

  test('a contradiction keeps the container from starting', () => {
    const profile = parseProfile({
      defaultAction: 'SCMP_ACT_ERRNO',
      syscalls: [
        when(['personality'], 0, 'EQ', 8),
        when(['personality'], 0, 'EQ', 8, { action: 'SCMP_ACT_TRAP' }),
      ],
    });
    if (!profile.ok) throw new Error('schema');
    expect(lower(profile.value, target())).toMatchObject({ ok: false, failure: { kind: 'input' } });
  });

  test('socket goes through socketcall too, its first condition lost there: the bypass of AF_VSOCK', () => {
    const policy = lowered({ syscalls: [when(['socket'], 0, 'NE', 40)] });
    expect(ask(policy, 'socket', [40n], 'x86').action.kind).toBe('errno');
    expect(ask(policy, 'socketcall', [1n], 'x86').action.kind).toBe('allow');
    expect(ask(policy, 'socketcall', [2n], 'x86').action.kind).toBe('errno');
    expect(ask(policy, 'socket', [40n]).action.kind).toBe('errno');
  });

  test('errno values are lost by engines and runtimes that do not pass them on', () => {
    const document = {
      defaultErrnoRet: 22,
      syscalls: [{ names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: 38 }],
    };
    const crun = (text: string) => lowered(document, { runtime: crunRules(version(text)) });
    expect(ask(crun('1.8'), 'clone3').action).toEqual({ kind: 'errno', value: 38 });
    expect(ask(crun('1.8'), 'acct').action).toEqual({ kind: 'errno', value: 22 });
    expect(ask(crun('0.18'), 'acct').action).toEqual({ kind: 'errno', value: 1 });
    expect(ask(crun('0.13'), 'clone3').action).toEqual({ kind: 'errno', value: 1 });
  });

  test('errno values have 16 bits: 65537 is EPERM', () => {
    const policy = lowered({
      defaultErrnoRet: 65_537,
      syscalls: [
        { names: ['acct'], action: 'SCMP_ACT_ERRNO', errnoRet: 65_574 },
        { names: ['bpf'], action: 'SCMP_ACT_TRACE', errnoRet: 65_536 },
      ],
    });
    expect(ask(policy, 'acct').action).toEqual({ kind: 'errno', value: 38 });
    expect(ask(policy, 'bpf').action).toEqual({ kind: 'trace', value: 0 });
    expect(ask(policy, 'swapon').action).toEqual({ kind: 'errno', value: 1 });
  });

  test('several conditions of a rule were alternatives with runc before 1.0.0-rc4 (CVE-2017-18367)', () => {
    const args = [1, 2].map((value, index) => ({ index, value, op: 'SCMP_CMP_EQ' }));
    const syscalls = [{ names: ['ioctl'], action: 'SCMP_ACT_ALLOW', args }];
    const of = (runc: string) =>
      ask(lowered({ syscalls }, { runtime: runcRules(version(runc)) }), 'ioctl', [0n, 2n]).action.kind;
    expect([of('1.0.0-rc3'), of('1.0.0-rc4')]).toEqual(['allow', 'errno']);
  });
});

describe('a container that does not start', () => {
  const rule = (action: string, more: object = {}) => ({
    syscalls: [{ names: ['acct'], action: `SCMP_ACT_${action}`, ...more }],
  });
  const flags = (flag: string) => ({ flags: [`SECCOMP_FILTER_FLAG_${flag}`], ...rule('TRAP') });
  const allowing = { defaultAction: 'SCMP_ACT_ALLOW' };
  // Each with the last runtime that refuses it and the first that takes it; undefined where there is none.
  test.each<[string, object, string | undefined, string | undefined, RegExp]>([
    [
      'unknown name',
      { syscalls: [allow('nope')] },
      'crun 0.4',
      'crun 0.5',
      /the unknown syscall name 'nope'/,
    ],
    ['unknown name', { syscalls: [allow('nope')] }, undefined, 'runc 1.0.0-rc5', /./],
    ['redundant rule', rule('ERRNO'), 'runc 1.0.1', 'runc 1.0.2', /'acct' that says the same as the default/],
    ['redundant rule', rule('ERRNO'), 'crun 0.3', 'crun 0.5', /./],
    [
      'redundant by a lost errno',
      rule('ERRNO', { errnoRet: 38 }),
      'runc 1.0.0-rc90',
      'runc 1.0.0-rc91',
      /same/,
    ],
    ['LOG', rule('LOG'), 'runc 1.0.0-rc8', 'runc 1.0.2', /SCMP_ACT_LOG/],
    ['LOG', rule('LOG'), 'crun 0.14', 'crun 0.15', /SCMP_ACT_LOG/],
    ['KILL_PROCESS', rule('KILL_PROCESS'), 'runc 1.1.2', 'runc 1.1.3', /SCMP_ACT_KILL_PROCESS/],
    ['KILL_PROCESS', rule('KILL_PROCESS'), 'crun 0.13', 'crun 0.14', /SCMP_ACT_KILL_PROCESS/],
    ['NOTIFY', { ...rule('NOTIFY'), listenerPath: '/x' }, 'runc 1.0.3', 'runc 1.1.0', /SCMP_ACT_NOTIFY/],
    ['NOTIFY', rule('NOTIFY'), 'crun 0.18', 'crun 0.19', /SCMP_ACT_NOTIFY/],
    ['NOTIFY unheard', rule('NOTIFY'), 'runc 1.5.1', undefined, /without listenerPath/],
    [
      'NOTIFY by default',
      { defaultAction: 'SCMP_ACT_NOTIFY', listenerPath: '/x' },
      'runc 1.5.1',
      'crun 1.8',
      /default/,
    ],
    ['stray errnoRet', rule('KILL', { errnoRet: 5 }), 'crun 0.19', 'crun 0.18', /errnoRet with .*takes none/],
    ['stray errnoRet', rule('KILL', { errnoRet: 5 }), undefined, 'runc 1.5.1', /./],
    ['errnoRet of TRACE', rule('TRACE', { errnoRet: 5 }), undefined, 'crun 1.8', /./],
    [
      'stray default',
      { ...allowing, defaultErrnoRet: 5, ...rule('TRAP') },
      'crun 1.8',
      'runc 1.5.1',
      /defaultErrnoRet/,
    ],
    ['errno 4095', rule('ERRNO', { errnoRet: 4095 }), 'runc 1.1.5', undefined, /the largest is 4094/],
    ['errno 4094', rule('ERRNO', { errnoRet: 4094 }), undefined, 'crun 1.8', /./],
    ['errno 69631', rule('ERRNO', { errnoRet: 69_631 }), 'crun 1.8', undefined, /the largest is 4094/],
    ['errno 69630', rule('ERRNO', { errnoRet: 69_630 }), undefined, 'crun 1.8', /./],
    ['errno 2^32', rule('ERRNO', { errnoRet: 2 ** 32 }), 'crun 1.8', 'runc 1.1.5', /above 4294967295/],
    ['errno 2^32 - 1', rule('TRACE', { errnoRet: 2 ** 32 - 1 }), undefined, 'crun 1.8', /./],
    ['empty name', { syscalls: [allow('')] }, 'runc 1.1.5', 'crun 1.8', /an empty syscall name/],
    ['no names', { syscalls: [{ names: [], action: 'SCMP_ACT_TRAP' }] }, undefined, 'runc 1.1.5', /./],
    ['flag', flags('SPEC_ALLOW'), 'runc 1.1.15', 'runc 1.2.0-rc.1', /SECCOMP_FILTER_FLAG_SPEC_ALLOW/],
    ['flag', flags('WAIT_KILLABLE_RECV'), 'runc 1.4.3', 'runc 1.5.0', /WAIT_KILLABLE_RECV/],
    ['flag', flags('WAIT_KILLABLE_RECV'), undefined, 'crun 1.8', /./],
    [
      'byte orders',
      { architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_PARISC'] },
      'crun 1.8',
      undefined,
      /EDOM/,
    ],
  ])('%s %j: refused by %s, taken by %s', (_, document, refusing, taking, words) => {
    const profile = parseProfile({ defaultAction: 'SCMP_ACT_ERRNO', architectures: X86, ...document });
    if (!profile.ok) throw new Error(profile.failure.what);
    const with_ = (text: string) => {
      const [name, at = ''] = text.split(' ');
      return lower(
        profile.value,
        target({ runtime: (name === 'runc' ? runcRules : crunRules)(version(at)) }),
      );
    };
    if (refusing !== undefined) {
      const found = with_(refusing);
      expect(found).toMatchObject({ ok: false, failure: { kind: 'input' } });
      if (!found.ok) expect(found.failure.what).toMatch(words);
    }
    if (taking !== undefined) expect(with_(taking)).toMatchObject({ ok: true });
  });
});

describe('unknown arguments', () => {
  test('give the other possible answers', () => {
    const policy = lowered({ syscalls: [when(['personality'], 0, 'EQ', 8)] });
    expect(ask(policy, 'personality')).toMatchObject({
      action: { kind: 'allow' },
      conditional: true,
      alternatives: [{ kind: 'errno', value: 1 }],
    });
    expect(ask(policy, 'personality', [8n]).alternatives).toEqual([]);
    expect(ask(policy, 'personality', [undefined, 3n]).alternatives).toHaveLength(1);
  });

  test('do not matter where a known one decides', () => {
    const args = [
      { index: 0, value: 1, op: 'SCMP_CMP_EQ' },
      { index: 1, value: 2, op: 'SCMP_CMP_EQ' },
    ];
    const policy = lowered({ syscalls: [{ names: ['ioctl'], action: 'SCMP_ACT_ALLOW', args }] });
    expect(ask(policy, 'ioctl', [undefined, 5n])).toMatchObject({
      action: { kind: 'errno' },
      alternatives: [],
    });
  });
});

describe('comparisons', () => {
  test('are unsigned and 64 bits wide on 64-bit ABIs, 32 on the others', () => {
    const policy = lowered({ syscalls: [when(['personality'], 0, 'EQ', 0xffffffff)] });
    expect(ask(policy, 'personality', [0xffffffffffffffffn]).action.kind).toBe('errno');
    expect(ask(policy, 'personality', [0xffffffffffffffffn], 'x86').action.kind).toBe('allow');
    const greater = lowered({ syscalls: [when(['personality'], 0, 'GT', 40)] });
    expect(ask(greater, 'personality', [(1n << 32n) + 38n]).action.kind).toBe('allow');
  });
});

test('what was lowered holds on every ABI, also where its rules are made later', () => {
  const group = fc.record({
    names: fc.subarray(['socket', 'bind', 'socketcall', 'shmget', 'ipc', 'clone', 'sendfile', 'sendfile64'], {
      minLength: 1,
    }),
    action: fc.constantFrom('SCMP_ACT_ALLOW', 'SCMP_ACT_TRAP', 'SCMP_ACT_KILL'),
    args: fc.array(
      fc.record({
        index: fc.constantFrom(0, 1),
        op: fc.constantFrom('SCMP_CMP_EQ', 'SCMP_CMP_NE'),
        value: fc.constantFrom(1, 2, 2 ** 32 + 1),
      }),
      { maxLength: 2 },
    ),
  });
  let refused = 0;
  fc.assert(
    fc.property(fc.array(group, { maxLength: 4 }), (syscalls) => {
      const profile = parseProfile({ defaultAction: 'SCMP_ACT_ERRNO', architectures: X86, syscalls });
      if (!profile.ok) throw new Error(profile.failure.what);
      const policy = lower(profile.value, target({ runtime: crunRules(version('1.8.1')) }));
      if (policy.ok) for (const { rules } of policy.value.abis) expect(rules).toBeInstanceOf(Map);
      else refused++;
    }),
    { numRuns: 2000 },
  );
  expect(refused).toBeGreaterThan(0);
});
