import { expect, test } from 'vitest';
import { fail } from '../../../src/core/failure.ts';
import { resolveHost } from '../../../src/core/hosts/resolve/resolve.ts';
import { sinceWhen } from '../../../src/core/hosts/since.ts';
import { syscallNumber } from '../../../src/core/linux/numbers.ts';
import type { Action } from '../../../src/core/seccomp/profile/action.ts';

const open = (expression: string) =>
  resolveHost(expression, {
    running: { kernel: '6.18', arch: 'x86_64' },
    loadProfile: async () => fail('input', 'no profile here'),
  });

const ENOSYS: Action = { kind: 'errno', value: 38 };
const EPERM: Action = { kind: 'errno', value: 1 };
const ALLOW: Action = { kind: 'allow' };

test.each([
  // moby#42681 and #44563, both from their release notes.
  ['docker@20.10.5', 'docker@24.0.9', 'clone3', undefined, ENOSYS, '20.10.10'],
  ['docker@20.10.5', 'docker@24.0.9', 'socket', [40n], EPERM, '23.0.0'],
  ['docker@24.0.9', 'docker@20.10.5', 'clone3', undefined, EPERM, '20.10.9'],
  [
    'docker@24.0.9,libseccomp=2.6.0',
    'docker@25.0.5,libseccomp=2.6.0',
    'fchmodat2',
    undefined,
    ALLOW,
    '25.0.3',
  ],
  ['docker@20.10.5', 'podman@4.3.1', 'clone3', undefined, ALLOW, undefined],
  ['unconfined', 'docker@24.0.9', 'clone3', undefined, ENOSYS, undefined],
] as const)('from %s to %s: %s', async (from, to, syscall, args, action, since) => {
  const [a, b] = [await open(from), await open(to)];
  if (!a.ok || !b.ok) throw new Error('no such host');
  const call = {
    syscall,
    abi: 'x86_64' as const,
    nr: syscallNumber(syscall, 'x86_64')!,
    action,
    ...(args ? { args: [...args, 0n, 0n, 0n, 0n, 0n] } : {}),
  };
  expect(await sinceWhen({ a: a.value, b: b.value }, [call], open)).toEqual({ ok: true, value: [since] });
});
