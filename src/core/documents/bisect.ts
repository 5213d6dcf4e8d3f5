import * as z from 'zod';
import { hostIdentity } from './host.ts';
import { traceInfo } from './trace.ts';

/** A part of a host that may make a difference. `engine`: its version and with it its profile, or another engine. */
export const component = z.enum(['engine', 'runtime', 'libseccomp', 'kernel', 'arch', 'caps']);
export type Component = z.infer<typeof component>;

/** One part that differs between the two hosts. */
const change = z.object({
  component,
  good: z.string(),
  bad: z.string(),
  boundary: z.object({ good: z.string(), bad: z.string() }).optional().meta({
    description: 'Neighbouring versions between which the result changes, where versions can be walked',
  }),
});
export type BisectChange = z.infer<typeof change>;

const refused = z.object({ syscall: z.string(), abi: z.string(), errno: z.string(), matters: z.boolean() });
export type BisectRefused = z.infer<typeof refused>;

/** `trace-build bisect --json`. */
export const bisectSchema = z
  .object({
    schema: z.literal('trace-build/bisect@1'),
    traces: z.array(traceInfo).readonly(),
    good: hostIdentity,
    bad: hostIdentity,
    causes: z
      .array(
        z.object({
          syscalls: z.array(refused).readonly(),
          changes: z
            .array(change)
            .readonly()
            .meta({ description: 'These together make the difference, and none of them can be left out' }),
        }),
      )
      .readonly()
      .meta({ description: 'What is refused on the bad host and not on the good one, by what makes it so' }),
    notes: z.array(z.string()).readonly(),
  })
  .meta({
    id: 'trace-build/bisect@1',
    description: 'Which part of a host makes the difference to another one',
  });
export type BisectDocument = z.infer<typeof bisectSchema>;
