import * as z from 'zod';
import { ABIS } from '../linux/abi.ts';

/** Which ABI the traced machine's kernel has, as far as the trace shows. */
export const traceArch = z
  .object({
    value: z.enum(ABIS),
    basis: z.enum(['seen', 'computed', 'known', 'assumed']).meta({
      description: 'seen: the trace says so; computed: only it fits names and numbers; known: it was given',
    }),
    by: z.enum([
      'given',
      'siginfo',
      'elf',
      'path',
      'environment',
      'uname',
      'number',
      'name',
      'host',
      'default',
    ]),
    candidates: z.array(z.enum(ABIS)).readonly().optional().meta({
      description: 'Of an assumed one: all that the calls leave possible; absent when that is nearly all',
    }),
  })
  .meta({ id: 'TraceArch', description: "The traced machine's native ABI, and how it is known" });
export type TraceArch = z.infer<typeof traceArch>;

/** What else than strace recorded calls of a trace, and what it can't know. */
export const traceSource = z
  .object({
    tool: z.enum([
      'audit',
      'security-profiles-operator',
      'perf-trace',
      'sysdig',
      'gdb',
      'core',
      'qemu-user',
      'notification',
    ]),
    events: z.number().int().nonnegative(),
    lacks: z
      .array(z.enum(['arguments', 'strings', 'numbers', 'errno', 'outcome', 'other-calls', 'consequence']))
      .readonly(),
  })
  .meta({ id: 'TraceSource', description: 'A record of calls that is not the output of strace' });
export type TraceSource = z.infer<typeof traceSource>;

/** A trace as every command's JSON describes it. */
export const traceInfo = z
  .object({
    file: z.string(),
    lines: z.number().int().nonnegative(),
    events: z.number().int().nonnegative(),
    unparsed: z.number().int().nonnegative(),
    unparsedSamples: z
      .array(z.object({ line: z.number().int(), text: z.string() }))
      .readonly()
      .default([]),
    unfinished: z.number().int().nonnegative(),
    complete: z.boolean(),
    abis: z.array(z.enum(ABIS)).readonly(),
    arch: traceArch.optional(),
    sources: z.array(traceSource).readonly().optional(),
    killed: z
      .array(z.object({ line: z.number().int(), pid: z.number().int().optional() }))
      .readonly()
      .optional()
      .meta({ description: 'Threads that SIGSYS ended in a call that no line shows' }),
    processes: z.number().int().nonnegative().default(0),
    table: z
      .boolean()
      .optional()
      .meta({ description: 'The input holds a table of strace -c, which shows no call' }),
  })
  .meta({ id: 'TraceInfo', description: 'What was read of one trace' });
export type TraceInfo = z.infer<typeof traceInfo>;

export const firstSeen = z
  .object({
    file: z.string().optional(),
    line: z.number().int(),
    pid: z.number().int().optional(),
    command: z
      .string()
      .optional()
      .meta({ description: 'What the process ran: its last successful execve before that line' }),
  })
  .meta({ id: 'FirstSeen', description: 'Where something was first seen; lines count from 1' });
export type FirstSeen = z.infer<typeof firstSeen>;

/** How a command ended. Exactly one of status and signal, unless it never started or was lost with its engine. */
export const exitInfo = z.object({
  status: z.number().int().optional(),
  signal: z.string().optional(),
  timedOut: z.boolean().optional(),
});
export type ExitInfo = z.infer<typeof exitInfo>;
