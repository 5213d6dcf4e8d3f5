import * as z from 'zod';
import { hostIdentity } from './host.ts';

const answer = {
  action: z.enum(['allow', 'log', 'kill_thread', 'kill_process', 'trap', 'notify', 'errno', 'trace']),
  errno: z.string().optional().meta({ description: 'Name of the errno (or its value where it has none)' }),
};

const action = z.object(answer);
export type ActionDocument = z.infer<typeof action>;

/** `trace-build profile eval … --json`. */
export const profileEvalSchema = z
  .object({ schema: z.literal('trace-build/profile-eval@1'), ...answer })
  .meta({ id: 'trace-build/profile-eval@1', description: 'What a filter answers to one call' });

/** `trace-build profile show … --json`. */
export const profileShowSchema = z
  .object({
    schema: z.literal('trace-build/profile-show@1'),
    host: hostIdentity,
    filter: z
      .object({
        default: action,
        otherArchitectures: action,
        abis: z
          .array(
            z.object({
              abi: z.string(),
              enosysAbove: z
                .number()
                .int()
                .optional()
                .meta({ description: "Numbers above this are answered ENOSYS by runc's stub" }),
              rules: z
                .array(
                  z.object({
                    ...answer,
                    names: z.array(z.string()).readonly(),
                    when: z
                      .array(z.string())
                      .readonly()
                      .optional()
                      .meta({ description: 'Conditions that all hold' }),
                  }),
                )
                .readonly(),
            }),
          )
          .readonly(),
        unknownNames: z
          .array(z.string())
          .readonly()
          .meta({ description: 'Names that this libseccomp skips' }),
      })
      .nullable()
      .meta({ description: 'null where no filter is loaded' }),
  })
  .meta({ id: 'trace-build/profile-show@1', description: 'A profile as a host loads it' });

/** `trace-build profile diff … --json`. */
export const profileDiffSchema = z
  .object({
    schema: z.literal('trace-build/profile-diff@1'),
    a: z.string(),
    b: z.string(),
    differences: z
      .array(
        z.object({
          syscall: z.string(),
          abi: z.string(),
          nr: z.number().int(),
          a: action,
          b: action,
          args: z
            .array(z.string())
            .readonly()
            .optional()
            .meta({ description: 'A call on which they differ, where they agree for other arguments' }),
          since: z
            .string()
            .optional()
            .meta({ description: 'Of two versions of one engine: the one from which on b holds' }),
        }),
      )
      .readonly(),
  })
  .meta({ id: 'trace-build/profile-diff@1', description: 'Syscalls that two filters answer differently' });

export type ProfileEvalDocument = z.infer<typeof profileEvalSchema>;
export type ProfileShowDocument = z.infer<typeof profileShowSchema>;
export type ProfileDiffDocument = z.infer<typeof profileDiffSchema>;
