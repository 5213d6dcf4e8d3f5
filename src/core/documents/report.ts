import * as z from 'zod';
import { denial, fix, fixLimit } from './denial.ts';
import { hostIdentity } from './host.ts';
import { guarantee, proofRun } from './proof.ts';
import { exitInfo, traceInfo } from './trace.ts';

/** One process (thread group or thread, as strace numbers them) of a trace. */
const processInfo = z.object({
  pid: z.number().int(),
  parent: z.number().int().optional().meta({ description: 'Who made it, when the trace shows the clone' }),
  command: z
    .string()
    .optional()
    .meta({ description: "Its last successful execve; a process that never ran one has its parent's" }),
  file: z.string().optional().meta({ description: 'The input it came from, when there are several' }),
  from: z.number(),
  to: z.number(),
  events: z.number().int(),
  failed: z.number().int(),
  exit: exitInfo.optional(),
});
export type ProcessInfo = z.infer<typeof processInfo>;

/** When what happened. Without time stamps in the trace the line number stands for the time. */
const timeline = z.object({
  unit: z.enum(['seconds', 'lines']),
  from: z.number(),
  to: z.number(),
  processes: z.array(processInfo).readonly().meta({ description: 'In the order of their first event' }),
  omitted: z.number().int().meta({ description: 'Processes that are not listed because there are too many' }),
  marks: z
    .array(z.object({ at: z.number(), pid: z.number().int(), denial: z.number().int() }))
    .readonly()
    .meta({ description: 'Where calls were refused; denial indexes the report’s denials' }),
});
export type Timeline = z.infer<typeof timeline>;

/** Blocked on one host. */
const hostBlocked = z.object({
  host: hostIdentity,
  blocked: z.array(denial).readonly(),
  alike: z
    .number()
    .int()
    .optional()
    .meta({ description: 'How many known hosts answer alike, this one included' }),
});
export type HostBlocked = z.infer<typeof hostBlocked>;

/** `trace-build report --format json`. */
export const reportSchema = z
  .object({
    schema: z.literal('trace-build/report@1'),
    command: z.array(z.string()).readonly().optional(),
    host: hostIdentity.optional().meta({ description: 'The host the command ran on, or was emulated as' }),
    engine: z
      .object({ name: z.string(), version: z.string().optional(), why: z.string().optional() })
      .optional(),
    exit: exitInfo.optional(),
    traces: z.array(traceInfo).readonly(),
    syscalls: z
      .array(
        z.object({
          name: z.string(),
          abi: z.string(),
          count: z.number().int().nonnegative(),
          failed: z.number().int().nonnegative(),
        }),
      )
      .readonly()
      .meta({ description: 'Every syscall of the traces with how often it was made and failed' }),
    denials: z.array(denial).readonly().meta({ description: 'What was refused in the traces' }),
    hosts: z.array(hostBlocked).readonly().meta({ description: 'What other hosts would refuse' }),
    fix: z
      .object({
        fix,
        basis: z.enum(['predicted', 'proven']),
        limits: z.array(fixLimit).readonly().optional(),
        guarantee: guarantee.optional(),
        proof: z.array(proofRun).readonly().optional(),
        danger: z
          .array(z.object({ syscall: z.string(), why: z.string() }))
          .readonly()
          .optional(),
      })
      .optional(),
    environment: z.array(z.object({ name: z.string(), value: z.string() })).readonly(),
    reproduce: z.string().optional().meta({ description: 'The command that makes this report again' }),
    excerpts: z
      .array(z.object({ file: z.string(), from: z.number().int(), lines: z.array(z.string()).readonly() }))
      .readonly()
      .meta({ description: 'Lines of the trace around each refusal; from is the number of the first' }),
    notes: z.array(z.string()).readonly(),
    timeline: timeline.optional().meta({ description: 'When which process ran; marks index denials' }),
    redacted: z
      .object({ paths: z.enum(['keep', 'relative', 'hash']) })
      .optional()
      .meta({ description: 'Absent when nothing was taken out: do not publish such a report' }),
  })
  .meta({ id: 'trace-build/report@1', description: 'Everything known of some traces' });

/** The one value that every reporter renders. Sections that do not apply are absent. */
export type Report = z.infer<typeof reportSchema>;
