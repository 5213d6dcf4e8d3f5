/** How far several traces agree about what is called. */
export interface Coverage {
  readonly traces: number;
  readonly entries: number;
  readonly inEveryTrace: number;
  /** Those that rest on one trace alone. */
  readonly inOneTrace: readonly string[];
  /** How many names a further trace of the same kind is expected to add (Good and Turing: those in one trace, by the traces). */
  readonly expectedNew: number;
}

export function coverageOf(
  used: readonly { readonly name: string; readonly origins: readonly string[] }[],
  traces: number,
): Coverage {
  const inOneTrace = used.filter(({ origins }) => origins.length === 1).map(({ name }) => name);
  return {
    traces,
    entries: used.length,
    inEveryTrace: used.filter(({ origins }) => origins.length === traces).length,
    inOneTrace,
    expectedNew: Math.round((10 * inOneTrace.length) / traces) / 10,
  };
}
