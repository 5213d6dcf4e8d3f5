import * as z from 'zod';
import { denial } from './denial.ts';
import { hostIdentity } from './host.ts';
import { traceInfo } from './trace.ts';

const expectedDenial = z.object({
  syscall: z.string(),
  abi: z.string(),
  errno: z.string(),
  cause: z.string(),
  matters: z.boolean(),
});

const verdictChange = z.object({
  host: z.string(),
  kind: z.enum(['newly-blocked', 'newly-allowed', 'changed']),
  syscall: z.string(),
  abi: z.string(),
  before: z.array(expectedDenial).readonly(),
  after: z.array(expectedDenial).readonly(),
  worse: z.boolean(),
});

/** `trace-build check --json`. */
export const checkSchema = z
  .object({
    schema: z.literal('trace-build/check@1'),
    worse: z.boolean().meta({ description: 'Something got worse: exit status 1' }),
    fixtures: z
      .array(
        z.object({
          name: z.string(),
          trace: traceInfo,
          hosts: z.array(z.string()).readonly(),
          changes: z.array(verdictChange).readonly(),
          updated: z.boolean(),
        }),
      )
      .readonly(),
    broken: z
      .array(z.object({ name: z.string(), what: z.string(), file: z.string().optional() }))
      .readonly()
      .meta({ description: 'Fixtures that could not be checked: exit status 2' }),
    promises: z
      .array(
        z.object({
          host: hostIdentity,
          fixture: z.string(),
          kept: z.boolean(),
          covered: z
            .array(z.string())
            .readonly()
            .meta({ description: 'Every version that was asked, in ranges, the promised one first' }),
          broken: z
            .array(
              denial.extend({
                on: z.array(z.string()).readonly().meta({ description: 'Versions, in ranges' }),
              }),
            )
            .readonly(),
        }),
      )
      .readonly()
      .meta({
        description: 'With --min-host: whether each fixture still works there and on every later version',
      }),
    live: z
      .object({
        fixture: z.string(),
        newSyscalls: z
          .array(
            z.object({
              syscall: z.string(),
              abi: z.string(),
              refusedBy: z
                .array(z.string())
                .readonly()
                .meta({ description: 'Known hosts, in ranges, that refuse it so that it matters' }),
              words: z.string(),
            }),
          )
          .readonly(),
        goneSyscalls: z.array(z.object({ syscall: z.string(), abi: z.string() })).readonly(),
        changes: z.array(verdictChange).readonly(),
      })
      .optional(),
  })
  .meta({ id: 'trace-build/check@1', description: 'Verdicts of recorded fixtures against what is expected' });

export type CheckDocument = z.infer<typeof checkSchema>;
