import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { fail, ok } from '../../../src/core/failure.ts';
import { resolveHost } from '../../../src/core/hosts/resolve/resolve.ts';
import { sandboxTable } from '../../../src/core/hosts/sandboxTable.ts';
import type { Abi } from '../../../src/core/linux/abi.ts';
import { errnoName } from '../../../src/core/linux/errno.ts';
import { syscallNumber } from '../../../src/core/linux/numbers.ts';

const surroundings = (unit: string) => ({
  running: { kernel: '6.18', arch: 'x86_64' as const },
  loadProfile: async () => fail('input', 'no profile here'),
  loadText: async (path: string) => (path === 'u.service' ? ok(unit) : fail('input', 'no unit here')),
});

async function open(unit: string, more = '') {
  const host = await resolveHost(`systemd-unit:u.service${more}`, surroundings(unit));
  if (!host.ok) throw new Error(host.failure.what);
  const ask = (name: string, abi: Abi = 'x86_64'): string => {
    const { action } = host.value.answer({ abi, nr: syscallNumber(name, abi)!, name, args: [] });
    return action.kind === 'errno' ? errnoName(action.value)! : action.kind;
  };
  return { identity: host.value.identity, ask };
}

test('groups are written out, taken out again, and answered with the errno of the unit', async () => {
  const { ask, identity } = await open(
    '[Service]\nSystemCallFilter=@system-service\nSystemCallFilter=~@privileged \\\n  @resources\nSystemCallErrorNumber=EACCES\n',
  );
  expect(
    ['read', 'openat', 'mount', 'chown', 'setpriority', 'clock_gettime'].map((name) => ask(name)),
  ).toEqual(['allow', 'allow', 'EACCES', 'EACCES', 'EACCES', 'allow']);
  // Without SystemCallArchitectures= the list is of every architecture.
  expect([ask('read', 'x86'), ask('mount', 'x86')]).toEqual(['allow', 'EACCES']);
  expect(identity).toMatchObject({ engine: 'systemd-unit', version: '252', runtime: 'none' });
  expect(identity.notes.join()).toMatch(/groups of SystemCallFilter= are those of systemd 252/);
});

test('a deny list with an errno of its own, native programs only, and what is not modelled', async () => {
  const { ask, identity } = await open(
    'SystemCallFilter=~@mount:ENOSYS ptrace\nSystemCallArchitectures=native\nMemoryDenyWriteExecute=yes\nPrivateDevices=no\n',
  );
  expect(['mount', 'ptrace', 'read'].map((name) => ask(name))).toEqual(['ENOSYS', 'kill_process', 'allow']);
  expect(ask('read', 'x86')).toBe('kill_thread');
  expect(identity.notes).toContain('the filters of MemoryDenyWriteExecute are not modelled');
});

test('what libseccomp does not know is not in the list', async () => {
  const unit = 'SystemCallFilter=fchmodat2 exit\nSystemCallErrorNumber=EPERM';
  expect((await open(unit, ',libseccomp=2.5.4')).ask('fchmodat2')).toBe('EPERM');
  expect((await open(unit, ',libseccomp=2.5.5')).ask('fchmodat2')).toBe('allow');
});

test('a unit without a filter, and one that is not there', async () => {
  const none = await resolveHost('systemd-unit:u.service', surroundings('[Service]\nType=simple\n'));
  expect(none).toMatchObject({ ok: false, failure: { where: { file: 'u.service' } } });
  expect(await resolveHost('systemd-unit:x.service', surroundings(''))).toMatchObject({ ok: false });
});

const analyze = spawnSync('systemd-analyze', ['--version'], { encoding: 'utf8' });
const installed = /^systemd (\d+)/.exec(analyze.stdout ?? '')?.[1];

test.runIf(installed !== undefined && sandboxTable().systemd[installed])(
  'the groups are what the installed systemd says',
  () => {
    const groups = sandboxTable().systemd[installed!]!;
    for (const [name, members] of Object.entries(groups)) {
      const said = spawnSync('systemd-analyze', ['syscall-filter', name], { encoding: 'utf8' }).stdout;
      const listed = said.split('\n').flatMap((line) => /^ {4}([@\w-]+)$/.exec(line)?.[1] ?? []);
      expect(members, name).toEqual(listed);
    }
  },
);
