// Beside the schema, so that who begins a report loads no zod.
import type { Report } from './report.ts';

/** A report of nothing, to be filled in. */
export const EMPTY_REPORT: Report = {
  schema: 'trace-build/report@1',
  traces: [],
  syscalls: [],
  denials: [],
  hosts: [],
  environment: [],
  excerpts: [],
  notes: [],
};
