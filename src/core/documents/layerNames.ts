/** What stands between a program and the kernel, and can be taken away for a run; the likeliest to refuse a call first. */
export const LAYERS = [
  'filter',
  'capabilities',
  'no-new-privileges',
  'masked-paths',
  'devices',
  'user-namespace',
  'security-module',
  'tracer',
] as const;
