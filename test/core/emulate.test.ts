import { describe, expect, test } from 'vitest';
import { type Emulation, emulate } from '../../src/core/hosts/emulation/emulate.ts';
import { resolveHost } from '../../src/core/hosts/resolve/resolve.ts';
import type { Abi } from '../../src/core/linux/abi.ts';
import { syscallNumber } from '../../src/core/linux/numbers.ts';
import { verify } from '../../src/core/seccomp/filter/verify.ts';
import { decide } from '../../src/core/seccomp/profile/evaluate.ts';
import { parseProfile } from '../../src/core/seccomp/profile/schema.ts';

const RUNNING = { arch: 'x86_64', kernel: { major: 6, minor: 12 } } as const;

async function emulation(expression: string, profile?: object): Promise<Emulation> {
  const host = await resolveHost(expression, {
    running: { kernel: '6.12', arch: 'x86_64' },
    loadProfile: () => Promise.resolve({ ok: true, value: profile }),
  });
  if (!host.ok) throw new Error(host.failure.what);
  const emulated = emulate(host.value, RUNNING);
  if (!emulated.ok) throw new Error(emulated.failure.what);
  expect(verify(emulated.value.program).ok).toBe(true);
  return emulated.value;
}

function answer({ policy }: Emulation, name: string, abi: Abi = 'x86_64', args: readonly bigint[] = []) {
  const action = decide(policy, { abi, nr: syscallNumber(name, abi)!, name, args });
  return action.kind === 'errno' ? action.value : action.kind;
}

describe('emulate', () => {
  test('the same architecture: the filter first, then what an older kernel lacks', async () => {
    const old = await emulation('docker@20.10.10,kernel=5.4');
    expect(answer(old, 'openat2')).toBe(38);
    expect(answer(old, 'faccessat2')).toBe(38);
    expect(answer(old, 'read')).toBe('allow');
    // clone3 came with Linux 5.3; this filter refuses it, and is asked before the kernel.
    expect(answer(await emulation('docker@20.10.5,kernel=5.2'), 'clone3')).toBe(1);
    const now = await emulation('docker@20.10.10,kernel=6.12');
    expect(answer(now, 'openat2')).toBe('allow');
  });

  test('a kernel without a filter', async () => {
    const old = await emulation('kernel@5.4');
    expect(answer(old, 'close_range')).toBe(38);
    expect(answer(old, 'close_range', 'x86')).toBe(38);
    expect(answer(old, 'clone3')).toBe('allow');
    expect(decide(old.policy, { abi: 'riscv64', nr: 0, name: '', args: [] }).kind).toBe('allow');
  });

  test('gVisor answers ENOSYS by its own table', async () => {
    const sentry = await emulation('gvisor@20240101');
    expect(answer(sentry, 'copy_file_range')).toBe(38);
    expect(answer(sentry, 'execve')).toBe('allow');
  });

  test('another architecture is carried over by name, and that is said', async () => {
    const arm = await emulation('docker@24.0.9,arch=arm');
    expect(arm.notes.join()).toContain('judged by name');
    // EPERM on 32-bit ARM (moby#46762), ENOSYS on x86_64.
    expect(answer(arm, 'fchmodat2')).toBe(1);
    expect(answer(await emulation('docker@24.0.9,arch=x86_64'), 'fchmodat2')).toBe(38);
    // No such call there: the program would have made another.
    expect(answer(arm, 'arch_prctl')).toBe('allow');
  });

  test('conditions come along', async () => {
    const host = await emulation('docker@24.0.9,kernel=6.1');
    expect(answer(host, 'personality', 'x86_64', [8n])).toBe('allow');
    expect(answer(host, 'personality', 'x86_64', [9n])).toBe(1);
  });

  test('a newer kernel than the one running is said', async () => {
    const host = await resolveHost('kernel@6.12', {
      running: { kernel: '5.4', arch: 'x86_64' },
      loadProfile: () => Promise.reject(new Error('none')),
    });
    if (!host.ok) throw new Error('host');
    const emulated = emulate(host.value, { arch: 'x86_64', kernel: { major: 5, minor: 4 } });
    expect(emulated.ok && emulated.value.notes.join()).toContain('answer ENOSYS here');
  });

  test('a filter under which nothing can start is refused', async () => {
    const profile = {
      defaultAction: 'SCMP_ACT_ERRNO',
      syscalls: [{ names: ['read'], action: 'SCMP_ACT_ALLOW' }],
    };
    expect(parseProfile(profile).ok).toBe(true);
    const host = await resolveHost('profile:./p.json', {
      running: { kernel: '6.12', arch: 'x86_64' },
      loadProfile: () => Promise.resolve({ ok: true, value: profile }),
    });
    if (!host.ok) throw new Error(host.failure.what);
    expect(emulate(host.value, RUNNING)).toMatchObject({ ok: false, failure: { kind: 'undecided' } });
  });
});
