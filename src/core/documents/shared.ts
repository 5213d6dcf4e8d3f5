import { z } from 'zod';

/** A trace as every command's JSON describes it (design §7). */
export const traceInfo = z
  .object({
    file: z.string(),
    lines: z.number().int().nonnegative(),
    events: z.number().int().nonnegative(),
    unparsed: z.number().int().nonnegative(),
    unparsedSamples: z.array(z.object({ line: z.number().int(), text: z.string() })).optional(),
    unfinished: z.number().int().nonnegative(),
    complete: z.boolean(),
    abis: z.array(z.string()),
    processes: z.number().int().nonnegative().optional(),
  })
  .meta({ id: 'TraceInfo', description: 'What was read of one trace' });

/** A resolved host expression; `assumed` names the fields that were not given. */
export const hostIdentity = z
  .object({
    expression: z.string(),
    engine: z.string(),
    version: z.string(),
    runtime: z.string(),
    runtimeVersion: z.string(),
    libseccomp: z.string(),
    kernel: z.string(),
    arch: z.string(),
    assumed: z.array(z.string()),
    notes: z.array(z.string()),
  })
  .meta({ id: 'HostIdentity', description: 'A host, every part of it spelled out' });

export const cause = z.enum(['rule', 'default', 'stub', 'bad-arch', 'kernel', 'genuine', 'unknown']);

export const firstSeen = z
  .object({
    file: z.string().optional(),
    line: z.number().int(),
    pid: z.number().int().optional(),
    command: z.string().optional(),
  })
  .meta({ id: 'FirstSeen', description: 'Where something was first seen; lines count from 1' });

const thread = z.object({ status: z.number().int().optional(), signal: z.string().optional() });

/** What followed a refused call, in the same thread. */
export const aftermath = z
  .object({
    fellBack: z.number().int().meta({ description: 'How many times an older call was made instead' }),
    failed: z.number().int().meta({ description: 'How many times a message or an error exit followed' }),
    wentOn: z.number().int().meta({ description: 'How many times neither was seen' }),
    shown: z
      .object({
        at: firstSeen,
        next: z.array(
          z.object({
            name: z.string(),
            outcome: z.string().meta({ description: 'returned, unknown, sigsys, or an errno name' }),
            line: z.number().int(),
            same: z.literal(true).optional().meta({ description: 'It names the same file or descriptor' }),
          }),
        ),
        fellBack: z.object({ name: z.string(), line: z.number().int() }).optional(),
        message: z.number().int().optional().meta({ description: 'Line of a write to standard error' }),
        end: thread.optional().meta({ description: 'How the thread ended, when nothing else was refused' }),
        soon: z.literal(true).optional().meta({ description: 'It ended badly within a few calls' }),
      })
      .meta({ description: 'The occurrence that tells most' }),
  })
  .meta({ id: 'Aftermath', description: 'What threads did after a refused call' });

/** One group of refused calls. */
export const denial = z
  .object({
    syscall: z.string(),
    abi: z.string(),
    nr: z.number().int(),
    errno: z.string().meta({ description: 'An errno name, or SIGSYS where the filter kills' }),
    cause,
    evidence: z.string(),
    count: z.number().int().positive(),
    first: firstSeen,
    sample: z.string(),
    fallback: z.string().nullable(),
    matters: z.boolean().meta({
      description:
        'What followed shows that it broke something, or nothing is known to fall back on this errno',
    }),
    uncertain: z.boolean().optional(),
    role: z.enum(['suspect', 'harmless', 'unknown']).optional().meta({
      description: 'What the trace shows of the harm; absent where matters is by the tables alone',
    }),
    after: aftermath.optional(),
    followed: z.string().optional().meta({ description: 'What followed, in a sentence' }),
  })
  .meta({ id: 'Denial' });

const fixArgument = z.object({
  index: z.number().int(),
  value: z.number(),
  valueTwo: z.number(),
  op: z.string(),
});

/** The smallest change to a profile. */
export const fix = z
  .object({
    allow: z.array(z.union([z.string(), z.object({ name: z.string(), args: z.array(fixArgument) })])),
    enosys: z.array(z.string()),
  })
  .meta({ id: 'Fix' });
