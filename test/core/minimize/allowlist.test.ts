import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { refusal } from '../../../src/core/diagnosis/errno.ts';
import type { HostModel } from '../../../src/core/hosts/host.ts';
import { resolveHost } from '../../../src/core/hosts/resolve/resolve.ts';
import { syscallNames, syscallNumber } from '../../../src/core/linux/numbers.ts';
import {
  ALWAYS,
  allowlistCandidates,
  allowlistHost,
  furtherEntries,
  usedIn,
} from '../../../src/core/minimize/allowlist.ts';
import { learntConditions } from '../../../src/core/minimize/allowlistConditions.ts';
import { changeHost, choicesOf } from '../../../src/core/minimize/changeHost.ts';
import { coverageOf } from '../../../src/core/minimize/coverage.ts';
import { escapesOf } from '../../../src/core/minimize/escape.ts';
import { grantOf } from '../../../src/core/minimize/grant.ts';
import { newErrors } from '../../../src/core/minimize/newErrors.ts';
import { wholeProfile } from '../../../src/core/minimize/profileDocument.ts';
import { anyRuntimeNeeds, measuredNeeds, runtimeNeeds } from '../../../src/core/minimize/runtimeNeeds.ts';
import type { Call, TraceSummary } from '../../../src/core/strace/grammar/event.ts';

const NEWUSER = 0x10000000n;
const THREAD = 0x3d0f00n;

async function host(expression: string): Promise<HostModel> {
  const found = await resolveHost(`${expression},arch=x86_64`, {
    running: { kernel: '6.18', arch: 'x86_64' },
    loadProfile: async () => ({ ok: false, failure: { kind: 'input', what: 'none' } }),
  });
  if (!found.ok) throw new Error(found.failure.what);
  return found.value;
}

const call = (name: string, ...args: readonly bigint[]): Call => ({
  nr: syscallNumber(name, 'x86_64')!,
  abi: 'x86_64',
  name,
  args,
});

const trace = (file: string, calls: readonly Call[]) =>
  ({
    file,
    calls: calls.map((one) => ({ call: one, outcome: 'returned', count: 1 })),
  }) as unknown as TraceSummary;

/** The host of an allowlist with every candidate at its first level that lets something through. */
function listOf(limit: HostModel, calls: readonly Call[], level: 'first' | 'last' = 'first') {
  const { used, refused } = usedIn([trace('a', calls)], limit);
  const candidates = new Map(allowlistCandidates(used, limit).map((one) => [one.name, one]));
  const bare = allowlistHost(limit, ['x86_64', 'x86'], anyRuntimeNeeds());
  const levels = [...candidates].map(
    ([name, { ladder }]) => [name, level === 'first' ? 1 : ladder.length] as const,
  );
  const choices = choicesOf(new Map(levels), candidates);
  return { list: changeHost(bare, choices), bare, choices, refused };
}

const passes = (model: HostModel, one: Call) => refusal(model.answer(one).action) === undefined;

describe('an allowlist', () => {
  const limits: HostModel[] = [];
  beforeAll(async () => {
    for (const expression of [
      'docker@20.10.5',
      'docker@24.0.9',
      'docker@29.7.2',
      'podman@4.3.1',
      'containerd@1.6.20',
    ])
      limits.push(await host(expression));
  });

  it('grants no more than the host, whatever was called and whatever the runtime needs', () => {
    const names = syscallNames().filter(
      // The kernel makes a program do uprobe and uretprobe, and lets them pass every filter.
      (name) => syscallNumber(name, 'x86_64') !== undefined && !/^u(?:ret)?probe$/.test(name),
    );
    const argument = fc.oneof(
      fc.constantFrom(
        0n,
        1n,
        2n,
        7n,
        38n,
        40n,
        16n,
        8n,
        NEWUSER,
        NEWUSER | 17n,
        0x20000n,
        THREAD,
        0xffffffffn,
      ),
      fc.bigInt({ min: 0n, max: 0xffffffffn }),
    );
    const calls = fc
      .tuple(
        fc.oneof(
          fc.constantFrom(...names),
          fc.constantFrom('clone', 'socket', 'personality', 'prctl', 'mmap'),
        ),
        argument,
        argument,
        argument,
      )
      .map(([name, ...args]) => call(name, ...args, 0n, 0n, 0n));
    fc.assert(
      fc.property(
        fc.nat(),
        fc.array(calls, { maxLength: 8 }),
        fc.array(calls, { minLength: 20, maxLength: 20 }),
        fc.boolean(),
        (at, seen, asked, first) => {
          const limit = limits[at % limits.length]!;
          const { list } = listOf(limit, seen, first ? 'first' : 'last');
          for (const one of [...seen, ...asked]) {
            if (ALWAYS.includes(one.name) || !passes(list, one)) continue;
            expect(passes(limit, one), `${one.name}(${one.args}) on ${limit.identity.expression}`).toBe(true);
          }
          // What was called and the host lets through is let through.
          for (const one of seen)
            if (passes(limit, one)) expect(passes(list, one), `${one.name}(${one.args})`).toBe(true);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('lets the runtime make threads but no namespaces, and answers ENOSYS to clone3', () => {
    const { bare } = listOf(limits[1]!, []);
    expect(passes(bare, call('clone', THREAD))).toBe(true);
    expect(refusal(bare.answer(call('clone', NEWUSER)).action)).toBe('ENOSYS');
    expect(refusal(bare.answer(call('clone3', 0n)).action)).toBe('ENOSYS');
    expect(passes(bare, call('mmap', 0n, 4096n, 7n))).toBe(false);
    const unlimited = {
      ...limits[1]!,
      policy: undefined,
      answer: () => ({ action: { kind: 'allow' } }),
    } as unknown as HostModel;
    expect(passes(allowlistHost(unlimited, ['x86_64'], ['clone']), call('clone', NEWUSER))).toBe(false);
  });

  it('always lets a process end, return from a signal and go on after a stop', () => {
    const bare = allowlistHost(limits[1]!, ['x86_64', 'x86'], []);
    for (const name of ['exit', 'exit_group', 'rt_sigreturn', 'restart_syscall'])
      expect(passes(bare, call(name)), name).toBe(true);
    expect(passes(bare, call('read'))).toBe(false);
  });

  it('names calls that the host refuses, and leaves them out', () => {
    const { list, refused } = listOf(limits[1]!, [
      call('unshare', NEWUSER),
      call('clone', NEWUSER),
      call('clone', 17n),
      call('getppid'),
    ]);
    expect(refused).toEqual([
      { name: 'clone', count: 1 },
      { name: 'unshare', count: 1 },
    ]);
    expect(passes(list, call('unshare', NEWUSER))).toBe(false);
    expect(passes(list, call('clone', 17n))).toBe(true);
  });

  it('takes up what only shows in a run under the list, within the same limits', () => {
    const [, limit] = limits as [HostModel, HostModel];
    const seen = [call('unshare', NEWUSER), call('brk'), call('clone', NEWUSER | 17n), call('socket', 1n)];
    const first = furtherEntries(seen, limit, []);
    expect(first.map(({ name }) => name)).toEqual(['brk', 'socket']);
    expect(furtherEntries(seen, limit, first)).toEqual([]);
  });

  it('learns arguments where they matter', () => {
    const { list } = listOf(limits[1]!, [
      call('ioctl', 1n, 0x5401n),
      call('ioctl', 1n, 0x5413n),
      call('prctl', 15n),
      call('mprotect', 0n, 1n, 1n),
      call('mprotect', 0n, 1n, 3n),
      call('mmap', 0n, 1n, 5n),
      call('mmap', 0n, 1n, 3n),
    ]);
    expect([0x5401n, 0x5413n, 0x5412n].map((request) => passes(list, call('ioctl', 7n, request)))).toEqual([
      true,
      true,
      false,
    ]);
    // The kernel takes an int: what a register holds above it says nothing.
    expect(passes(list, call('ioctl', 7n, 0xffffffff00005401n))).toBe(true);
    // Memory that was never seen executable is not made so; what is, is not writable too.
    expect([1n, 3n, 5n, 7n].map((prot) => passes(list, call('mprotect', 0n, 1n, prot)))).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect([1n, 3n, 5n, 7n].map((prot) => passes(list, call('mmap', 0n, 1n, prot)))).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  it('gives no condition where a value is not known, where they are too many, or memory is writable and executable', () => {
    expect(learntConditions('ioctl', [call('ioctl', 1n)])).toEqual([]);
    expect(
      learntConditions(
        'ioctl',
        Array.from({ length: 33 }, (_, i) => call('ioctl', 1n, BigInt(i))),
      ),
    ).toEqual([]);
    expect(learntConditions('mmap', [call('mmap', 0n, 1n, 7n)])).toEqual([]);
    expect(learntConditions('openat', [call('openat', 1n)])).toEqual([]);
    expect(learntConditions('mmap', [{ ...call('mmap', 0n, 1n, 1n), abi: 'x86' }])).toEqual([]);
  });

  it('is written so that its host loads it, with its conditions', () => {
    for (const limit of limits) {
      const { list, bare, choices } = listOf(limit, [
        call('ioctl', 1n, 0x5401n),
        call('mprotect', 0n, 1n, 5n),
        call('mprotect', 0n, 1n, 3n),
        call('socket', 1n),
      ]);
      const whole = wholeProfile(bare, choices);
      if (!whole.ok) throw new Error(whole.failure.what);
      const { loaded, unmet, form } = whole.value;
      expect(unmet, limit.identity.expression).toEqual([]);
      // Which errno other values get is no reason for a filter that a tracer can lift.
      expect(form).toBe('rule');
      for (const one of [
        call('ioctl', 1n, 0x5402n),
        call('ioctl', 1n, 0x5401n),
        call('mprotect', 0n, 1n, 7n),
        call('mprotect', 0n, 1n, 5n),
        call('socket', 2n),
        call('socket', 1n),
        call('clone', NEWUSER),
        call('clone', THREAD),
        call('restart_syscall'),
      ])
        expect(passes(loaded!, one), `${one.name} ${one.args} on ${limit.identity.expression}`).toBe(
          passes(list, one),
        );
    }
  });

  it('knows what a host grants of a call', async () => {
    const [, docker] = limits as [HostModel, HostModel];
    expect(grantOf(docker, 'read', 'x86_64')).toEqual({ kind: 'all' });
    expect(grantOf(docker, 'bpf', 'x86_64')).toEqual({ kind: 'none' });
    expect(grantOf(docker, 'clone', 'x86_64')).toMatchObject({
      kind: 'some',
      when: [[{ value: 0x7e020000n }]],
    });
    expect(grantOf(docker, 'personality', 'x86_64')).toMatchObject({ kind: 'some', when: { length: 5 } });
    expect(grantOf(docker, 'read', 'aarch64')).toEqual({ kind: 'none' });
  });
});

describe('what is named beside an allowlist', () => {
  it('names the known ways out that it leaves open', async () => {
    const docker = await host('docker@24.0.9');
    const { list } = listOf(docker, [call('ptrace', 0n)]);
    expect(escapesOf(list).map(({ syscall, route }) => [syscall, route])).toEqual([
      ['ptrace', 'other processes'],
    ]);
    const unconfined = { ...docker, answer: () => ({ action: { kind: 'allow' } }) } as unknown as HostModel;
    const routes = escapesOf(unconfined).map(({ syscall }) => syscall);
    for (const name of [
      'clone',
      'clone3',
      'unshare',
      'io_uring_setup',
      'keyctl',
      'bpf',
      'ptrace',
      'userfaultfd',
    ])
      expect(routes).toContain(name);
    // Of a change, those that the host has open already are not its doing.
    expect(escapesOf(unconfined, unconfined)).toEqual([]);
  });

  it('says how far traces agree', () => {
    const used = [
      { name: 'read', origins: ['a', 'b'] },
      { name: 'statx', origins: ['a'] },
      { name: 'poll', origins: ['b'] },
    ];
    expect(coverageOf(used, 2)).toEqual({
      traces: 2,
      entries: 3,
      inEveryTrace: 1,
      inOneTrace: ['statx', 'poll'],
      expectedNew: 1,
    });
  });

  it('finds errors in the output that no run without a filter printed', () => {
    const before = ['ok in 12 ms\nerror: retry 3 of 5', 'warning: pid 77'];
    expect(newErrors(before, 'ok in 13 ms\nerror: retry 4 of 5\nwarning: pid 9')).toEqual([]);
    expect(
      newErrors(before, 'ok\n poll: Function not implemented\npoll: Function not implemented\nfine'),
    ).toEqual(['poll: Function not implemented']);
    expect(
      newErrors([], Array.from({ length: 9 }, (_, i) => `error ${'x'.repeat(i)}`).join('\n')),
    ).toHaveLength(3);
  });

  it('allows for a runtime what it was measured to need, and for another version all that was seen', () => {
    const runc = runtimeNeeds('runc', '1.1.5+ds1', false)!;
    expect(runc).toMatchObject({ measured: 'runc 1.1.5', exact: true });
    expect(runc.names).toContain('capset');
    expect(runc.names).toContain('clone');
    expect(runc.names).not.toContain('epoll_ctl');
    const other = runtimeNeeds('runc', '1.3.0', false)!;
    expect(other).toMatchObject({ exact: false });
    expect(other.names).toContain('epoll_ctl');
    expect(runtimeNeeds('youki', '1.0', false)).toBeUndefined();
    for (const { names } of [runc, other]) expect(names).not.toContain('clone3');
    // Each was put to the test.
    for (const row of measuredNeeds()) expect(row.needed).toContain('execve');
  });
});
