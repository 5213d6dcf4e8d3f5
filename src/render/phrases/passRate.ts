import type { MinimizeDocument } from '../../core/documents/minimize.ts';

/** How sure it is that the result passes. */
export function passRatePhrase({
  passed,
  runs,
  atLeast,
  confidence,
}: NonNullable<MinimizeDocument['passRate']>): string {
  const percent = (share: number) => `${Math.floor(100 * share)} %`;
  return `It passed ${passed} of ${runs} runs: at least ${percent(atLeast)} of all runs pass, with ${percent(confidence)} confidence.`;
}
