import * as z from 'zod';
import { advice } from './explain.ts';

const place = {
  line: z.number().int().meta({ description: 'The first line that says so, from 1' }),
  text: z.string().meta({ description: 'That line, shortened' }),
  count: z
    .number()
    .int()
    .meta({ description: 'How many lines say the same; counting stops at some hundreds' }),
};

const answer = {
  answer: z.string().meta({ description: 'allow, an errno, or kill_thread, kill_process, trap …' }),
  conditional: z.boolean().meta({ description: 'Depends on arguments' }),
};

const evidence = z.object({
  kind: z.enum(['message', 'record', 'name', 'errno']).meta({
    description: 'A known message, a record of the refusal, a line that names the call, or only an error',
  }),
  pattern: z.string().optional().meta({ description: 'Of a message: its id in the table of messages' }),
  record: z
    .enum(['audit', 'siginfo', 'trace', 'registers', 'gvisor', 'emulator', 'filter-report', 'killed'])
    .optional(),
  word: z.string().optional().meta({ description: 'The syscall or libc function that the line names' }),
  program: z.string().optional(),
  via: z.string().optional().meta({ description: 'How the program comes to make the call' }),
  distributions: z.array(z.string()).optional(),
  hosts: z.string().optional(),
  surerWith: z
    .string()
    .optional()
    .meta({ description: 'What in the log makes it surer: glibc, musl, 32bit, gvisor, wsl1' }),
  source: z.string().optional().meta({ description: 'A public report of this message' }),
  ...place,
});

const range = z.object({
  engine: z.string(),
  from: z.string(),
  to: z.string(),
  open: z.boolean().meta({ description: 'The newest version of the tables is among them' }),
  ...answer,
});

const candidate = z.object({
  syscall: z.string(),
  number: z.number().int().optional(),
  abi: z.string().optional(),
  errno: z.string().optional(),
  confidence: z.enum(['likely', 'possible', 'unlikely']),
  basis: z.enum(['seen', 'confirmed', 'known', 'assumed']),
  evidence: z.array(evidence),
  also: z.array(z.string()).meta({ description: 'Other causes of the same message' }),
  onHost: z
    .object({ host: z.string(), assumed: z.array(z.string()), ...answer })
    .optional()
    .meta({ description: 'What the host that the log names does with the call' }),
  refused: z.array(range).meta({ description: 'Who refuses it, by version' }),
  fixed: z
    .array(z.object({ engine: z.string(), since: z.string(), answer: z.string() }))
    .meta({ description: 'Since when an engine allows it, or returns ENOSYS' }),
  kernel: z.string().optional().meta({ description: 'First Linux that has it' }),
  libseccomp: z.string().optional().meta({ description: 'First libseccomp that knows it' }),
  advice: z.array(advice),
  confirm: z
    .object({
      host: z.string(),
      command: z.string().optional().meta({ description: 'The failing command, where the log has it' }),
    })
    .optional()
    .meta({ description: 'trace-build run --on HOST -- COMMAND would confirm it' }),
});

/** `trace-build why --json`. */
export const whySchema = z
  .object({
    schema: z.literal('trace-build/why@1'),
    input: z.object({ name: z.string(), lines: z.number().int(), bytes: z.number().int() }),
    conclusion: z.enum(['refused', 'perhaps', 'other-cause', 'nothing']),
    host: z.string().optional().meta({ description: 'The host that the log names, as a HOST expression' }),
    hostUnknown: z.string().optional().meta({ description: 'A host that the log names and the tables lack' }),
    mentions: z
      .array(z.object({ of: z.string(), value: z.string(), line: z.number().int() }))
      .meta({ description: 'Versions in the log' }),
    killed: z
      .array(z.object(place))
      .meta({ description: 'A filter ended a process; these lines do not say for which call' }),
    candidates: z.array(candidate).meta({ description: 'Syscalls that may have been refused, best first' }),
    causes: z
      .array(z.object({ cause: z.string(), pattern: z.string(), source: z.string().optional(), ...place }))
      .meta({ description: 'Messages of the log that have another cause than a refused syscall' }),
  })
  .meta({ id: 'trace-build/why@1', description: 'Which refused syscalls a log or a message points to' });

export type WhyDocument = z.infer<typeof whySchema>;
