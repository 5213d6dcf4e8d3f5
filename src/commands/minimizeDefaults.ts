import type { MinimizeFlags } from './minimizeFlags.ts';

export const DEFAULT_RUNS = 260;
/** Looking for the smallest goes on for so long unless a budget was given. */
export const DEFAULT_PATIENCE_SECONDS = 120;

/** Where the profile goes, as the user names it. */
export const profilePath = ({ output }: Pick<MinimizeFlags, 'output'>): string =>
  output ?? 'trace-build-seccomp.json';

/** Whether it is written to a file: a document holds it already. */
export const writesProfile = ({ json, output }: Pick<MinimizeFlags, 'json' | 'output'>): boolean =>
  !json || output !== undefined;

/** What `minimize` does when nothing else is asked for. */
export const USUAL_MINIMIZE = {
  budget: { runs: DEFAULT_RUNS, usual: true },
  confirm: undefined,
  retries: 1,
  jobs: 1,
  clear: [],
  snapshot: true,
  trace: true,
  aim: 'smallest',
} as const satisfies Partial<MinimizeFlags>;
