import { TEXT } from './distributions.gen.ts';

/** A stack that no engine's own release combines (facts/distributions.json). */
export interface DistributionStack {
  /** `Ubuntu 22.04` */
  readonly name: string;
  /** As a host expression. */
  readonly host: string;
}

let parsed: readonly DistributionStack[] | undefined;

/** Container stacks as distributions ship them. */
export function distributionStacks(): readonly DistributionStack[] {
  parsed ??= (JSON.parse(TEXT) as readonly (readonly [string, string])[]).map(([name, host]) => ({
    name,
    host,
  }));
  return parsed;
}
