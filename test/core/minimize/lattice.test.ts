import { expect, it } from 'vitest';
import type { Denial } from '../../../src/core/documents/denial.ts';
import type { HostModel } from '../../../src/core/hosts/host.ts';
import { hostOf } from '../../../src/core/hosts/model.ts';
import { resolveHost } from '../../../src/core/hosts/resolve/resolve.ts';
import { syscallNumber } from '../../../src/core/linux/numbers.ts';
import { allowlistCandidates, allowlistHost, usedIn } from '../../../src/core/minimize/allowlist.ts';
import { changeHost, choicesOf } from '../../../src/core/minimize/changeHost.ts';
import { candidatesOf } from '../../../src/core/minimize/lattice.ts';
import type { Candidate, Choice } from '../../../src/core/minimize/problem.ts';
import { wholeProfile } from '../../../src/core/minimize/profileDocument.ts';
import { applyPatch, patchOf } from '../../../src/core/minimize/profilePatch.ts';
import { candidatesByCall, testedArguments } from '../../../src/core/minimize/values.ts';
import { lower } from '../../../src/core/seccomp/profile/lower.ts';
import { parseProfile } from '../../../src/core/seccomp/profile/schema.ts';
import type { Call, DistinctCall } from '../../../src/core/strace/grammar/event.ts';
import { trace } from '../diagnosis/fakes.ts';

async function host(expression: string): Promise<HostModel> {
  const found = await resolveHost(expression, {
    running: { kernel: '6.18', arch: 'x86_64' },
    loadProfile: async () => ({ ok: false, failure: { kind: 'input', what: 'none' } }),
  });
  if (!found.ok) throw new Error(found.failure.what);
  return found.value;
}

const call = (name: string, ...args: bigint[]): Call => ({
  abi: 'x86_64',
  nr: syscallNumber(name, 'x86_64')!,
  name,
  args,
});

const denial = (name: string, more: Partial<Denial> = {}): Denial => ({
  syscall: name,
  abi: 'x86_64',
  nr: syscallNumber(name, 'x86_64')!,
  errno: 'EPERM',
  cause: 'default',
  reason: { kind: 'default-action', action: 'EPERM', because: 'no-rule' },
  basis: 'computed',
  count: 1,
  first: { line: 1, pid: 1 },
  sample: '',
  consequence: { effect: 'breaks', basis: 'known', because: 'callers' },
  matters: true,
  ...more,
});

const distinct = (one: Call, outcome: DistinctCall['outcome'] = 'returned'): DistinctCall => ({
  call: one,
  outcome,
  count: 1,
  first: { line: 1, pid: 1 },
  sample: '',
});

const ALLOW: Choice = { kind: 'allow', cost: 1 };
const SILENT: Choice = { kind: 'enosys', cost: 1 };
const answer = (model: HostModel, name: string, ...args: bigint[]) =>
  model.answer(call(name, ...args)).action;

it('offers ENOSYS, then allow, and costs more for what is more dangerous', async () => {
  const docker = await host('docker@20.10.5');
  const [grave, harmless] = candidatesOf([denial('close_range'), denial('bpf')], [], docker);
  expect(harmless!.ladder.map(({ kind }) => kind)).toEqual(['enosys', 'allow']);
  expect(harmless!.ladder[0]!.cost).toBe(grave!.ladder[0]!.cost);
  expect(grave!.ladder[1]!.cost).toBeGreaterThan(harmless!.ladder[1]!.cost);
  expect(harmless!.prior.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1);
});

const levels = (candidates: readonly Candidate[]) =>
  candidates.map(({ name, ladder }) => [name, ...ladder.map(({ kind }) => kind)]);

it('offers no ENOSYS where ENOSYS is the answer', async () => {
  const docker = await host('docker@20.10.24');
  const refused = denial('clone3', { errno: 'ENOSYS', cause: 'rule' });
  expect(levels(candidatesOf([refused], [], docker))).toEqual([['clone3', 'allow']]);
});

it('makes each refused value of a tested argument an element, ENOSYS first', async () => {
  const docker = await host('docker@20.10.24');
  const calls = [call('personality', 0x40000n), call('personality', 0x80000n)];
  const found = candidatesOf([denial('personality')], calls, docker);
  expect(levels(found)).toEqual([
    ['personality(0=262144)', 'enosys-args', 'allow-args'],
    ['personality(0=524288)', 'enosys-args', 'allow-args'],
  ]);
  const known = new Map(found.map((one) => [one.name, one]));
  const at = (first: number, second: number) =>
    changeHost(
      docker,
      choicesOf(new Map([...known.keys()].map((name, i) => [name, [first, second][i]!])), known),
    );
  const [one, other] = [at(2, 1), at(0, 2)];
  expect([0x40000n, 0x80000n, 0n, 0x40001n].map((value) => answer(one, 'personality', value))).toEqual([
    { kind: 'allow' },
    { kind: 'errno', value: 38 },
    { kind: 'allow' },
    { kind: 'errno', value: 1 },
  ]);
  expect(answer(other, 'personality', 0x40000n)).toEqual({ kind: 'errno', value: 1 });
  expect(answer(other, 'personality', 0x80000n)).toEqual({ kind: 'allow' });
  // Those that are known are not found again.
  expect(candidatesOf([denial('personality')], calls, docker, found)).toEqual([]);
});

it('tells the values of a tested mask apart as the profile does', async () => {
  const docker = await host('docker@20.10.24');
  const NEWUSER = 0x10000000n;
  const calls = [call('clone', NEWUSER | 17n), call('clone', NEWUSER | 0x1200011n)];
  const [found, ...more] = candidatesOf([denial('clone')], calls, docker);
  expect([found!.name, more]).toEqual(['clone(0&0x7e020000=0x10000000)', []]);
  const allowed = changeHost(docker, new Map([['clone', found!.ladder[1]!]]));
  expect(answer(allowed, 'clone', NEWUSER | 0x11n)).toEqual({ kind: 'allow' });
  expect(answer(allowed, 'clone', NEWUSER | 0x20000n)).toEqual({ kind: 'errno', value: 1 });
});

it('takes the conditions of the rule that refuses, which then is replaced', async () => {
  const text = {
    defaultAction: 'SCMP_ACT_ALLOW',
    syscalls: [
      { names: ['socket'], action: 'SCMP_ACT_ERRNO', args: [{ index: 0, value: 40, op: 'SCMP_CMP_EQ' }] },
      { names: ['socket'], action: 'SCMP_ACT_ERRNO', args: [{ index: 2, value: 9, op: 'SCMP_CMP_EQ' }] },
    ],
  };
  const parsed = parseProfile(text);
  if (!parsed.ok) throw new Error(parsed.failure.what);
  const docker = await host('docker@24.0.7');
  const model = hostOf(docker.identity, parsed.value, docker.target!);
  if (!model.ok) throw new Error(model.failure.what);
  const calls = [call('socket', 40n, 1n, 0n), call('socket', 16n, 3n, 9n)];
  const found = candidatesOf([denial('socket')], calls, model.value);
  expect(found.map(({ name }) => name)).toEqual(['socket(0=40)', 'socket(2=9)']);
  const changed = changeHost(model.value, new Map([['socket', found[0]!.ladder[1]!]]));
  const rules = changed.policy!.abis.find(({ abi }) => abi === 'x86_64')!.rules.get(call('socket').nr)!;
  expect(rules.map(({ action }) => action.kind)).toEqual(['allow', 'errno']);
});

it('can only allow the whole call where values are not known or too many, and says so', async () => {
  const docker = await host('docker@20.10.24');
  const whole = [['personality', 'allow']];
  const unknown = candidatesOf([denial('personality')], [call('personality')], docker);
  const many = Array.from({ length: 9 }, (_, i) => call('personality', BigInt(i + 100)));
  const tooMany = candidatesOf([denial('personality')], many, docker);
  for (const found of [unknown, tooMany]) {
    expect(levels(found)).toEqual(whole);
    expect(found[0]!.coarse).toBe(true);
  }
  // Also where some are elements already: then beside them.
  const known = candidatesOf([denial('personality')], many.slice(0, 8), docker);
  expect(known).toHaveLength(8);
  const further = candidatesOf([denial('personality')], many.slice(8), docker, known);
  expect(levels(further)).toEqual(whole);
  const cost = known.reduce((sum, { ladder }) => sum + ladder[1]!.cost, 0);
  expect(cost).toBeLessThan(further[0]!.ladder[0]!.cost);
  const all = new Map([...known, ...further].map((one) => [one.name, one]));
  const both = choicesOf(
    new Map([
      ['personality', 1],
      ['personality(0=100)', 1],
    ]),
    all,
  );
  expect(both.get('personality')).toMatchObject({ kind: 'allow', silent: [[{ value: 100n }]] });
  const changed = changeHost(docker, both);
  expect(answer(changed, 'personality', 100n)).toEqual({ kind: 'errno', value: 38 });
  expect(answer(changed, 'personality', 101n)).toEqual({ kind: 'allow' });
});

it('names the arguments that a profile tests', async () => {
  const tested = testedArguments(await host('docker@24.0.7'));
  expect(tested.get('personality')).toEqual([0]);
  expect(tested.get('clone')).toEqual([0]);
  expect(tested.has('openat')).toBe(false);
});

it('knows which elements a call belongs to', async () => {
  const docker = await host('docker@20.10.24');
  const calls = [call('personality', 0x40000n), call('personality', 0x80000n)];
  const of = candidatesByCall(candidatesOf([denial('personality'), denial('bpf')], calls, docker));
  expect(of(calls[0]!)).toEqual(['personality(0=262144)']);
  expect(of(call('personality'))).toHaveLength(2);
  expect(of(call('personality', 0n))).toEqual([]);
  expect(of(call('bpf'))).toEqual(['bpf']);
});

it('changes only what it names, and raises the stub as the real runtime would', async () => {
  const docker = await host('docker@20.10.5,libseccomp=2.5.5');
  const before = answer(docker, 'fchmodat2');
  const above = answer(docker, 'futex_wake');
  expect(above).toEqual({ kind: 'errno', value: 38 });
  const changed = changeHost(docker, new Map([['futex_wait', ALLOW]]));
  expect(answer(changed, 'futex_wait')).toEqual({ kind: 'allow' });
  expect(answer(changed, 'read')).toEqual({ kind: 'allow' });
  expect(before).toEqual({ kind: 'errno', value: 38 });
  // Below the raised stub there is no rule for it: the profile's default.
  expect(answer(changed, 'futex_wake')).toEqual({ kind: 'errno', value: 1 });
  expect(answer(changeHost(docker, new Map([['bpf', SILENT]])), 'bpf')).toEqual({ kind: 'errno', value: 38 });
});

it('writes a whole profile that, lowered again, answers as the changed host', async () => {
  const docker = await host('docker@24.0.9');
  const choices = new Map<string, Choice>([
    ['bpf', SILENT],
    ['userfaultfd', ALLOW],
  ]);
  const whole = wholeProfile(docker, choices);
  if (!whole.ok) throw new Error(whole.failure.what);
  const parsed = parseProfile(JSON.parse(JSON.stringify(whole.value.profile)));
  if (!parsed.ok) throw new Error(parsed.failure.what);
  const lowered = lower(parsed.value, docker.target!);
  if (!lowered.ok) throw new Error(lowered.failure.what);
  const again: HostModel = changeHost({ ...docker, policy: lowered.value }, new Map([['bpf', SILENT]]));
  const changed = changeHost(docker, choices);
  for (const name of ['bpf', 'userfaultfd', 'read', 'mount', 'clone3', 'statx', 'fchmodat2', 'keyctl']) {
    expect([name, answer(again, name)]).toEqual([name, answer(changed, name)]);
  }
});

it('patches a document without touching the rest of it', () => {
  const base = {
    defaultAction: 'SCMP_ACT_ERRNO',
    comment: 'kept',
    syscalls: [
      { names: ['read', 'bpf'], action: 'SCMP_ACT_ALLOW', comment: 'kept too' },
      { names: ['bpf'], action: 'SCMP_ACT_ALLOW', includes: { caps: ['CAP_BPF'] } },
    ],
  };
  const patched = applyPatch(base, patchOf(new Map([['bpf', SILENT]])));
  expect(patched).toEqual({
    defaultAction: 'SCMP_ACT_ERRNO',
    comment: 'kept',
    syscalls: [
      { names: ['read'], action: 'SCMP_ACT_ALLOW', comment: 'kept too' },
      { names: ['bpf'], action: 'SCMP_ACT_ERRNO', errnoRet: 38 },
    ],
  });
});

it('makes an allowlist with conditions only where they are sound', async () => {
  const limit = await host('docker@24.0.9');
  const traces = [
    trace(
      [distinct(call('clone', 0x01200011n)), distinct(call('socket', 1n, 1n, 0n)), distinct(call('read'))],
      { file: 'a' },
    ),
    trace(
      [distinct(call('socket', 2n, 1n, 0n)), distinct(call('statx'), { errno: 'ENOSYS', injected: false })],
      { file: 'b' },
    ),
  ];
  const { used } = usedIn(traces, limit);
  expect(used.map(({ name, origins }) => [name, origins])).toEqual([
    ['clone', ['a']],
    ['read', ['a']],
    ['socket', ['a', 'b']],
  ]);
  const candidates = new Map(allowlistCandidates(used, limit).map((one) => [one.name, one]));
  const bare = allowlistHost(limit, ['x86_64', 'x86'], ['execve']);
  expect([...candidates.keys()]).toEqual(['clone', 'read', 'socket(AF_UNIX)', 'socket(AF_INET)']);
  const allowing = (...names: readonly string[]) =>
    changeHost(bare, choicesOf(new Map(names.map((name) => [name, 1])), candidates));
  const list = allowing(...candidates.keys());
  // Each family can be left out by itself.
  const local = allowing('socket(AF_UNIX)');
  expect(answer(local, 'socket', 1n, 1n, 0n)).toEqual({ kind: 'allow' });
  expect(answer(local, 'socket', 2n, 1n, 0n)).toEqual({ kind: 'errno', value: 38 });
  const silent = { kind: 'errno', value: 38 };
  expect(answer(list, 'execve')).toEqual({ kind: 'allow' });
  expect(answer(list, 'read')).toEqual({ kind: 'allow' });
  expect(answer(list, 'statx')).toEqual(silent);
  expect(answer(list, 'socket', 2n, 1n, 0n)).toEqual({ kind: 'allow' });
  expect(answer(list, 'socket', 38n, 5n, 0n)).toEqual(silent);
  expect(answer(list, 'clone', 0x01200011n)).toEqual({ kind: 'allow' });
  // CLONE_NEWUSER was not seen.
  expect(answer(list, 'clone', 0x10000011n)).toEqual(silent);
});
