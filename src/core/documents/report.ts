import { z } from 'zod';
import { denial, fix, hostIdentity, traceInfo } from './shared.ts';

const exit = z.object({
  status: z.number().int().optional(),
  signal: z.string().optional(),
  timedOut: z.boolean().optional(),
});

/** `trace-build report --format json`. */
export const reportSchema = z
  .object({
    schema: z.literal('trace-build/report@1'),
    command: z.array(z.string()).optional(),
    host: hostIdentity.optional().meta({ description: 'The host the command ran on, or was emulated as' }),
    engine: z
      .object({ name: z.string(), version: z.string().optional(), why: z.string().optional() })
      .optional(),
    exit: exit.optional(),
    traces: z.array(traceInfo),
    syscalls: z
      .array(
        z.object({
          name: z.string(),
          abi: z.string(),
          count: z.number().int().nonnegative(),
          failed: z.number().int().nonnegative(),
        }),
      )
      .meta({ description: 'Every syscall of the traces with how often it was made and failed' }),
    denials: z.array(denial).meta({ description: 'What was refused in the traces' }),
    hosts: z
      .array(
        z.object({
          host: hostIdentity,
          blocked: z.array(denial),
          alike: z.number().int().optional().meta({ description: 'How many known hosts answer alike' }),
        }),
      )
      .meta({ description: 'What other hosts would refuse' }),
    fix: z
      .object({
        fix,
        basis: z.enum(['predicted', 'proven']),
        guarantee: z.enum(['smallest', '1-minimal', 'unproven']).optional(),
        proof: z
          .array(
            z.object({
              change: z.string(),
              outcome: z.enum(['pass', 'fail', 'unresolved']),
              seconds: z.number(),
            }),
          )
          .optional(),
        danger: z.array(z.object({ syscall: z.string(), why: z.string() })).optional(),
      })
      .optional(),
    environment: z.array(z.object({ name: z.string(), value: z.string() })),
    reproduce: z.string().optional().meta({ description: 'The command that makes this report again' }),
    excerpts: z
      .array(z.object({ file: z.string(), from: z.number().int(), lines: z.array(z.string()) }))
      .meta({ description: 'Lines of the trace around each refusal; from is the number of the first' }),
    notes: z.array(z.string()),
    timeline: z
      .object({
        unit: z.enum(['seconds', 'lines']),
        from: z.number(),
        to: z.number(),
        processes: z.array(
          z.object({
            pid: z.number().int(),
            parent: z.number().int().optional(),
            command: z.string().optional(),
            file: z.string().optional(),
            from: z.number(),
            to: z.number(),
            events: z.number().int(),
            failed: z.number().int(),
            exit: exit.optional(),
          }),
        ),
        omitted: z.number().int(),
        marks: z.array(z.object({ at: z.number(), pid: z.number().int(), denial: z.number().int() })),
      })
      .optional()
      .meta({ description: 'When which process ran; marks index denials' }),
    redacted: z
      .object({ paths: z.enum(['keep', 'relative', 'hash']) })
      .optional()
      .meta({ description: 'Absent when nothing was taken out: do not publish such a report' }),
  })
  .meta({ id: 'trace-build/report@1', description: 'Everything known of some traces' });
