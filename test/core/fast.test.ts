import { expect, test } from 'vitest';
import { deniedSomewhere, testedArguments } from '../../src/core/fast.ts';
import { openHost } from '../../src/shell/hosts.ts';

async function host(expression: string) {
  const opened = await openHost(expression);
  if (!opened.ok) throw new Error(opened.failure.what);
  return opened.value;
}

test('fast mode stops at what a host may deny, and at nothing that all allow', async () => {
  const names = deniedSomewhere([await host('docker@19.03.15,arch=x86_64')], 'x86_64');
  for (const denied of ['faccessat2', 'fchmodat2', 'mount', 'unshare', 'clone3', 'personality', 'clone']) {
    expect(names).toContain(denied);
  }
  for (const allowed of ['read', 'write', 'mmap', 'openat', 'close', 'futex'])
    expect(names).not.toContain(allowed);
});

test('several hosts: what any of them denies', async () => {
  const [one, other] = [await host('docker@24.0.9,arch=x86_64'), await host('kernel@3.10,arch=x86_64')];
  const both = deniedSomewhere([one, other], 'x86_64');
  for (const name of [...deniedSomewhere([one], 'x86_64'), ...deniedSomewhere([other], 'x86_64')])
    expect(both).toContain(name);
  expect(deniedSomewhere([other], 'x86_64')).toContain('getrandom');
});

test('unconfined denies nothing; arguments that any profile tests are recorded raw all the same', async () => {
  const free = await host('unconfined,arch=x86_64');
  expect(testedArguments([free], 'x86_64')).toEqual(['clone', 'ipc', 'personality', 'socket', 'socketcall']);
});
