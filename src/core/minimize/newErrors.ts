/** Words of a refusal or of an error. */
const TELLING =
  /\b(?:operation not permitted|function not implemented|permission denied|bad system call|error|fatal|panic|cannot|can't|unable to|failed|errno)\b/i;

const MOST = 3;

/** Numbers, addresses and times differ from run to run. */
const shape = (line: string): string => line.trim().replace(/0x[0-9a-f]+|\d+/gi, '0');

/**
 * Lines with words of an error in the output of a run that passed, whose like no output of the runs without a filter had. At most
 * three.
 */
export function newErrors(before: readonly string[], after: string): readonly string[] {
  const known = new Set(before.flatMap((text) => text.split('\n').map(shape)));
  const found = new Map<string, string>();
  for (const line of after.split('\n')) {
    const like = shape(line);
    if (TELLING.test(line) && !known.has(like) && !found.has(like)) found.set(like, line.trim());
  }
  return [...found.values()].slice(0, MOST);
}
