import type { z } from 'zod';
import { bisectSchema } from './bisect.ts';
import { checkSchema } from './check.ts';
import { dockerfileSchema } from './dockerfile.ts';
import { doctorResult } from './doctor.ts';
import { explainSchema } from './explain.ts';
import { inferSchema } from './infer.ts';
import { manifestSchema } from './manifest.ts';
import { minimizeSchema } from './minimize.ts';
import { profileDiffSchema, profileEvalSchema, profileShowSchema } from './profile.ts';
import { replaySchema } from './replay.ts';
import { reportSchema } from './report.ts';
import { runSchema } from './run.ts';
import { watchSchema } from './watch.ts';
import { whySchema } from './why.ts';

/**
 * Every document that `--json` prints or that stands in a file, by the name it is published under:
 * `dist/schemas/NAME.json`, `trace-build/schemas/NAME.json` to importers.
 */
export const SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  bisect: bisectSchema,
  check: checkSchema,
  dockerfile: dockerfileSchema,
  doctor: doctorResult,
  explain: explainSchema,
  minimize: minimizeSchema,
  infer: inferSchema,
  manifest: manifestSchema,
  'profile-diff': profileDiffSchema,
  'profile-eval': profileEvalSchema,
  'profile-show': profileShowSchema,
  replay: replaySchema,
  report: reportSchema,
  run: runSchema,
  watch: watchSchema,
  why: whySchema,
};
