import * as z from 'zod';
import { ABIS } from '../linux/abi.ts';
import { basis, reason, remark } from './reason.ts';
import { firstSeen } from './trace.ts';

/** Coarser than the reason's kind: what refusals are grouped by. */
export const cause = z.enum(['rule', 'default', 'stub', 'bad-arch', 'kernel', 'genuine', 'unknown']);
export type Cause = z.infer<typeof cause>;

const thread = z
  .object({ status: z.number().int().optional(), signal: z.string().optional() })
  .meta({ description: 'How a thread ended, as strace said it' });
export type ThreadEnd = z.infer<typeof thread>;

/** A call that the same thread made next. */
const nextCall = z.object({
  name: z.string(),
  outcome: z.string().meta({ description: 'returned, unknown, sigsys, or an errno name' }),
  line: z.number().int(),
  same: z.literal(true).optional().meta({ description: 'It names the same file or descriptor' }),
});
export type NextCall = z.infer<typeof nextCall>;

/** What a thread did after one refused call. */
const occurrence = z
  .object({
    at: firstSeen,
    next: z.array(nextCall).readonly().meta({ description: 'The next calls, up to four' }),
    fellBack: z
      .object({ name: z.string(), line: z.number().int() })
      .optional()
      .meta({ description: 'An older call that is known to be made instead' }),
    message: z.number().int().optional().meta({ description: 'Line of a write to standard error' }),
    said: z
      .string()
      .optional()
      .meta({ description: 'The line that tells most of what was written there; taken out by redaction' }),
    end: thread.optional().meta({ description: 'How the thread ended, when nothing else was refused' }),
    soon: z.literal(true).optional().meta({ description: 'It ended badly within a few calls' }),
  })
  .meta({ description: 'The occurrence that tells most' });
export type Occurrence = z.infer<typeof occurrence>;

/** What followed all events of one refused call: how often what, and the occurrence that tells most. */
export const aftermath = z
  .object({
    fellBack: z.number().int().meta({ description: 'How many times an older call was made instead' }),
    failed: z.number().int().meta({ description: 'How many times a message or an error exit followed' }),
    wentOn: z.number().int().meta({ description: 'How many times neither was seen' }),
    succeeded: z
      .number()
      .int()
      .optional()
      .meta({ description: 'How many of these threads then exited with status 0' }),
    shown: occurrence,
  })
  .meta({ id: 'Aftermath', description: 'What threads did after a refused call' });
export type Aftermath = z.infer<typeof aftermath>;

/** A known caller of a syscall, and whether it falls back on the errno in question. */
export const callerClaim = z
  .object({
    who: z.string(),
    since: z.string().optional(),
    fallsBack: z.boolean(),
    assumed: z.literal(true).optional().meta({ description: 'From memory, not from a source that was read' }),
    otherwise: z.string().optional().meta({ description: 'What it does where it does not fall back' }),
  })
  .meta({ id: 'CallerClaim' });
export type CallerClaim = z.infer<typeof callerClaim>;

/** Whether a refusal breaks what is run, and how that is known. */
export const consequence = z
  .object({
    effect: z.enum(['breaks', 'harmless', 'unknown']),
    basis,
    because: z.enum([
      'command-succeeded',
      'fell-back',
      'error-followed',
      'went-on-and-succeeded',
      'last-before-the-error',
      'killed',
      'callers',
      'caller-not-identified',
      'kernel-refuses-it',
      'fails-without-filter-too',
      'argument-not-in-trace',
      'injected',
    ]),
  })
  .meta({ id: 'Consequence' });
export type Consequence = z.infer<typeof consequence>;

/** `suspect`: an error followed it. `harmless`: its caller fell back, or the command succeeded. */
export const role = z.enum(['suspect', 'harmless', 'unknown']);

/**
 * One group of refused calls: same syscall, ABI, errno and cause. `evidence`, `fallback` and `followed` are words for
 * people: only printed documents have them, worded from the data beside them.
 */
export const denial = z
  .object({
    syscall: z.string(),
    abi: z.enum(ABIS),
    nr: z.number().int(),
    errno: z.string().meta({ description: 'An errno name, or SIGSYS where the filter kills' }),
    cause,
    reason,
    basis,
    remarks: z.array(remark).readonly().optional(),
    evidence: z.string().optional().meta({ description: 'The reason in words; always printed' }),
    everyCall: z.literal(true).optional().meta({
      description:
        'It stands for every call of its ABI, all refused for one reason; syscall is the first that was made',
    }),
    count: z.number().int().positive(),
    first: firstSeen,
    sample: z.string().meta({ description: 'The arguments of the first such call, as printed' }),
    callers: z
      .array(callerClaim)
      .readonly()
      .optional()
      .meta({ description: 'What known callers do on this errno; absent where none is known' }),
    fallback: z
      .string()
      .nullish()
      .meta({ description: 'The callers in words; null where none is known; always printed' }),
    consequence,
    matters: z
      .boolean()
      .meta({ description: 'False where its consequence is harmless: what is not known matters' }),
    uncertain: z
      .boolean()
      .optional()
      .meta({ description: 'Depends on an argument that the trace does not show: it may be refused' }),
    role: role.optional().meta({
      description: 'What the trace shows of the harm; absent where matters is by the tables alone',
    }),
    refusedBy: z.enum(['filter', 'kernel']).optional().meta({
      description: "Who refused, where the kernel's own tracepoints showed it (run --confirm, watch)",
    }),
    after: aftermath.optional(),
    followed: z.string().optional().meta({ description: 'What followed, in words' }),
  })
  .meta({ id: 'Denial' });
export type Denial = z.infer<typeof denial>;

const fixArgument = z.object({
  index: z.number().int(),
  value: z.number(),
  valueTwo: z.number(),
  op: z.string(),
});

/** The smallest change to a profile. `enosys` grants nothing: it lets libc fall back. */
export const fix = z
  .object({
    allow: z
      .array(z.union([z.string(), z.object({ name: z.string(), args: z.array(fixArgument).readonly() })]))
      .readonly(),
    enosys: z.array(z.string()).readonly(),
    enosysArgs: z
      .array(z.object({ name: z.string(), args: z.array(fixArgument).readonly() }))
      .readonly()
      .optional()
      .meta({ description: 'Calls that are answered ENOSYS with these arguments only' }),
  })
  .meta({ id: 'Fix' });
export type Fix = z.infer<typeof fix>;

/** What a predicted fix does about one syscall, and why. */
export const predictedStep = z.object({
  syscall: z.string(),
  step: z.enum(['leave', 'enosys', 'allow-args', 'allow']),
  why: z.enum([
    'argument-not-in-trace',
    'callers-fall-back',
    'fails-without-filter-too',
    'callers-fall-back-on-enosys',
    'only-these-arguments-occur',
    'no-known-fallback',
  ]),
});
export type PredictedStep = z.infer<typeof predictedStep>;

/** What no rule of a profile can cure on the hosts in question. */
export const fixLimit = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('kernel-lacks'),
    syscalls: z.array(z.string()).readonly(),
    hosts: z.array(z.string()).readonly(),
  }),
  z.object({
    kind: z.literal('errno-not-passed').meta({
      description: 'Their engine or runtime drops errnoRet: no rule of a profile returns ENOSYS there',
    }),
    syscalls: z.array(z.string()).readonly(),
    hosts: z.array(z.string()).readonly(),
  }),
  z.object({
    kind: z.literal('architecture-missing'),
    architectures: z.array(z.string()).readonly(),
  }),
]);
export type FixLimit = z.infer<typeof fixLimit>;
