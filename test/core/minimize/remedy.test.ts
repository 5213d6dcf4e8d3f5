import { expect, it } from 'vitest';
import { blockedOn } from '../../../src/core/diagnosis/blocked.ts';
import { bySeverity, isFinding } from '../../../src/core/documents/severity.ts';
import { decisive, remedyFor } from '../../../src/core/minimize/remedy.ts';
import { TraceReader } from '../../../src/core/strace/fast/reader.ts';
import { openHost } from '../../../src/io/machine/hosts.ts';

const CALLS = {
  faccessat2: 'faccessat2(AT_FDCWD, "bin", X_OK, AT_EACCESS) = 0',
  clone3: 'clone3({flags=CLONE_VM|CLONE_VFORK, exit_signal=SIGCHLD}, 88) = 8',
  unshare: 'unshare(CLONE_NEWUSER) = 0',
  fchmodat2: 'fchmodat2(AT_FDCWD, "a", 0755, AT_SYMLINK_NOFOLLOW) = 0',
} as const;

async function remedy(host: string, names: readonly (keyof typeof CALLS)[]) {
  const opened = await openHost(`${host},kernel=6.18`);
  if (!opened.ok) throw new Error(opened.failure.what);
  const reader = new TraceReader({ file: 'x' });
  const lines = ['execve("/usr/bin/a", ["a"], 0x7ffd /* 2 vars */) = 0', ...names.map((name) => CALLS[name])];
  reader.push(new TextEncoder().encode(lines.map((line) => `7 ${line}\n`).join('')));
  const traces = [reader.end()];
  const refused = blockedOn(traces, opened.value).filter(isFinding).sort(bySeverity);
  return { ...(await remedyFor(refused, opened.value, traces)), decides: decisive(refused) };
}

it('allows a call where the engine drops the errno of a rule', async () => {
  // Docker reads errnoRet of a profile since 20.10.10.
  expect(await remedy('docker@20.10.9,arch=x86_64', ['clone3'])).toMatchObject({
    upgrade: { product: 'Docker', version: '20.10.10' },
    today: { allow: ['clone3'], enosys: [] },
    noRule: [],
  });
});

it('returns ENOSYS where that reaches the filter and is enough', async () => {
  const { today, noRule } = await remedy('docker@24.0.9,libseccomp=2.6.0,arch=arm', ['fchmodat2']);
  expect(today).toEqual({ allow: [], enosys: ['fchmodat2'] });
  expect(noRule).toEqual([]);
});

it('names the version that cures all of the calls, and the libseccomp that they need', async () => {
  const calls = ['faccessat2', 'clone3'] as const;
  const { upgrade, today, noRule } = await remedy('docker@19.03.15,libseccomp=2.3.3,arch=x86_64', calls);
  expect(upgrade).toEqual({ product: 'Docker', version: '20.10.10', libseccomp: '2.4.4' });
  // No rule for a name that libseccomp skips.
  expect(today).toEqual({ allow: [], enosys: [] });
  expect(noRule.toSorted()).toEqual(['clone3', 'faccessat2']);
});

it('names the calls that an upgrade covers where it does not cover all', async () => {
  const { upgrade, today } = await remedy('docker@20.10.5,arch=x86_64', ['unshare', 'clone3']);
  expect(upgrade).toEqual({ product: 'Docker', version: '20.10.10', syscalls: ['clone3'] });
  expect(today.allow).toContain('unshare');
});

it('is about what breaks, and about what may matter only where nothing breaks', async () => {
  const names = async (calls: readonly (keyof typeof CALLS)[]) =>
    (await remedy('docker@20.10.5,arch=x86_64', calls)).decides.map(({ syscall }) => syscall);
  expect(await names(['unshare', 'clone3'])).toEqual(['clone3']);
  expect(await names(['unshare'])).toEqual(['unshare']);
});
