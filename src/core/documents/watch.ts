import * as z from 'zod';
import { denial } from './denial.ts';
import { hostIdentity } from './host.ts';
import { kernelEvents } from './run.ts';

/** `trace-build watch --json`. */
export const watchSchema = z
  .object({
    schema: z.literal('trace-build/watch@1'),
    pid: z.number().int().meta({ description: 'The process, or the first one of the container' }),
    container: z.string().optional(),
    threads: z.number().int().meta({ description: 'How many threads there were at the beginning' }),
    host: hostIdentity
      .optional()
      .meta({ description: "What it runs on, modelled: --on, or the container's engine" }),
    ended: z.enum(['exited', 'stopped', 'timeout']).meta({
      description: 'Why watching ended: the last process did, the user did, or the time was over',
    }),
    seconds: z.number(),
    kernel: kernelEvents,
    denials: z.array(denial).readonly().meta({
      description:
        'What was refused; the lines of these are the order in which kinds of calls were seen first, the commands are short names',
    }),
  })
  .meta({
    id: 'trace-build/watch@1',
    description: 'Which syscalls a running program was refused, as the kernel saw it',
  });
export type WatchDocument = z.infer<typeof watchSchema>;
