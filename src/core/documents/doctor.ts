import * as z from 'zod';

/** `trace-build doctor --json`. */
export const doctorResult = z
  .object({
    schema: z.literal('trace-build/doctor@1'),
    checks: z
      .array(
        z.object({
          name: z.string(),
          state: z.enum(['works', 'limited', 'missing']),
          found: z.string(),
          why: z.string().optional().meta({ description: 'What this prevents; absent when it works' }),
          fix: z.string().optional().meta({ description: 'The command or change that adds it' }),
        }),
      )
      .readonly(),
    sandbox: z.enum(['gvisor', 'wsl1', 'wsl2', 'none']),
    engine: z
      .object({ name: z.string(), why: z.string() })
      .nullable()
      .meta({ description: 'What --engine auto takes here; null when no engine works' }),
    calls: z
      .array(
        z.object({
          syscall: z.string(),
          abi: z.string(),
          here: z
            .string()
            .meta({ description: 'The answer to a call really made: present, ENOSYS, EPERM or SIGSYS' }),
          kernel: z.string().meta({ description: 'What a kernel of this version answers, by the model' }),
          container: z
            .string()
            .nullable()
            .meta({ description: "What the installed Docker's default container answers, by the model" }),
          agrees: z.boolean().meta({ description: 'The answer here is the one of the model' }),
        }),
      )
      .readonly()
      .meta({ description: 'The known cases: calls that break builds in containers' }),
    callsTrouble: z.string().optional(),
    containerHost: z.string().nullable(),
  })
  .meta({ id: 'Doctor' });

export type DoctorResult = z.infer<typeof doctorResult>;
