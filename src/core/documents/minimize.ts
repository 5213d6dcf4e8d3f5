import * as z from 'zod';
import { denial, fix } from './denial.ts';
import { hostIdentity } from './host.ts';
import { guarantee, proofRun } from './proof.ts';

const evaluatedHost = z.object({
  engine: z.string(),
  version: z.string(),
  runtime: z.string(),
  libseccomp: z.string(),
});

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
    passRate: z
      .object({
        passed: z.number().int(),
        runs: z.number().int(),
        atLeast: z.number(),
        confidence: z.number(),
      })
      .optional()
      .meta({
        description:
          'How often the result passed, and the share of all runs that pass at the least, with that confidence',
      }),
    proof: z.array(proofRun.extend({ why: z.string().optional() })).readonly(),
    runs: z.object({
      experiments: z.number().int(),
      executions: z.number().int().meta({ description: 'With baselines, repetitions and retries' }),
    }),
    danger: z
      .array(
        z.object({
          syscall: z.string(),
          weight: z.number(),
          escape: z.string().optional(),
          why: z.string(),
          source: z.string(),
        }),
      )
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
    apply: z
      .array(
        z.object({
          kind: z.enum([
            'docker-run',
            'podman-run',
            'docker-daemon',
            'podman-conf',
            'kubernetes-pod',
            'kubernetes-operator',
            'systemd',
            'buildkit',
            'github-actions',
          ]),
          where: z.string(),
          text: z.string(),
          evaluated: z.array(evaluatedHost).readonly().meta({
            description: 'Hosts on whose model the file gives every changed call the result that was proven',
          }),
        }),
      )
      .readonly(),
    notApplicable: z
      .array(evaluatedHost.extend({ unmet: z.array(z.string()).readonly() }))
      .readonly()
      .optional()
      .meta({
        description:
          'Engines whose command lines `apply` leaves out: by their model these calls get another result from the same file',
      }),
    enosys: z
      .object({
        form: z.enum(['rule', 'default', 'trace', 'trace-default']),
        syscalls: z.array(z.string()).readonly(),
        liftable: z.boolean().meta({
          description:
            'SCMP_ACT_TRACE: a process that the profile lets use ptrace can let such calls of its children through',
        }),
      })
      .optional()
      .meta({
        description:
          'How the file says ENOSYS: errnoRet of a rule, defaultErrnoRet, or SCMP_ACT_TRACE (no tracer: ENOSYS) by rule or by default',
      }),
    allowlist: z
      .array(
        z.object({
          name: z.string(),
          why: z.enum(['used', 'runtime', 'any-process']),
          count: z.number().int(),
          conditional: z.boolean(),
          origins: z.array(z.string()).readonly(),
        }),
      )
      .readonly()
      .optional()
      .meta({ description: 'With --allowlist and --merge: every entry and where it came from' }),
    runtime: z
      .object({
        names: z.array(z.string()).readonly(),
        measured: z.array(z.string()).readonly(),
        exact: z.boolean().meta({
          description:
            'False: another version than those measured runs, so all that they were seen to call is allowed',
        }),
      })
      .optional()
      .meta({
        description: 'With --allowlist: what is allowed for the runtime, and whose needs were measured',
      }),
    refusedByHost: z
      .array(z.object({ name: z.string(), count: z.number().int() }))
      .readonly()
      .optional()
      .meta({
        description:
          'With --allowlist and --merge: calls that were made without a filter and that the host refuses; the list grants no more than it',
      }),
    escapes: z
      .array(
        z.object({
          syscall: z.string(),
          route: z.string(),
          weight: z.number(),
          why: z.string(),
          source: z.string(),
        }),
      )
      .readonly()
      .optional()
      .meta({
        description:
          'Known ways out of a container, or into the kernel, that the profile opens: beyond those of the host, or with --allowlist at all',
      }),
    coverage: z
      .object({
        traces: z.number().int(),
        entries: z.number().int(),
        inEveryTrace: z.number().int(),
        inOneTrace: z.array(z.string()).readonly(),
        expectedNew: z.number().meta({
          description: 'Names that a further trace of the same kind is expected to add, by Good and Turing',
        }),
      })
      .optional()
      .meta({ description: 'With --allowlist and --merge: how far the traces agree' }),
    statusAlone: z
      .boolean()
      .optional()
      .meta({ description: 'With --allowlist: exit status 0 alone was taken for a pass' }),
    upgrade: z
      .string()
      .nullable()
      .meta({ description: 'The version that would make the change unnecessary' }),
    asWritten: z
      .object({
        outcome: z.enum(['pass', 'fail', 'unresolved']),
        seconds: z.number(),
        why: z.string().optional(),
        newErrors: z.array(z.string()).readonly().meta({
          description:
            'It passes, and prints these lines that look like errors; the runs without a filter printed nothing like them',
        }),
      })
      .optional()
      .meta({
        description:
          'One more run: the profile as it is written, loaded as that very host would (its engine, runtime and libseccomp)',
      }),
    obstacles: z.array(z.string()).readonly().meta({
      description:
        'Why that very host could not load the profile: an engine or a library that is too old for it',
    }),
    notes: z.array(z.string()).readonly(),
  })
  .meta({ id: 'trace-build/minimize@1', description: 'The smallest change to a profile, with its proof' });

export type MinimizeDocument = z.infer<typeof minimizeSchema>;
