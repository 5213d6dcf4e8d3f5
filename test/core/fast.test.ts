import { expect, test } from 'vitest';
import { callsInQuestion } from '../../src/core/hosts/fast.ts';
import type { HostModel } from '../../src/core/hosts/host.ts';
import { openHost } from '../../src/io/machine/hosts.ts';

async function host(expression: string) {
  const opened = await openHost(expression);
  if (!opened.ok) throw new Error(opened.failure.what);
  return opened.value;
}

test('fast mode stops at what a host may deny, and at nothing that all allow', async () => {
  const names = callsInQuestion([await host('docker@19.03.15,arch=x86_64')], 'x86_64').denied;
  for (const denied of ['faccessat2', 'fchmodat2', 'mount', 'unshare', 'clone3', 'personality', 'clone']) {
    expect(names).toContain(denied);
  }
  for (const allowed of ['read', 'write', 'mmap', 'openat', 'close', 'futex'])
    expect(names).not.toContain(allowed);
});

test('several hosts: what any of them denies', async () => {
  const [one, other] = [await host('docker@24.0.9,arch=x86_64'), await host('kernel@3.10,arch=x86_64')];
  const denied = (...hosts: HostModel[]) => callsInQuestion(hosts, 'x86_64').denied;
  const both = denied(one, other);
  for (const name of [...denied(one), ...denied(other)]) expect(both).toContain(name);
  expect(denied(other)).toContain('getrandom');
});

test('arguments that any profile tests are recorded raw, whatever the host', async () => {
  const { tested } = callsInQuestion([await host('unconfined,arch=x86_64')], 'x86_64');
  expect(tested).toEqual(['clone', 'ipc', 'personality', 'socket', 'socketcall']);
});
