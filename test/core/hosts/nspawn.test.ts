import { expect, test } from 'vitest';
import { fail } from '../../../src/core/failure.ts';
import { resolveHost } from '../../../src/core/hosts/resolve/resolve.ts';
import type { Abi } from '../../../src/core/linux/abi.ts';
import { errnoName } from '../../../src/core/linux/errno.ts';
import { syscallNumber } from '../../../src/core/linux/numbers.ts';

const SURROUNDINGS = {
  running: { kernel: '6.18', arch: 'x86_64' as const },
  loadProfile: async () => fail('input', 'no profile here'),
};

async function open(expression: string) {
  const host = await resolveHost(expression, SURROUNDINGS);
  if (!host.ok) throw new Error(host.failure.what);
  const ask = (call: string | number, args: readonly bigint[] = [], abi: Abi = 'x86_64'): string => {
    const nr = typeof call === 'number' ? call : syscallNumber(call, abi)!;
    const { action } = host.value.answer({ abi, nr, name: String(call), args });
    return action.kind === 'errno' ? errnoName(action.value)! : action.kind;
  };
  return { identity: host.value.identity, ask };
}

test('what systemd knows and does not allow is EPERM, everything else ENOSYS', async () => {
  const { ask, identity } = await open('systemd-nspawn@252');
  expect(['mount', 'ptrace', 'keyctl', 'clock_settime', 'bpf', 'listns'].map((name) => ask(name))).toEqual([
    'allow',
    'allow',
    'EPERM',
    'EPERM',
    'EPERM',
    'ENOSYS',
  ]);
  expect([ask('mount', [], 'x86'), ask('keyctl', [], 'x86'), ask(999, [], 'x86')]).toEqual([
    'allow',
    'EPERM',
    'ENOSYS',
  ]);
  expect(identity).toMatchObject({ engine: 'systemd-nspawn', version: '252', runtime: 'none' });
  expect(identity.assumed).toEqual(['libseccomp', 'kernel', 'arch', 'caps']);
});

test('audit is a protocol that the kernel is said to lack', async () => {
  const { ask } = await open('nspawn');
  expect([ask('socket', [16n, 3n, 9n]), ask('socket', [16n, 3n, 0n]), ask('socket', [2n, 1n, 9n])]).toEqual([
    'EAFNOSUPPORT',
    'allow',
    'allow',
  ]);
});

test('capabilities bring their calls along', async () => {
  const { ask } = await open('systemd-nspawn@252,cap=SYS_TIME+SYSLOG+-SYS_PTRACE');
  expect(['clock_settime', 'syslog', 'ptrace', 'init_module'].map((name) => ask(name))).toEqual([
    'allow',
    'allow',
    'EPERM',
    'EPERM',
  ]);
});

test('a name that this libseccomp does not know is ENOSYS, and before 247 whatever is not allowed is EPERM', async () => {
  expect((await open('systemd-nspawn@252,libseccomp=2.5.4')).ask('fchmodat2')).toBe('ENOSYS');
  expect((await open('systemd-nspawn@252,libseccomp=2.5.5')).ask('fchmodat2')).toBe('allow');
  const { ask, identity } = await open('systemd-nspawn@241,libseccomp=2.4.1');
  expect(ask('openat2')).toBe('EPERM');
  expect(identity.assumed).toContain('version');
  expect(identity.notes.join()).toContain(
    'the calls that systemd-nspawn 241 knows are taken to be those of 252',
  );
});

test('a version that is none', async () => {
  expect(await resolveHost('systemd-nspawn@sid', SURROUNDINGS)).toMatchObject({
    ok: false,
    failure: { what: "'sid' is not a version of systemd" },
  });
});
