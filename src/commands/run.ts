import type { RunDocument } from '../core/documents/run.ts';
import type { Result } from '../core/failure.ts';
import { placeOf } from './openPlace.ts';
import { USUAL_ENGINE } from './place.ts';
import { type RunPorts, runAt } from './runAt.ts';
import { inCopies } from './runCopies.ts';
import type { RunFlags } from './runFlags.ts';

/**
 * Runs a command under a HOST's filter, records it, and finds out what was refused and why. The trace and its manifest are
 * written; the document names them. The command's standard output goes to standard error unless `ports.stdio` says
 * otherwise.
 */
export async function run(
  command: readonly [string, ...string[]],
  options: Partial<RunFlags> = {},
  ports: RunPorts = { env: process.env, cwd: process.cwd() },
): Promise<Result<RunDocument>> {
  const flags = { ...USUAL_ENGINE, ...options };
  const place = await placeOf(flags, ports);
  if (!place.ok) return place;
  const ran = await inCopies(place.value, flags, ports, (there, again) =>
    runAt(command, there, flags, { stdio: 'stderr', ...ports }, again ? { again } : {}),
  );
  if (!ran.ok) return ran;
  return ran.value.ok ? { ok: true, value: ran.value.value.document } : ran.value;
}
