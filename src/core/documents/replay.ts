import * as z from 'zod';
import { denial, fix, fixLimit, predictedStep } from './denial.ts';
import { hostIdentity } from './host.ts';
import { traceInfo } from './trace.ts';

/** `trace-build replay --json`. */
export const replaySchema = z
  .object({
    schema: z.literal('trace-build/replay@1'),
    traces: z.array(traceInfo).readonly(),
    hosts: z
      .array(
        z.object({
          host: hostIdentity,
          alike: z.array(z.string()).readonly().optional().meta({
            description: 'With --against all: every host that answers alike, in ranges; host is the first',
          }),
          blocked: z.array(denial).readonly(),
          untried: z.array(z.string()).readonly().meta({
            description: 'Failed with ENOSYS in the trace, allowed there: the program may go other ways',
          }),
        }),
      )
      .readonly(),
    byTrace: z
      .array(z.object({ file: z.string(), blocked: z.array(z.array(denial).readonly()).readonly() }))
      .readonly()
      .optional()
      .meta({ description: 'With --by-trace: each trace by itself; blocked stands in the order of hosts' }),
    notes: z.array(z.string()).readonly().optional().meta({
      description: 'Which traces do not answer for all of the hosts: they were recorded in fast mode',
    }),
    unexplained: z.array(denial).readonly().meta({
      description: 'Refused in the traces, and none of the hosts explains it',
    }),
    fix: fix.extend({
      basis: z.literal('predicted'),
      steps: z.array(predictedStep).readonly(),
      limits: z.array(fixLimit).readonly().meta({ description: 'What no rule of a profile can cure' }),
    }),
  })
  .meta({ id: 'trace-build/replay@1', description: 'What hosts would refuse of recorded traces' });

export type ReplayDocument = z.infer<typeof replaySchema>;
