/** Help of `--force`, the same wherever a file is written. */
export const FORCE = 'replace a file that is not of trace-build, or was changed since, and a link';
