import * as z from 'zod';
import type { Denial } from '../../documents/denial.ts';
import { compareText } from '../../documents/severity.ts';
import { fail, ok, type Result } from '../../failure.ts';
import type { HostModel } from '../../hosts/host.ts';
import type { TraceSummary } from '../../strace/grammar/event.ts';
import { blockedCalls } from '../blocked.ts';
import { type MergedCall, mergeCalls } from '../distinct.ts';

/** One refused call as a fixture keeps it: no counts, no lines, so a compacted trace has the same. */
export interface ExpectedDenial {
  readonly syscall: string;
  readonly abi: string;
  readonly errno: string;
  readonly cause: string;
  readonly matters: boolean;
}

/** The verdicts of a fixture, by host expression. What is not listed is allowed. */
export interface Expected {
  readonly schema: 'trace-build/expected@1';
  readonly hosts: Readonly<Record<string, readonly ExpectedDenial[]>>;
}

const denial = z
  .object({
    syscall: z.string(),
    abi: z.string(),
    errno: z.string(),
    cause: z.string(),
    matters: z.boolean(),
  })
  .readonly();

export const expectedSchema: z.ZodType<Expected> = z.object({
  schema: z.literal('trace-build/expected@1'),
  hosts: z
    .record(z.string(), z.array(denial).readonly())
    .refine((hosts) => Object.keys(hosts).length > 0, 'names no host, so nothing would be checked'),
});

/** Reads NAME.expected.json. */
export function parseExpected(text: string, file: string): Result<Expected> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return fail('input', 'this is not JSON', { where: { file }, hint: 'write it anew with check --update' });
  }
  const read = expectedSchema.safeParse(json);
  if (read.success) return ok(read.data);
  const [issue] = read.error.issues;
  return fail('input', `${issue?.path.join('.') || 'the document'}: ${issue?.message ?? 'not valid'}`, {
    where: { file },
    hint: 'write it anew with check --update',
  });
}

/**
 * What a fixture keeps of refused calls: only what is certain, sorted by syscall, ABI, errno, cause, so that files
 * compare.
 */
export function toExpected(denials: readonly Denial[]): readonly ExpectedDenial[] {
  return denials
    .filter(({ uncertain }) => !uncertain)
    .map(({ syscall, abi, errno, cause, matters }) => ({ syscall, abi, errno, cause, matters }))
    .sort(
      (a, b) =>
        compareText(a.syscall, b.syscall) ||
        compareText(a.abi, b.abi) ||
        compareText(a.errno, b.errno) ||
        compareText(a.cause, b.cause),
    );
}

/** The verdicts of these calls on each host, hosts in the order given. */
export function verdictsOf(
  traces: readonly TraceSummary[],
  hosts: readonly { readonly expression: string; readonly model: HostModel }[],
): Expected {
  const calls: readonly MergedCall[] = mergeCalls(traces);
  return {
    schema: 'trace-build/expected@1',
    hosts: Object.fromEntries(
      hosts.map(({ expression, model }) => [expression, toExpected(blockedCalls(calls, model))]),
    ),
  };
}

/** The text of NAME.expected.json: stable, a denial a line, so that a diff of it reads well. */
export function renderExpected({ schema, hosts }: Expected): string {
  const parts = Object.entries(hosts).map(([host, denials]) => {
    const lines = denials.map((one) => `      ${JSON.stringify(one)}`);
    return `    ${JSON.stringify(host)}: [${lines.length === 0 ? '' : `\n${lines.join(',\n')}\n    `}]`;
  });
  return `{\n  "schema": ${JSON.stringify(schema)},\n  "hosts": {\n${parts.join(',\n')}\n  }\n}\n`;
}
