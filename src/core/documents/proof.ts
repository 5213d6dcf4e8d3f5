import * as z from 'zod';

/** What the search for the smallest change can vouch for. */
export const guarantee = z.enum(['smallest', '1-minimal', 'unproven']);

/** One execution that a result rests on. */
export const proofRun = z.object({
  change: z.string(),
  outcome: z.enum(['pass', 'fail', 'unresolved']),
  seconds: z.number(),
});
