import { describe, expect, test } from 'vitest';
import { readProfileJson } from '../../../../src/core/seccomp/profile/readJson.ts';
import { parseProfile } from '../../../../src/core/seccomp/profile/schema.ts';

function parse(json: unknown) {
  const result = parseProfile(json);
  if (!result.ok) throw new Error(result.failure.what);
  return result.value;
}

function refused(json: unknown): string {
  const result = parseProfile(json, 'p.json');
  if (result.ok) throw new Error('accepted');
  expect(result.failure).toMatchObject({ kind: 'input', where: { file: 'p.json' } });
  return result.failure.what;
}

describe('parseProfile reads every dialect', () => {
  test("Docker's, with archMap, includes, excludes and minKernel", () => {
    const profile = parse({
      defaultAction: 'SCMP_ACT_ERRNO',
      defaultErrnoRet: 38,
      archMap: [{ architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86', 'SCMP_ARCH_X32'] }],
      syscalls: [
        {
          names: ['ptrace'],
          action: 'SCMP_ACT_ALLOW',
          args: null,
          includes: { minKernel: '4.8' },
          excludes: { caps: ['CAP_SYS_PTRACE'], arches: ['s390x'] },
          comment: 'why',
        },
      ],
    });
    expect(profile).toMatchObject({
      defaultAction: 'errno',
      defaultErrnoRet: 38,
      architectures: { archMap: [{ native: 'x86_64', sub: ['x86', 'x32'] }], list: undefined },
    });
    expect(profile.groups).toEqual([
      {
        names: ['ptrace'],
        action: 'allow',
        args: [],
        includes: { arches: [], caps: [], minKernel: { major: 4, minor: 8 } },
        excludes: { arches: ['s390x'], caps: ['CAP_SYS_PTRACE'] },
        comment: 'why',
      },
    ]);
  });

  test('the list form with name of Docker 1.10 to 1.12', () => {
    const profile = parse({
      defaultAction: 'SCMP_ACT_ERRNO',
      architectures: ['SCMP_ARCH_X86_64'],
      syscalls: [{ name: 'accept', action: 'SCMP_ACT_ALLOW', args: [] }],
    });
    expect(profile.groups[0]!.names).toEqual(['accept']);
    expect(profile.architectures.list).toEqual(['x86_64']);
  });

  test("Podman's errno names win over numbers", () => {
    const profile = parse({
      defaultAction: 'SCMP_ACT_ERRNO',
      defaultErrno: 'ENOSYS',
      defaultErrnoRet: 1,
      syscalls: [{ names: ['bpf'], action: 'SCMP_ACT_ERRNO', errno: 'EPERM', errnoRet: 38 }],
    });
    expect(profile.defaultErrnoRet).toBe(38);
    expect(profile.groups[0]!.errnoRet).toBe(1);
  });

  test('a whole OCI config.json, every action, operator and flag', () => {
    const actions = [
      'KILL',
      'KILL_THREAD',
      'KILL_PROCESS',
      'TRAP',
      'ERRNO',
      'TRACE',
      'ALLOW',
      'LOG',
      'NOTIFY',
    ];
    const operators = ['NE', 'LT', 'LE', 'EQ', 'GE', 'GT', 'MASKED_EQ'];
    const profile = parse({
      ociVersion: '1.0.2',
      linux: {
        seccomp: {
          defaultAction: 'SCMP_ACT_KILL',
          flags: ['SECCOMP_FILTER_FLAG_TSYNC', 'SECCOMP_FILTER_FLAG_LOG', 'SECCOMP_FILTER_FLAG_SPEC_ALLOW'],
          listenerPath: '/run/x.sock',
          syscalls: actions.map((action, i) => ({
            names: ['read'],
            action: `SCMP_ACT_${action}`,
            args: [{ index: i % 6, value: i, op: `SCMP_CMP_${operators[i % 7]}` }],
          })),
        },
      },
    });
    expect(profile.groups.map(({ action }) => action)).toEqual([
      'kill_thread',
      'kill_thread',
      'kill_process',
      'trap',
      'errno',
      'trace',
      'allow',
      'log',
      'notify',
    ]);
    expect(profile.groups.slice(0, 7).map(({ args }) => args[0]!.op)).toEqual(operators);
    expect(profile.flags).toHaveLength(3);
    expect(profile.listenerPath).toBe('/run/x.sock');
  });

  test("fields that Go's decoder finds in any case, and numbers that it leaves at 0", () => {
    const profile = parse({
      DefaultAction: 'SCMP_ACT_ERRNO',
      SYSCALLS: [
        {
          Names: ['acct'],
          action: 'SCMP_ACT_ALLOW',
          Args: [{ op: 'SCMP_CMP_EQ' }, { Index: 1, Value: 5, op: 'SCMP_CMP_EQ' }],
          Includes: { CAPS: ['CAP_SYS_PACCT'], minKernel: '' },
        },
      ],
    });
    expect(profile.groups[0]).toMatchObject({
      names: ['acct'],
      args: [
        { index: 0, value: 0n },
        { index: 1, value: 5n },
      ],
      includes: { arches: [], caps: ['CAP_SYS_PACCT'] },
    });
  });

  test('64-bit values keep all their digits', () => {
    const json = readProfileJson(
      '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["a12345678901234567890"],"action":"SCMP_ACT_TRAP","args":[{"index":0,"value":18446744073709551615,"valueTwo": 9007199254740993,"op":"SCMP_CMP_EQ"}]}]}',
    );
    if (!json.ok) throw new Error(json.failure.what);
    const [group] = parse(json.value).groups;
    expect(group!.args[0]).toMatchObject({ value: 0xffffffffffffffffn, valueTwo: 9007199254740993n });
    expect(group!.names).toEqual(['a12345678901234567890']);
  });
});

describe('what engines take although it looks wrong', () => {
  const group = (more: object) => {
    const parsed = parseProfile({
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ action: 'SCMP_ACT_ERRNO', ...more }],
    });
    if (!parsed.ok) throw new Error(parsed.failure.what);
    return parsed.value.groups[0]!;
  };

  test.each([{}, { names: [] }, { names: null }, { names: [], name: '' }])(
    'a group without names: %j',
    (more) => {
      expect(group(more).names).toEqual([]);
    },
  );

  test('an empty name', () => {
    expect(group({ names: ['', 'acct'] }).names).toEqual(['', 'acct']);
  });

  test.each([
    [0, 0],
    [65_537, 65_537],
    [2 ** 53 - 1, 2 ** 53 - 1],
    [(1n << 64n) - 1n, 2 ** 32 + 0xffff],
    [(1n << 53n) + 38n, 2 ** 32 + 38],
    [null, undefined],
  ])('errnoRet %s is kept as %s', (errnoRet, kept) => {
    expect(group({ names: ['acct'], errnoRet }).errnoRet).toBe(kept);
  });
});

test('an errnoRet of more than 64 bits is refused, as Go refuses it', () => {
  const parsed = parseProfile({
    defaultAction: 'SCMP_ACT_ALLOW',
    syscalls: [{ names: ['acct'], action: 'SCMP_ACT_ERRNO', errnoRet: 1n << 64n }],
  });
  expect(parsed).toMatchObject({
    ok: false,
    failure: {
      what: expect.stringContaining('syscalls[0].errnoRet: must not be above 18446744073709551615'),
    },
  });
});

describe('parseProfile says where a document is wrong', () => {
  const rule = (more: object) => ({
    defaultAction: 'SCMP_ACT_ALLOW',
    syscalls: [
      { names: ['read'], action: 'SCMP_ACT_ALLOW' },
      { names: ['read'], action: 'SCMP_ACT_TRAP', ...more },
    ],
  });
  const argument = (more: object) => rule({ args: [{ index: 0, value: 1, op: 'SCMP_CMP_EQ', ...more }] });
  test.each([
    [{}, 'defaultAction: is missing'],
    [{ defaultAction: 'SCMP_ACT_NO' }, "defaultAction: unknown action 'SCMP_ACT_NO'"],
    [rule({ action: 'ALLOW' }), "syscalls[1].action: unknown action 'ALLOW'"],
    [rule({ args: [{ index: 0, value: 1, op: 'EQ' }] }), "syscalls[1].args[0].op: unknown operator 'EQ'"],
    [rule({ args: [{ index: 6, value: 1, op: 'SCMP_CMP_EQ' }] }), 'syscalls[1].args[0].index'],
    [rule({ args: [{ index: 0, value: 2 ** 60, op: 'SCMP_CMP_EQ' }] }), 'syscalls[1].args[0].value'],
    [rule({ errno: 'ENOPE' }), "syscalls[1].errno: unknown errno name 'ENOPE'"],
    [rule({ name: 'write' }), "syscalls[1]: has both 'name' and 'names'"],
    [
      { defaultAction: 'SCMP_ACT_ALLOW', architectures: ['SCMP_ARCH_VAX'] },
      "architectures[0]: unknown architecture 'SCMP_ARCH_VAX'",
    ],
    [{ defaultAction: 'SCMP_ACT_ALLOW', flags: ['X'] }, "flags[0]: unknown flag 'X'"],
    [[], 'not a seccomp profile: must be of type object, not array'],
    [null, 'not null'],
    [{ defaultAction: 5 }, 'defaultAction: must be of type string, not number'],
    [{ defaultAction: 'constructor' }, "unknown action 'constructor'"],
    [{ defaultAction: 'SCMP_ACT_ALLOW', syscalls: {} }, 'syscalls: must be of type array, not object'],
    [{ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [null] }, 'syscalls[0]: must be of type object, not null'],
    [rule({ names: 'read' }), 'syscalls[1].names: must be of type array, not string'],
    [rule({ names: [5] }), 'syscalls[1].names[0]: must be of type string, not number'],
    [rule({ action: undefined }), 'syscalls[1].action: is missing'],
    [rule({ errnoRet: -1 }), 'syscalls[1].errnoRet: must not be below 0'],
    [rule({ errnoRet: 1.5 }), 'syscalls[1].errnoRet: 1.5 is not a whole number'],
    [rule({ errnoRet: '5' }), 'syscalls[1].errnoRet: "5" is not a whole number'],
    [rule({ errnoRet: 2 ** 60 }), 'syscalls[1].errnoRet: 1152921504606847000 is not a whole number'],
    [
      rule({ includes: { minKernel: 'new' } }),
      "syscalls[1].includes.minKernel: 'new' is not a kernel version",
    ],
    [rule({ includes: { caps: 'CAP_X' } }), 'syscalls[1].includes.caps: must be of type array, not string'],
    [argument({ index: -1 }), 'syscalls[1].args[0].index: must not be below 0'],
    [argument({ index: 6 }), 'syscalls[1].args[0].index: must not be above 5'],
    [argument({ op: 'toString' }), "syscalls[1].args[0].op: unknown operator 'toString'"],
    [argument({ op: undefined }), 'syscalls[1].args[0].op: is missing'],
    [argument({ value: '8' }), 'value: "8" is text: engines read a number without quotes only'],
    [argument({ value: '0x7e020000' }), 'value: "0x7e020000" is text'],
    [argument({ value: -1 }), 'value: -1 is not an unsigned 64-bit number'],
    [argument({ value: 1.5 }), 'value: 1.5 is not an unsigned 64-bit number'],
    [argument({ value: Number.POSITIVE_INFINITY }), 'value: Infinity is not an unsigned 64-bit number'],
    [argument({ valueTwo: 'abc' }), 'syscalls[1].args[0].valueTwo: "abc" is text'],
  ])('%j', (json, words) => {
    expect(refused(json)).toContain(words);
  });

  test.each(['18446744073709551616', '-99999999999999999999'])('a value of %s', (value) => {
    expect(refused(argument({ value: BigInt(value) }))).toContain(`value: ${value} is not an unsigned`);
  });

  test.each(['4', '4.8.1', '4.8-rc1', '0.0', '4.300'])('as Docker does: minKernel %s', (minKernel) => {
    expect(refused(rule({ includes: { minKernel } }))).toContain(
      `minKernel: '${minKernel}' is not a kernel version: Docker reads only two numbers`,
    );
  });

  test('broken JSON is a failure, not an exception', () => {
    expect(readProfileJson('{"a": ', 'p.json')).toMatchObject({
      ok: false,
      failure: { kind: 'input', where: { file: 'p.json' } },
    });

    const nested = `{"x": ${'['.repeat(100_000)}${']'.repeat(100_000)}, "y": 12345678901234567890}`;
    expect(readProfileJson(nested, 'p.json')).toMatchObject({
      failure: { what: 'nested more than 100 deep', where: { file: 'p.json' } },
    });
  });
});
