/** `why` is how the command failed under strace. */
export function tracerFails(why: string): string {
  return `the command fails whenever strace watches it (${why}) and passes without, as programs do that use ptrace themselves; it was run without strace, and what it calls only then was not seen`;
}
