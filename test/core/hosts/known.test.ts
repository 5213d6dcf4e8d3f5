import { expect, test } from 'vitest';
import { openAllHosts } from '../../../src/commands/openHosts.ts';
import { ENGINES } from '../../../src/core/hosts/family.ts';
import { knownHosts, USUAL_ARCHES } from '../../../src/core/hosts/known.ts';
import { resolveHost } from '../../../src/core/hosts/resolve/resolve.ts';

const surroundings = {
  running: { kernel: '7.1', arch: 'x86_64' as const },
  loadProfile: async () => {
    throw new Error('no known host is a file');
  },
};

test('every known host resolves on every usual architecture, and equal ones share their policy', async () => {
  const hosts = await knownHosts({ arches: USUAL_ARCHES, preReleases: true, kernels: true });
  const policies = new Set<unknown>();
  const failures: string[] = [];
  for (const expression of hosts) {
    const host = await resolveHost(expression, surroundings);
    if (!host.ok) failures.push(`${expression}: ${host.failure.what}`);
    else if (host.value.policy) policies.add(host.value.policy);
  }
  expect(failures).toEqual([]);
  expect(hosts.length).toBeGreaterThan(6000);
  expect(policies.size).toBeLessThan(hosts.length / 5);
});

test('gVisor is asked about only where it exists, every engine version everywhere', async () => {
  const opened = await openAllHosts(['x86_64']);
  if (!opened.ok) throw new Error(opened.failure.what);
  const byArch = new Map<string, Map<string, number>>();
  for (const { model } of opened.value) {
    const { arch, engine } = model.identity;
    const counts = byArch.get(arch) ?? new Map<string, number>();
    byArch.set(arch, counts.set(engine, (counts.get(engine) ?? 0) + 1));
  }
  expect([...byArch.keys()].sort()).toEqual([...USUAL_ARCHES].sort());
  const known = await knownHosts();
  for (const [arch, counts] of byArch) {
    expect(counts.has('gvisor'), arch).toBe(arch === 'x86_64' || arch === 'aarch64');
    for (const engine of ENGINES) {
      const versions = known.filter((host) => host.startsWith(`${engine}@`)).length;
      expect({ arch, engine, hosts: counts.get(engine) }).toEqual({ arch, engine, hosts: versions });
    }
    expect(counts.get('spec-proposal')).toBe(1);
  }
});

test('a version stands once and in order', async () => {
  const hosts = await knownHosts();
  expect(new Set(hosts).size).toBe(hosts.length);
  expect(hosts.indexOf('docker@20.10.9')).toBe(hosts.indexOf('docker@20.10.10') - 1);
  expect(hosts).toContain('docker@1.10.0');
  expect(hosts).toContain('docker@29.7.2');
  expect(hosts).toContain('gvisor@20221122');
  expect(hosts.some((host) => host.includes('-rc'))).toBe(false);
});
