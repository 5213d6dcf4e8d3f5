import { expect, test } from 'vitest';
import { ok } from '../../../src/core/failure.ts';
import { laterHosts } from '../../../src/core/hosts/later.ts';
import { resolveHost } from '../../../src/core/hosts/resolve/resolve.ts';

async function oldest(expression: string) {
  const host = await resolveHost(expression, {
    running: { kernel: '6.18', arch: 'x86_64' },
    loadProfile: async () => ok<unknown>({ defaultAction: 'SCMP_ACT_ERRNO', syscalls: [] }),
    lines: 'oldest',
  });
  if (!host.ok) throw new Error(host.failure.what);
  return host.value.identity;
}

test.each([
  ['docker@20.10', { version: '20.10.0' }],
  ['docker@20', { version: '20.10.0' }],
  ['podman@4', { version: '4.0.0' }],
  ['docker@20.10.5', { version: '20.10.5' }],
  ['docker@20.10.5,libseccomp=2.5', { libseccomp: '2.5.0' }],
  ['docker@20.10.5,runc=1.1', { runtimeVersion: '1.1' }],
  ['profile:p.json,engine=docker@20.10', { version: '20.10.0' }],
])('the oldest of %s', async (expression, found) => {
  expect(await oldest(expression)).toMatchObject(found);
});

test('a runtime line has the rules of its first release as a minimum', async () => {
  const host = async (lines: 'newest' | 'oldest') => {
    const found = await resolveHost('docker@24.0.9,runc=1.1,arch=x86_64,kernel=6.18', {
      running: { kernel: '6.18', arch: 'x86_64' },
      loadProfile: async () => ok<unknown>({}),
      lines,
    });
    if (!found.ok) throw new Error(found.failure.what);
    return found.value;
  };
  // Number 0 on s390, among others, came with 1.1.3, the native architecture's stub with 1.1.15.
  expect((await host('oldest')).target!.runtime).toMatchObject({ version: '1.1.0', stubAddsNative: false });
  expect((await host('newest')).target!.runtime).toMatchObject({ stubAddsNative: true });
});

test.each([
  ['docker@29.7.0', ['docker@29.7.1', 'docker@29.7.2']],
  [
    'docker@29.7.0,arch=arm,cap=SYS_ADMIN',
    ['docker@29.7.1,arch=arm,cap=SYS_ADMIN', 'docker@29.7.2,arch=arm,cap=SYS_ADMIN'],
  ],
  ['profile:p.json,engine=docker@29.7.1,arch=arm', ['profile:p.json,engine=docker@29.7.2,arch=arm']],
  ['spec-proposal,engine=docker@29.7.1', ['spec-proposal,engine=docker@29.7.2']],
  ['docker@29.8.0', []],
  ['profile:p.json', []],
  ['unconfined', []],
])('after %s come %j', async (expression, hosts) => {
  // What was added to the tables since is later still.
  expect((await laterHosts(await oldest(expression))).slice(0, hosts.length)).toEqual(hosts);
  if (hosts.length === 0 && !expression.startsWith('docker'))
    expect(await laterHosts(await oldest(expression))).toEqual([]);
});

test('kernels and gVisor have later ones as well, of their own kind only', async () => {
  expect((await laterHosts(await oldest('kernel@6.18')))[0]).toBe('kernel@6.19');
  const sentries = await laterHosts(await oldest('gvisor@20230101,arch=x86_64'));
  expect(sentries.length).toBeGreaterThan(5);
  for (const each of sentries) expect(each).toMatch(/^gvisor@202[3-9]\d{4},arch=x86_64$/);
});
