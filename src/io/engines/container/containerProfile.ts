import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ok, type Result } from '../../../core/failure.ts';
import { temporaryFolder } from '../../files/temporary.ts';
import type { Job } from '../engine.ts';
import type { ContainerServer } from './containerCli.ts';

export interface GivenProfile {
  /** For `--security-opt seccomp=`; undefined: the engine's own default. */
  readonly file: string | undefined;
  readonly notes: readonly string[];
  remove(): Promise<void>;
}

/** The profile that a job gives to the engine. */
export async function profileFor(job: Job, _server: ContainerServer): Promise<Result<GivenProfile>> {
  const nothing = { notes: [], remove: async () => {} };
  if (job.profileFile !== undefined) return ok({ file: job.profileFile, ...nothing });
  if (job.host === undefined) return ok({ file: undefined, ...nothing });
  if (job.host.identity.engine === 'unconfined') return ok({ file: 'unconfined', ...nothing });
  const { emulatingProfile } = await import('../../../core/hosts/emulation/dockerProfile.ts');
  const { runningMachine } = await import('../../machine/machine.ts');
  const machine = runningMachine();
  if (!machine.ok) return machine;
  const profile = emulatingProfile(job.host, machine.value);
  if (!profile.ok) return profile;
  const folder = temporaryFolder();
  const file = join(folder, 'profile.json');
  await writeFile(file, JSON.stringify(profile.value.profile), { mode: 0o600 });
  return ok({
    file,
    notes: profile.value.notes,
    remove: () => rm(folder, { recursive: true, force: true }),
  });
}
