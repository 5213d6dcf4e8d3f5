import * as z from 'zod';
import { firstSeen, traceInfo } from './trace.ts';

const deciding = z.object({
  syscall: z.string(),
  abi: z.string(),
  outcome: z.string(),
  first: firstSeen,
  says: z.string(),
});

/** `trace-build infer --json`. */
export const inferSchema = z
  .object({
    schema: z.literal('trace-build/infer@1'),
    traces: z.array(traceInfo).readonly(),
    candidates: z.number().int().meta({ description: 'How many hosts were asked' }),
    kernel: z.object({ atLeast: z.string().optional(), because: deciding.optional() }),
    groups: z
      .array(
        z.object({
          hosts: z
            .array(z.string())
            .readonly()
            .meta({ description: 'Ranges of hosts that the trace cannot tell apart' }),
          size: z.number().int(),
          fit: z.enum(['possible', 'doubtful', 'contradicted']),
          explained: z.number().int(),
          genuine: z.number().int(),
          unexplained: z.number().int(),
          contradictions: z.number().int(),
          kernelBelow: z.string().optional(),
          deciding: z.array(deciding).readonly(),
        }),
      )
      .readonly(),
    probes: z
      .array(
        z.object({
          syscall: z.string(),
          abi: z.string(),
          answers: z
            .array(z.object({ answer: z.string(), hosts: z.array(z.string()).readonly() }))
            .readonly(),
        }),
      )
      .readonly()
      .meta({ description: 'Calls to record that would tell the best groups apart' }),
    notes: z
      .array(z.string())
      .readonly()
      .optional()
      .meta({ description: 'What has to be known of hosts that were named' }),
  })
  .meta({ id: 'trace-build/infer@1', description: 'Which hosts could have produced a trace' });

export type InferDocument = z.infer<typeof inferSchema>;
