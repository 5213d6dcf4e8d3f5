import * as z from 'zod';
import { LAYERS } from './layerNames.ts';

export const layer = z.enum(LAYERS).meta({ id: 'Layer' });
export type Layer = z.infer<typeof layer>;

/** Layers that are lifted for one run; `grant`: these capabilities only, where `capabilities` is one of them. */
export const lift = z.object({
  layers: z.array(layer).readonly(),
  grant: z.array(z.string()).readonly().optional(),
});
export type Lift = z.infer<typeof lift>;

/** A layer that this engine cannot lift, and why. */
export const keptLayer = z.object({
  layer,
  why: z.enum(['absent', 'no-option', 'needs-root', 'not-known']).meta({
    description:
      'absent: there is no such layer here; no-option: the engine always sets it; needs-root: only root may do without',
  }),
});
export type KeptLayer = z.infer<typeof keptLayer>;

/** What one call did in a run with layers lifted. */
export const fate = z.enum(['refused', 'passed', 'not-made', 'not-known']);
export type Fate = z.infer<typeof fate>;

/** The search for the layer that refused one call. */
export const layerSearch = z
  .object({
    syscall: z.string(),
    abi: z.string(),
    errno: z.string(),
    trials: z.array(lift.extend({ fate })).readonly(),
    found: lift.optional().meta({ description: 'The fewest layers without which it was not refused' }),
  })
  .meta({ id: 'LayerSearch' });
export type LayerSearch = z.infer<typeof layerSearch>;

/** `run --why`. */
export const layerFindings = z.object({
  kept: z.array(keptLayer).readonly(),
  searches: z.array(layerSearch).readonly(),
});
export type LayerFindings = z.infer<typeof layerFindings>;
