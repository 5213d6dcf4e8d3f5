import * as z from 'zod';
import { runSchema } from './run.ts';

/** `trace-build dockerfile --json`: what `run` prints, and which step it was. */
export const dockerfileSchema = runSchema
  .extend({
    schema: z.literal('trace-build/dockerfile@1'),
    dockerfile: z.string().meta({ description: 'The file, as it was named' }),
    step: z.object({
      number: z.number().int().meta({ description: 'Among the RUN instructions of the file, from 1' }),
      line: z.number().int(),
      endLine: z.number().int(),
      stage: z.string().meta({ description: 'Name of its stage, or its number from 0' }),
      text: z.string(),
    }),
    found: z.enum(['failing', 'chosen']).meta({ description: 'How the step was chosen' }),
  })
  .meta({
    id: 'trace-build/dockerfile@1',
    description: 'Which syscalls a RUN step of a Dockerfile was refused, and why',
  });

export type DockerfileDocument = z.infer<typeof dockerfileSchema>;
