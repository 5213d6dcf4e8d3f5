import { expect, it } from 'vitest';
import type { Denial } from '../../../src/core/documents/denial.ts';
import type { HostModel } from '../../../src/core/hosts/host.ts';
import { resolveHost } from '../../../src/core/hosts/resolve/resolve.ts';
import { syscallNumber } from '../../../src/core/linux/numbers.ts';
import { allowlistCandidates, allowlistHost, usedIn } from '../../../src/core/minimize/allowlist.ts';
import { changeHost, choicesOf } from '../../../src/core/minimize/changeHost.ts';
import { candidateOf, furtherValues } from '../../../src/core/minimize/lattice.ts';
import type { Choice } from '../../../src/core/minimize/problem.ts';
import { applyPatch, patchOf, wholeProfile } from '../../../src/core/minimize/profileDocument.ts';
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
  const harmless = candidateOf('close_range', [denial('close_range')], [], docker);
  const grave = candidateOf('bpf', [denial('bpf')], [], docker);
  expect(harmless.ladder.map(({ kind }) => kind)).toEqual(['enosys', 'allow']);
  expect(harmless.ladder[0]!.cost).toBe(grave.ladder[0]!.cost);
  expect(grave.ladder[1]!.cost).toBeGreaterThan(harmless.ladder[1]!.cost);
  expect(harmless.prior.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1);
});

it('offers no ENOSYS where ENOSYS is the answer, and conditions where the profile tests arguments', async () => {
  const docker = await host('docker@20.10.24');
  const silent = candidateOf('clone3', [denial('clone3', { errno: 'ENOSYS', cause: 'rule' })], [], docker);
  expect(silent.ladder.map(({ kind }) => kind)).toEqual(['allow']);
  const personality = candidateOf(
    'personality',
    [denial('personality')],
    [distinct(call('personality', 0x40000n))],
    docker,
  );
  expect(personality.ladder.map(({ kind }) => kind)).toEqual(['allow-args', 'allow']);
  expect(personality.ladder[0]!.when).toEqual([[{ index: 0, op: 'EQ', value: 0x40000n, valueTwo: 0n }]]);
  const changed = changeHost(docker, new Map([['personality', personality.ladder[0]!]]));
  expect(answer(changed, 'personality', 0x40000n)).toEqual({ kind: 'allow' });
  expect(answer(changed, 'personality', 0n)).toEqual({ kind: 'allow' });
  expect(answer(changed, 'personality', 0x40001n)).toEqual({ kind: 'errno', value: 1 });
});

it('allows a call as a whole where one of its candidates says so, whatever the others say', async () => {
  const docker = await host('docker@20.10.24');
  const calls = [0x40000n, 0x80000n].map((value) => distinct(call('personality', value)));
  const whole = candidateOf('personality', [denial('personality')], calls.slice(0, 1), docker);
  const further = furtherValues([denial('personality')], calls, docker, [whole]);
  expect(further.map(({ name, ladder }) => [name, ladder.map(({ kind }) => kind)])).toEqual([
    ['personality(0=524288)', ['allow-args']],
  ]);
  const known = new Map([whole, ...further].map((one) => [one.name, one]));
  const chosen = (level: number) =>
    choicesOf(
      new Map([
        ['personality', level],
        ['personality(0=524288)', 1],
      ]),
      known,
    ).get('personality');
  expect(chosen(1)).toMatchObject({
    kind: 'allow-args',
    when: [[{ value: 0x40000n }], [{ value: 0x80000n }]],
  });
  expect(chosen(2)!.kind).toBe('allow');
  expect(furtherValues([denial('personality')], calls, docker, [...known.values()])).toEqual([]);
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
  const used = usedIn([
    trace(
      [distinct(call('clone', 0x01200011n)), distinct(call('socket', 1n, 1n, 0n)), distinct(call('read'))],
      { file: 'a' },
    ),
    trace(
      [distinct(call('socket', 2n, 1n, 0n)), distinct(call('statx'), { errno: 'ENOSYS', injected: false })],
      { file: 'b' },
    ),
  ]);
  expect(used.map(({ name, origins }) => [name, origins])).toEqual([
    ['clone', ['a']],
    ['read', ['a']],
    ['socket', ['a', 'b']],
  ]);
  const candidates = new Map(allowlistCandidates(used).map((one) => [one.name, one]));
  const bare = allowlistHost(await host('docker@24.0.9'), ['x86_64', 'x86'], ['execve']);
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
