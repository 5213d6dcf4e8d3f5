import { release } from 'node:os';
import { expect, test, vi } from 'vitest';
import { ContainerCli } from '../../../src/io/engines/container/containerCli.ts';
import { serverHost } from '../../../src/io/engines/container/serverHost.ts';
import { needs } from '../../rig/need.ts';

needs('docker', 'runc').describe('the libseccomp of a daemon', () => {
  test("is this machine's where the daemon's runtime is, also for a user without sbin in PATH", async () => {
    const server = await new ContainerCli('docker', undefined).server();
    if (!server.ok) throw new Error(server.failure.what);
    expect(await serverHost(server.value)).toMatch(/,libseccomp=\d+\.\d+\.\d+/);
    vi.stubEnv('PATH', '/usr/bin:/bin');
    expect(await serverHost(server.value)).toMatch(/,libseccomp=\d+\.\d+\.\d+/);
    vi.unstubAllEnvs();
  });

  test('is not known where it brings a runtime of its own, or has another kernel', async () => {
    const own = {
      program: 'docker',
      version: '28.5.2',
      arch: 'x86_64',
      kernel: release(),
      runtime: 'runc',
      runtimeVersion: '99.1.0',
    } as const;
    expect(await serverHost(own)).toBe(`docker@28.5.2,runc=99.1.0,kernel=${release()},arch=x86_64`);
    expect(await serverHost({ ...own, kernel: '5.4.0' })).toBe(
      'docker@28.5.2,runc=99.1.0,kernel=5.4.0,arch=x86_64',
    );
  });
});
