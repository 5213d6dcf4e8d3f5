import * as z from 'zod';
import { fail, ok, type Result } from '../failure.ts';

/** Stands beside a recorded trace as `NAME.strace.json`: what is needed to judge or repeat the recording later. */
export const manifestSchema = z.object({
  schema: z.literal('trace-build/manifest@1'),
  /** File name of the trace, in the same folder. */
  trace: z.string(),
  command: z.array(z.string()).min(1),
  /** Working folder, relative to the one that the recording was started in. */
  cwd: z.string(),
  engine: z.object({ name: z.string(), version: z.string() }),
  /** HOST expression that the command ran under; `unconfined` without a filter, absent when the engine decided. */
  host: z.string().optional(),
  /** What stood in for the user's HOST expression, in words. */
  notes: z.array(z.string()),
  /**
   * How it was recorded; absent in older manifests: strace. 'notification': by a supervisor that the host's filter asked, so
   * it holds the calls that the filter refused, and neither what followed nor what the kernel itself refused.
   */
  method: z.enum(['strace', 'notification']).optional(),
  /** Absent where strace did not record. */
  strace: z.object({ version: z.string(), options: z.array(z.string()) }).optional(),
  /** Of the machine that recorded: `uname -r`, `uname -m`. */
  kernel: z.string(),
  arch: z.string(),
  /** 'full': every call. 'fast': only calls that a host in question may deny (by notification: that it did); judge only against those. */
  mode: z.enum(['full', 'fast']),
  /** HOST expressions that a fast recording can be judged against. */
  answers: z.array(z.string()).optional(),
  /** ISO 8601, UTC; absent in fixtures, which hold no times. */
  started: z.string().optional(),
  ended: z.string().optional(),
  seconds: z.number().optional(),
  exit: z
    .object({
      status: z.number().optional(),
      signal: z.string().optional(),
      timedOut: z.boolean().optional(),
    })
    .optional(),
  /** False from the start of the recording until it has ended well. */
  complete: z.boolean(),
  /** Why it is not complete, in words. */
  trouble: z.string().optional(),
  /** Bytes of strace text before compression. */
  bytes: z.number().optional(),
});

export type Manifest = z.infer<typeof manifestSchema>;

/** Reads a manifest's JSON; `file` is named in the failure. */
export function parseManifest(json: unknown, file: string): Result<Manifest> {
  const parsed = manifestSchema.safeParse(json);
  if (parsed.success) return ok(parsed.data);
  const [issue] = parsed.error.issues;
  return fail('input', `not a manifest: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim(), {
    where: { file },
  });
}
