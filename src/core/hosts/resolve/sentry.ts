import type { Result } from '../../failure.ts';
import { applyCaps } from '../caps.ts';
import type { HostExpression } from '../expression.ts';
import { gvisorHost } from '../gvisor.ts';
import type { HostModel } from '../host.ts';
import { newestCaps } from '../shipped.ts';
import type { Surroundings } from './surroundings.ts';

/** gVisor as Docker starts it: with the capabilities of a container of the newest Docker. */
export function sentryHost(
  request: HostExpression,
  date: string | undefined,
  { running }: Surroundings,
): Result<HostModel> {
  return gvisorHost({
    expression: request.text,
    date,
    arch: request.arch ?? running.arch,
    archAssumed: request.arch === undefined,
    caps: applyCaps(newestCaps('docker'), request.caps),
    capsAssumed: request.caps.length === 0,
  });
}
