import fc from 'fast-check';
import { expect, test } from 'vitest';
import { libseccompRules } from '../../../../src/core/hosts/libseccomp.ts';
import { NO_RUNTIME } from '../../../../src/core/hosts/runtimes.ts';
import { syscallNumber } from '../../../../src/core/linux/numbers.ts';
import {
  type Converted,
  fromSpo,
  jsonText,
  toDocker,
  toOci,
  toSpo,
} from '../../../../src/core/seccomp/formats/documents.ts';
import { flatten } from '../../../../src/core/seccomp/formats/flatten.ts';
import { fromMinijail, toMinijail } from '../../../../src/core/seccomp/formats/minijail.ts';
import { fromSystemd, toSystemd } from '../../../../src/core/seccomp/formats/systemd.ts';
import type { Action } from '../../../../src/core/seccomp/profile/action.ts';
import { decide } from '../../../../src/core/seccomp/profile/evaluate.ts';
import { lower } from '../../../../src/core/seccomp/profile/lower.ts';
import { ALWAYS, type Profile, type ProfileGroup } from '../../../../src/core/seccomp/profile/profile.ts';
import { readProfileJson } from '../../../../src/core/seccomp/profile/readJson.ts';
import { parseProfile } from '../../../../src/core/seccomp/profile/schema.ts';
import { CAPS, cases, engine } from '../../../differential/hosts.ts';

const TARGET = {
  arch: 'x86_64',
  kernel: { major: 6, minor: 1 },
  caps: new Set<string>(),
  engine: engine('goSeccomp'),
  runtime: NO_RUNTIME,
  libseccomp: libseccompRules('2.5.5'),
} as const;

function reread(document: object, open: (json: unknown) => unknown = (json) => json): Profile {
  const json = readProfileJson(jsonText(document));
  const profile = json.ok ? parseProfile(open(json.value)) : json;
  if (!profile.ok) throw new Error(profile.failure.what);
  return profile.value;
}

test('every default profile survives as Docker JSON, and decided for a host as OCI and SPO', () => {
  const seen = new Set<Profile>();
  for (const { profile } of cases(['x86_64', 's390x'])) {
    if (seen.has(profile)) continue;
    seen.add(profile);
    expect(reread(toDocker(profile).value)).toEqual(profile);
    const { value: flat } = flatten(profile, { arch: 'x86_64', caps: CAPS[0]! });
    expect(reread(toOci(flat).value)).toEqual(flat);
    const { defaultErrnoRet, ...rest } = flat;
    const spo = toSpo(flat, 'x');
    expect(reread(spo.value, (json) => fromSpo(json).value)).toEqual(rest);
    expect(spo.lost.length).toBe(defaultErrnoRet === undefined || defaultErrnoRet === 1 ? 0 : 1);
  }
  expect(seen.size).toBeGreaterThan(100);
});

const NAMES = ['read', 'personality', 'clone3', 'ioctl'];
const condition = fc.oneof(
  fc.record({
    index: fc.integer({ min: 0, max: 1 }),
    op: fc.constantFrom('EQ' as const, 'NE' as const, 'LT' as const, 'GE' as const),
    value: fc.constantFrom(0n, 1n, 8n, 0xffffffffffffffffn),
    valueTwo: fc.constant(0n),
  }),
  fc.record({
    index: fc.integer({ min: 0, max: 1 }),
    op: fc.constant('MASKED_EQ' as const),
    value: fc.constantFrom(1n, 3n, 8n),
    valueTwo: fc.constantFrom(0n, 1n, 8n),
  }),
);
const profiles = (defaults: readonly Profile['defaultAction'][]): fc.Arbitrary<Profile> =>
  fc.record({
    defaultAction: fc.constantFrom(...defaults),
    architectures: fc.constant<Profile['architectures']>({ archMap: undefined, list: ['x86_64'] }),
    flags: fc.constant([]),
    groups: fc.array(
      fc
        .record({
          names: fc.subarray(NAMES, { minLength: 1 }),
          action: fc.constantFrom('allow' as const, 'errno' as const, 'kill_process' as const),
          errnoRet: fc.constantFrom(1, 38),
          args: fc.oneof(fc.constant([]), fc.array(condition, { maxLength: 2 })),
        })
        .map(({ errnoRet, ...group }): ProfileGroup => {
          const errno = group.action === 'errno' ? { errnoRet } : {};
          return { ...group, ...errno, includes: ALWAYS, excludes: ALWAYS };
        }),
      { maxLength: 4 },
    ),
  });

function answers(profile: Profile): readonly Action[] | undefined {
  const policy = lower(profile, TARGET);
  if (!policy.ok) return undefined;
  return NAMES.concat('write').flatMap((name) =>
    [0n, 1n, 2n, 3n, 8n, 9n, 0xffffffffffffffffn].flatMap((first) =>
      [0n, 1n, 8n].map((second) => {
        const nr = syscallNumber(name, 'x86_64')!;
        const action = decide(policy.value, { abi: 'x86_64', nr, name, args: [first, second] });
        // A policy of minijail does not tell threads from processes.
        return action.kind === 'kill_process' ? { kind: 'kill_thread' } : action;
      }),
    ),
  );
}

/** What systemd allows unasked: with it, an allow list loses nothing on the way. */
const IMPLIED = (() => {
  const unit = fromSystemd('SystemCallFilter=read');
  if (!unit.ok) throw new Error(unit.failure.what);
  return unit.value.value.groups.slice(1);
})();

test.each([
  ['systemd', toSystemd, fromSystemd, ['kill_process', 'allow', 'errno']],
  ['minijail', toMinijail, fromMinijail, ['kill_process', 'kill_thread']],
] as const)(
  '%s: where nothing is said to be lost, the answers are the same after the way back',
  (_, to, from, defaults) => {
    let whole = 0;
    for (const sample of fc.sample(profiles(defaults), { numRuns: 1500, seed: 3 })) {
      const profile = { ...sample, groups: [...sample.groups, ...IMPLIED] };
      const before = answers(profile);
      const there: Converted<string> = to(profile);
      if (!before || there.lost.length > 0) continue;
      // A unit without any filter line is read as a mistake.
      const back = from(there.value);
      if (!back.ok || back.value.lost.length > 0) {
        expect(there.value).not.toMatch(/SystemCallFilter=|^[a-z0-9]+:/m);
        continue;
      }
      whole++;
      const withArch = { ...back.value.value, architectures: profile.architectures };
      expect({ profile, text: there.value, after: answers(withArch) }).toEqual({
        profile,
        text: there.value,
        after: before,
      });
    }
    expect(whole).toBeGreaterThan(100);
  },
);

test.each([
  ['SystemCallFilter=~clone3\nSystemCallErrorNumber=ENOSYS', { kind: 'errno', value: 38 }],
  ['SystemCallFilter=~clone3:EPERM\nSystemCallErrorNumber=ENOSYS', { kind: 'errno', value: 1 }],
  ['SystemCallFilter=~clone3\nSystemCallFilter=\nSystemCallFilter=~read', { kind: 'allow' }],
  ['SystemCallFilter=read clone3\nSystemCallFilter=~clone3', { kind: 'kill_process' }],
  ['SystemCallFilter=~clone3 read\nSystemCallFilter=clone3', { kind: 'allow' }],
  ['SystemCallFilter=~clone3:EPERM\nSystemCallFilter=~clone3:ENOSYS', { kind: 'errno', value: 38 }],
  ['SystemCallFilter=~clone3:0', { kind: 'errno', value: 0 }],
  ['SystemCallFilter=~clone3:kill\nSystemCallErrorNumber=EPERM', { kind: 'kill_process' }],
  ['SystemCallFilter=~read\nSystemCallFilter=~clone3:4096', { kind: 'allow' }],
  ['SystemCallFilter=~clone3\nSystemCallErrorNumber=1\nSystemCallErrorNumber=kill', { kind: 'kill_process' }],
  ['SystemCallFilter=read clone3:EPERM', { kind: 'kill_process' }],
  ['SystemCallFilter=read clone3\nSystemCallFilter=~clone3:ENOSYS', { kind: 'errno', value: 38 }],
  ['SystemCallFilter=read\nSystemCallFilter=~clone3:ENOSYS\nSystemCallFilter=clone3', { kind: 'allow' }],
] as const)('%j: clone3 is %j', (text, answer) => {
  const read = fromSystemd(text);
  if (!read.ok) throw new Error(read.failure.what);
  const policy = lower(read.value.value, TARGET);
  if (!policy.ok) throw new Error(policy.failure.what);
  expect(decide(policy.value, { abi: 'x86_64', nr: 435, name: 'clone3', args: [] })).toEqual(answer);
});

test('systemd: @default is allowed without being named, unless it is taken out', () => {
  const read = fromSystemd('SystemCallFilter=read\nSystemCallFilter=~execve\n');
  if (!read.ok) throw new Error(read.failure.what);
  const names = read.value.value.groups.flatMap((group) => group.names);
  expect(names).toContain('exit_group');
  expect(names).not.toContain('execve');
  expect(toSystemd({ ...read.value.value, groups: read.value.value.groups.slice(0, 1) }).lost).toEqual([
    expect.stringMatching(/the refusal of .*exit_group.*: systemd allows these/),
  ]);
});

test("systemd's names of architectures, both ways (systemd-analyze verify knows no others)", () => {
  const words =
    'x86 x86-64 x32 arm arm64 loongarch64 mips mips64 mips64-n32 mips-le mips64-le mips64-le-n32 parisc parisc64 ppc ppc64 ppc64-le riscv64 s390 s390x';
  const read = fromSystemd(`SystemCallFilter=~read\nSystemCallArchitectures=${words} bogus`);
  if (!read.ok) throw new Error(read.failure.what);
  expect(read.value.lost).toEqual(["the unknown architecture 'bogus' (line 2)"]);
  expect(toSystemd(read.value.value).value).toContain(`SystemCallArchitectures=${words}\n`);
});

function minijail(text: string): Converted<Profile> {
  const read = fromMinijail(text);
  if (!read.ok) throw new Error(read.failure.what);
  return read.value;
}

test.each([
  // Runtimes would take two comparisons of one argument for alternatives.
  ['read: arg1 >= 1 && arg1 <= 5', "'arg1 >= 1 && arg1 <= 5' for read (line 1)"],
  ['read: arg0 == 0x1ffffffffffffffff', "'arg0 == 0x1ffffffffffffffff' for read (line 1)"],
  ['read: return EFOO', "'return EFOO' for read (line 1): that is no errno"],
  ['read: user-notify', "'user-notify' for read (line 1)"],
  ['read[arch=bogus]: 1', "'read[arch=bogus]' (line 1)"],
])('minijail: %j loses a rule and allows nothing', (text, lost) => {
  expect(minijail(text)).toMatchObject({ value: { groups: [] }, lost: [lost] });
});

test('minijail: numbers as C writes them, lists of names, architectures, the default', () => {
  const { value, lost } = minijail(
    '@default trap\n{getpid, gettid[arch=x86_64,arm64]}: allow\nclose: return 0\n' +
      'setuid: arg0 == -1 || arg0 == 010 || arg0 & 0\n',
  );
  expect(lost).toEqual([]);
  expect(value.defaultAction).toBe('trap');
  expect(
    value.groups.map(({ names, errnoRet, args, includes }) => [
      names,
      errnoRet,
      args[0]?.value,
      includes.arches,
    ]),
  ).toEqual([
    [['getpid'], undefined, undefined, []],
    [['gettid'], undefined, undefined, ['amd64', 'arm64']],
    [['close'], 0, undefined, []],
    [['setuid'], undefined, 0xffffffffffffffffn, []],
    [['setuid'], undefined, 8n, []],
  ]);
  expect(minijail('@denylist\nmount: return 1\n').value.defaultAction).toBe('allow');
});
