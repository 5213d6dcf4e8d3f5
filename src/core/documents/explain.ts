import * as z from 'zod';
import { ABIS } from '../linux/abi.ts';
import { callerClaim, cause } from './denial.ts';
import { hostIdentity } from './host.ts';
import { basis, condition, reason } from './reason.ts';

const action = z.enum(['allow', 'log', 'kill_thread', 'kill_process', 'trap', 'notify', 'errno', 'trace']);

const verdict = z
  .object({
    action,
    errno: z.string().optional().meta({ description: 'Name of the errno, for the action errno' }),
    cause,
    conditional: z.boolean().meta({ description: 'The answer depends on an argument' }),
    reason,
    basis,
    kernelOption: z
      .string()
      .optional()
      .meta({ description: 'The kernel has the call only where it is built with this option: assumed' }),
    evidence: z.string().optional().meta({ description: 'The reason in words; always printed' }),
    alternatives: z.array(z.object({ action, errno: z.string().optional() })).readonly(),
    rules: z
      .array(z.object({ action, errno: z.string().optional(), conditions: z.array(condition).readonly() }))
      .readonly()
      .optional()
      .meta({ description: 'Where arguments decide: every rule of the call; the first that holds decides' }),
  })
  .meta({ id: 'Verdict' });

export const advice = z.object({
  kind: z.enum(['nothing', 'upgrade', 'enosys', 'capability', 'architecture', 'allow', 'never']),
  text: z.string(),
  answers: z
    .literal('ENOSYS')
    .optional()
    .meta({ description: 'Of an upgrade that does not let the call through, but answers so' }),
  byRule: z
    .literal(true)
    .optional()
    .meta({ description: 'Of such an upgrade: only with a rule of a profile, which is passed on then' }),
  to: z
    .object({ product: z.string(), version: z.string() })
    .optional()
    .meta({ description: 'Of an upgrade: the first version that is enough' }),
  rule: z
    .record(z.string(), z.unknown())
    .optional()
    .meta({ description: 'An entry for syscalls of a profile; of an architecture, for its architectures' }),
  capabilities: z
    .array(z.array(z.string()).readonly())
    .readonly()
    .optional()
    .meta({ description: 'Sets of capabilities, each of which is enough' }),
});

const capabilitySets = z
  .array(z.array(z.string()).readonly())
  .readonly()
  .meta({ description: 'Sets of further capabilities with which any call gets through, each as a whole' });

const state = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('allowed') }),
  z.object({ kind: z.literal('conditional'), sets: capabilitySets.optional() }),
  z.object({ kind: z.literal('errno'), errno: z.string() }),
  z.object({ kind: z.literal('capability'), caps: z.array(z.string()).readonly(), sets: capabilitySets }),
  z.object({ kind: z.literal('unlisted') }),
]);

const caller = z.object({
  who: z.string(),
  since: z.string().nullish(),
  when: z.string().optional(),
  fallbackOn: z.array(z.string()).readonly().optional(),
  otherwise: z.string().optional(),
  note: z.string().optional(),
  caller: z
    .union([z.object({ library: z.string() }), z.object({ program: z.string() })])
    .optional()
    .meta({
      description: 'How a trace shows that it is this caller: a library, or a pattern of its command line',
    }),
  onlyFor: z
    .literal(true)
    .optional()
    .meta({ description: 'It says nothing of programs that are not identified' }),
  assumed: z.literal(true).optional().meta({ description: 'From memory, not from a source that was read' }),
  links: z.array(z.string()).readonly().optional(),
  calls: z
    .array(z.string())
    .readonly()
    .optional()
    .meta({ description: 'Of a family of syscalls: some that this caller makes' }),
  ev: z.string().optional(),
});

/** `trace-build explain SYSCALL --json`. */
const explainSyscallSchema = z.object({
  schema: z.literal('trace-build/explain@1'),
  syscall: z.string(),
  abi: z.enum(ABIS),
  host: hostIdentity.optional().meta({ description: 'With --on' }),
  verdict: verdict.optional().meta({ description: 'With --on' }),
  consequence: z
    .array(callerClaim)
    .readonly()
    .meta({ description: 'What known callers do on the errno they get' }),
  kernel: z.string().optional().meta({ description: 'First Linux that has it on any architecture' }),
  removedIn: z.string().optional(),
  numbers: z
    .array(z.object({ abi: z.enum(ABIS), number: z.number().int(), kernel: z.string().optional() }))
    .readonly(),
  libseccomp: z.object({ first: z.string(), last: z.string().optional() }).optional(),
  allowedBy: z
    .array(z.object({ engine: z.string(), from: z.string(), to: z.string(), open: z.boolean(), state }))
    .readonly(),
  allowedOn: z.enum(ABIS).meta({
    description: 'The architecture that allowedBy is about: that of the host, if it has the syscall',
  }),
  gvisorSince: z.string().optional(),
  callers: z.array(caller).readonly(),
  onErrno: z
    .array(
      z.object({
        errno: z.enum(['ENOSYS', 'EPERM']),
        fallsBack: z.enum(['all', 'some', 'none', 'unknown']),
        callers: z.array(callerClaim).readonly(),
      }),
    )
    .readonly(),
  bugs: z.array(z.string()).readonly(),
  danger: z.object({ weight: z.number(), why: z.string(), source: z.string() }),
  advice: z.array(advice).readonly().meta({ description: 'In order of preference; empty without --on' }),
});

const refused = z.object({ syscall: z.string(), verdict });

/** `trace-build explain HOST --json`. */
const explainHostSchema = z.object({
  schema: z.literal('trace-build/explain@1'),
  host: hostIdentity,
  filter: z
    .object({
      architectures: z
        .array(
          z.object({
            abi: z.enum(ABIS),
            stubAbove: z
              .number()
              .int()
              .optional()
              .meta({ description: 'runc answers ENOSYS to numbers above' }),
            rules: z.number().int(),
          }),
        )
        .readonly(),
      defaultAction: z.string(),
      capabilities: z.array(z.string()).readonly(),
      skipped: z
        .array(z.string())
        .readonly()
        .meta({ description: 'Names of the profile that this libseccomp skips' }),
      libseccompDate: z.string().optional(),
    })
    .optional()
    .meta({ description: 'Absent where no filter is loaded' }),
  refused: z.array(refused).readonly(),
  conditional: z.array(refused).readonly(),
  breaks: z
    .array(z.object({ syscall: z.string(), errno: z.string(), callers: z.array(callerClaim).readonly() }))
    .readonly(),
});

export const explainSchema = z.union([explainSyscallSchema, explainHostSchema]).meta({
  id: 'trace-build/explain@1',
  description: 'A syscall, alone or as a host answers it; or a whole host',
});

export type VerdictView = z.infer<typeof verdict>;
export type ExplainSyscall = z.infer<typeof explainSyscallSchema>;
export type ExplainHost = z.infer<typeof explainHostSchema>;
/** Of a syscall where it has `syscall`, else of a host. */
export type ExplainDocument = ExplainSyscall | ExplainHost;
