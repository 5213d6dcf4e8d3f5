import * as z from 'zod';
import { denial } from './denial.ts';
import { hostIdentity } from './host.ts';
import { layerFindings } from './layers.ts';
import { exitInfo, traceInfo } from './trace.ts';

/** What the kernel's tracepoints showed while something ran. */
export const kernelEvents = z.object({
  calls: z.number().int().meta({ description: 'How many calls ended meanwhile' }),
  byFilter: z.number().int().meta({ description: 'How many of them a filter refused' }),
  byKernel: z
    .number()
    .int()
    .meta({ description: 'How many the kernel itself ended with EPERM, EACCES or ENOSYS' }),
  lost: z.number().int().meta({ description: 'How many records nobody could read' }),
});
export type KernelEvents = z.infer<typeof kernelEvents>;

/** `trace-build run --json`. */
export const runSchema = z
  .object({
    schema: z.literal('trace-build/run@1'),
    command: z.array(z.string()).readonly(),
    host: hostIdentity,
    engine: z.object({ name: z.string(), version: z.string(), why: z.string().optional() }),
    mode: z.enum(['full', 'fast']).meta({
      description:
        'full: ran under the host’s filter, denials happened. fast by strace: ran without a filter, denials are what the host would refuse. fast by notification: ran under the filter, denials happened',
    }),
    method: z.enum(['strace', 'notification']).default('strace').meta({
      description:
        'What recorded. notification: a supervisor that the filter asks; what followed a refusal and what the kernel itself refused is not seen',
    }),
    ended: z.enum(['exited', 'timeout', 'aborted', 'tracer-died', 'engine-failed']),
    exit: exitInfo,
    seconds: z.number(),
    trace: traceInfo.extend({
      path: z.string().meta({ description: 'Where the recording is' }),
      manifest: z.string(),
      trouble: z.string().optional().meta({ description: 'Why the recording is not complete' }),
    }),
    denials: z.array(denial).readonly(),
    kernel: z
      .union([kernelEvents, z.object({ why: z.string() })])
      .optional()
      .meta({
        description:
          "What the kernel's tracepoints showed of the run, or why they could not be watched; absent where that was not tried",
      }),
    layers: layerFindings.optional().meta({
      description: 'What runs with one layer after another lifted showed (run --why)',
    }),
    notes: z.array(z.string()).readonly(),
  })
  .meta({ id: 'trace-build/run@1', description: 'Which syscalls a command was refused, and why' });

export type RunDocument = z.infer<typeof runSchema>;
