import { ok, type Result } from '../../failure.ts';
import type { Abi } from '../../linux/abi.ts';
import type { KernelVersion } from '../../linux/kernel.ts';
import { type DockerProfile, dockerProfileOf } from '../../seccomp/formats/dockerProfile.ts';
import type { HostModel } from '../host.ts';
import { emulate } from './emulate.ts';

/**
 * A profile that makes a container engine of the `running` machine answer as `host` would. What such a profile cannot say is told in
 * `notes`; the filter in force tells how near it came.
 */
export function emulatingProfile(
  host: HostModel,
  running: { readonly arch: Abi; readonly kernel: KernelVersion },
): Result<{ readonly profile: DockerProfile; readonly notes: readonly string[] }> {
  const emulation = emulate(host, running);
  if (!emulation.ok) return emulation;
  const { profile, notes } = dockerProfileOf(emulation.value.policy, running.arch);
  return ok({ profile, notes: [...emulation.value.notes, ...notes] });
}
