import { z } from 'zod';
import { denial, hostIdentity, traceInfo } from './shared.ts';

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
  before: z.array(expectedDenial),
  after: z.array(expectedDenial),
  worse: z.boolean(),
});

/** `trace-build check --json`. */
export const checkSchema = z
  .object({
    schema: z.literal('trace-build/check@1'),
    worse: z.boolean().meta({ description: 'Something got worse: exit status 1' }),
    fixtures: z.array(
      z.object({
        name: z.string(),
        trace: traceInfo,
        hosts: z.array(z.string()),
        changes: z.array(verdictChange),
        updated: z.boolean(),
      }),
    ),
    broken: z
      .array(z.object({ name: z.string(), what: z.string(), file: z.string().optional() }))
      .meta({ description: 'Fixtures that could not be judged: exit status 2' }),
    promises: z
      .array(
        z.object({
          host: hostIdentity,
          fixture: z.string(),
          kept: z.boolean(),
          covered: z
            .array(z.string())
            .meta({ description: 'Every version that was asked, in ranges, the promised one first' }),
          broken: z.array(
            denial.extend({ on: z.array(z.string()).meta({ description: 'Versions, in ranges' }) }),
          ),
        }),
      )
      .meta({
        description: 'With --min-host: whether each fixture still works there and on every later version',
      }),
    live: z
      .object({
        fixture: z.string(),
        newSyscalls: z.array(
          z.object({
            syscall: z.string(),
            abi: z.string(),
            refusedBy: z
              .array(z.string())
              .meta({ description: 'Known hosts, in ranges, that refuse it so that it matters' }),
            words: z.string(),
          }),
        ),
        goneSyscalls: z.array(z.object({ syscall: z.string(), abi: z.string() })),
        changes: z.array(verdictChange),
      })
      .optional(),
  })
  .meta({ id: 'trace-build/check@1', description: 'Verdicts of recorded fixtures against what is expected' });

export type CheckDocument = z.infer<typeof checkSchema>;
