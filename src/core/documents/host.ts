import * as z from 'zod';
import { ABIS } from '../linux/abi.ts';

/** Field of a host that the user did not give, taken from what that engine version shipped with. */
export const hostField = z.enum([
  'version',
  'runtime',
  'runtimeVersion',
  'libseccomp',
  'kernel',
  'arch',
  'caps',
]);
export type HostField = z.infer<typeof hostField>;

/** A resolved HOST expression; `assumed` names the fields that were not given. */
export const hostIdentity = z
  .object({
    expression: z.string().meta({ description: 'As the user wrote it' }),
    engine: z.string(),
    version: z.string(),
    runtime: z.string(),
    runtimeVersion: z.string(),
    libseccomp: z.string(),
    kernel: z.string(),
    arch: z.enum(ABIS),
    assumed: z.array(hostField).readonly(),
    notes: z
      .array(z.string())
      .readonly()
      .meta({ description: 'What was modelled in a special way (a vendor’s libseccomp, a profile file …)' }),
  })
  .meta({ id: 'HostIdentity', description: 'A host, every part of it spelled out' });
export type HostIdentity = z.infer<typeof hostIdentity>;
