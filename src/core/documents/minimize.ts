import * as z from 'zod';
import { denial, fix } from './denial.ts';
import { hostIdentity } from './host.ts';
import { guarantee, proofRun } from './proof.ts';

/** `trace-build minimize --json`. */
export const minimizeSchema = z
  .object({
    schema: z.literal('trace-build/minimize@1'),
    command: z.array(z.string()).readonly(),
    host: hostIdentity,
    engine: z.object({ name: z.string(), version: z.string() }),
    baseline: z.object({
      runs: z.number().int(),
      passed: z.number().int(),
      flaky: z.boolean(),
      seconds: z.number(),
      timeoutSeconds: z.number(),
    }),
    tracerFails: z.string().optional().meta({
      description:
        'Why the command fails whenever strace watches it, although it passes without: it was run without, so not every call was seen',
    }),
    outcome: z.enum(['fixed', 'nothing-to-fix', 'no-fix', 'interrupted', 'merged']),
    fix,
    guarantee,
    why: z.string().meta({ description: 'Why it is this guarantee and not more' }),
    smallestIfMonotone: z.boolean().meta({
      description: 'Every cheaper change lies within one that was seen to fail',
    }),
    proof: z.array(proofRun.extend({ why: z.string().optional() })).readonly(),
    runs: z.object({
      experiments: z.number().int(),
      executions: z.number().int().meta({ description: 'With baselines, repetitions and retries' }),
    }),
    danger: z
      .array(z.object({ syscall: z.string(), weight: z.number(), why: z.string(), source: z.string() }))
      .readonly(),
    denials: z.array(denial).readonly(),
    lackedByKernel: z.array(z.string()).readonly(),
    profile: z.record(z.string(), z.unknown()).nullable(),
    patch: z
      .object({
        remove: z.array(z.string()).readonly(),
        append: z.array(z.record(z.string(), z.unknown())).readonly(),
      })
      .nullable()
      .meta({
        description:
          'What to change in the base profile; null where names are not enough (its default answer changes, or --allowlist): use the whole profile',
      }),
    seccompProfile: z
      .record(z.string(), z.unknown())
      .nullable()
      .optional()
      .meta({ description: 'The profile as an object for the Kubernetes Security Profiles Operator' }),
    apply: z.array(z.object({ where: z.string(), text: z.string() })).readonly(),
    allowlist: z
      .array(
        z.object({
          name: z.string(),
          why: z.enum(['used', 'runtime']),
          count: z.number().int(),
          conditional: z.boolean(),
          origins: z.array(z.string()).readonly(),
        }),
      )
      .readonly()
      .optional()
      .meta({ description: 'With --allowlist and --merge: every entry and where it came from' }),
    upgrade: z
      .string()
      .nullable()
      .meta({ description: 'The version that would make the change unnecessary' }),
    asWritten: z
      .object({
        outcome: z.enum(['pass', 'fail', 'unresolved']),
        seconds: z.number(),
        why: z.string().optional(),
      })
      .optional()
      .meta({
        description:
          'One more run: the profile as it is written, loaded as that very host would (its engine, runtime and libseccomp)',
      }),
    instead: z
      .object({ allow: z.array(z.string()).readonly(), because: z.string() })
      .optional()
      .meta({
        description:
          'Calls that the profile allows where `fix` answers ENOSYS, because that host cannot be told so; each was seen to be needed',
      }),
    obstacles: z.array(z.string()).readonly().meta({
      description:
        'Why that very host could not load the profile: an engine or a library that is too old for it',
    }),
    notes: z.array(z.string()).readonly(),
  })
  .meta({ id: 'trace-build/minimize@1', description: 'The smallest change to a profile, with its proof' });

export type MinimizeDocument = z.infer<typeof minimizeSchema>;
